"""Choose the embedded server's settings from the machine it runs on."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

MIB, GIB = 1 << 20, 1 << 30


def render_settings(port: int, socket_folder: Path | None, binaries: Path, overrides: Mapping[str, str]) -> str:
    """Write the server's settings as a configuration file; `overrides` win."""
    chosen = _address(port, socket_folder) | _memory() | _journal(binaries) | _privacy() | dict(overrides)
    lines = [f"{name} = '{_escape(value)}'" for name, value in chosen.items()]
    return "\n".join(["# Written at every start; put your own settings into local.conf beside this file.", *lines, ""])


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def _address(port: int, socket_folder: Path | None) -> dict[str, str]:
    return {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": f'"{socket_folder}"' if socket_folder else "",
        "max_connections": "100",
        "timezone": "Asia/Ho_Chi_Minh",
        "log_timezone": "Asia/Ho_Chi_Minh",
    }


def _memory() -> dict[str, str]:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    chosen = {
        # An eighth: a table below a quarter of it stays there between the statements of a load. The rest is for clients and the file cache.
        "shared_buffers": f"{max(total // 8 // MIB, 128)}MB",
        "effective_cache_size": f"{total // 2 // MIB}MB",
        "work_mem": "64MB",
        "maintenance_work_mem": "512MB",
        # One publish transaction touches every partition of every published table.
        "max_locks_per_transaction": "256",
        "jit": "off",
    }
    if _shared_memory_is_small():
        chosen["dynamic_shared_memory_type"] = "mmap"
    return chosen


def _shared_memory_is_small() -> bool:
    """Tell whether parallel queries would fill /dev/shm, which containers keep at 64 MB."""
    return not os.path.isdir("/dev/shm") or shutil.disk_usage("/dev/shm").total < GIB


def _journal(binaries: Path) -> dict[str, str]:
    return {
        "fsync": "on",
        "max_wal_size": "8GB",
        # Segments are kept and written over: a publication of a country fills hundreds, and a new one is written twice, first with zeros.
        "min_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "lz4" if _built_with_lz4(binaries) else "off",
        "random_page_cost": "1.1",
    }


def _built_with_lz4(binaries: Path) -> bool:
    run = subprocess.run([str(binaries / "pg_config"), "--configure"], capture_output=True, text=True, check=False)
    return "--with-lz4" in run.stdout


def _privacy() -> dict[str, str]:
    """Keep citizens' values out of the server's log: an error message may quote the value it refuses."""
    return {
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_min_messages": "log",
        "log_statement": "none",
        "log_parameter_max_length_on_error": "0",
        "log_checkpoints": "off",
        # No %u and no %d: a stranger chooses the names he tries, and in front of a line PostgreSQL writes their line breaks as they are.
        "log_line_prefix": "%m [%p] %q%h ",
        "password_encryption": "scram-sha-256",
    }
