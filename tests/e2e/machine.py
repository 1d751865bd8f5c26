"""The name under which a worker of the tests knows its machine: several machines are played on one."""

from __future__ import annotations

import os
import socket


def name() -> str:
    """Give the name that the worker was started with."""
    return os.environ.get("MACHINE_NAME") or socket.gethostname()
