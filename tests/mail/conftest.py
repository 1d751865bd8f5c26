"""Fixtures of the mail tests: settings in a temporary home, a certificate made on the spot, a ledger to report from."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from province_data.settings import Settings


@pytest.fixture
def settings(tmp_path: Path, project: Path) -> Settings:
    """Give settings without a mail server."""
    return Settings(home=tmp_path / "home", project=project, mail_from="reports@quality.example")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make a certificate for the loopback that only its own file vouches for: (certificate, key)."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    made = (folder / "certificate.pem", folder / "key.pem")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-out", str(made[0]), "-keyout", str(made[1])]
    subprocess.run(command, check=True, capture_output=True)
    return made
