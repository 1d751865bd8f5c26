"""Start a throw-away server of Debian's PostgreSQL packages: the oldest version that is supported, and one that has TLS.

The wheel's server has none. It serves encrypted connections only, as a server does that provinces reach by network.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from province_data.store import embedded
from province_data.store.embedded_site import Site, find_account

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name))
MISSING = "no PostgreSQL of Debian here: apt install postgresql"
HBA = """
local   all all scram-sha-256
hostssl all +by_certificate 127.0.0.1/32 cert
hostssl all all 127.0.0.1/32 scram-sha-256
"""
"""Nothing but TLS: who is in the group shows a certificate of its own, the others know a password."""


@dataclass(frozen=True)
class Authority:
    """Who signs certificates."""

    name: x509.Name
    key: ec.EllipticCurvePrivateKey
    file: Path


@contextmanager
def debian_server(home: Path, overrides: Mapping[str, str]) -> Iterator[embedded.EmbeddedServer]:
    """Run the oldest of Debian's servers in a folder; ends it whatever happens."""
    binaries, site = BINARIES[0].parent, Site(home)
    account = find_account(site)
    cluster, log, password = home / "data", home / "server.log", secrets.token_hex(12)
    home.mkdir(exist_ok=True)
    home.chmod(0o755)
    (home / "password").write_text(password)
    log.touch()
    authority = new_authority(home, "authority")
    certify(authority, "server", home)
    if account is not None:
        for path in (home, *home.iterdir()):
            os.chown(path, account.pw_uid, account.pw_gid)

    def run(program: str, *arguments: str) -> None:
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": ()} if account else {}
        with log.open("ab") as words:
            subprocess.run(  # type: ignore[call-overload]
                [str(binaries / program), *arguments],
                cwd=home,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                check=True,
                **identity,
            )

    choices = ("--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256", "--username=postgres", f"--pwfile={home / 'password'}")
    run("initdb", "-D", str(cluster), "--no-sync", *choices)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    (cluster / "pg_hba.conf").write_text(HBA)
    settings = {
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(home),
        "max_locks_per_transaction": "256",
        "ssl": "on",
        "ssl_cert_file": str(home / "server.crt"),
        "ssl_key_file": str(home / "server.key"),
        "ssl_ca_file": str(authority.file),
    }
    (cluster / "postgresql.auto.conf").write_text("".join(f"{name} = '{value}'\n" for name, value in (settings | dict(overrides)).items()))
    run("pg_ctl", "-D", str(cluster), "-w", "-l", str(log), "start")
    try:
        pid = int((cluster / "postmaster.pid").read_text().splitlines()[0])
        yield embedded.EmbeddedServer(cluster, port, pid, log, password)
    finally:
        run("pg_ctl", "-D", str(cluster), "-m", "immediate", "-w", "stop")
        shutil.rmtree(home, ignore_errors=True)


def new_authority(folder: Path, name: str) -> Authority:
    """Make an authority; its certificate and its key lie in the folder under its name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = _certificate(subject, subject, key, key).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    signed = made.sign(key, hashes.SHA256())
    file = folder / f"{name}.crt"
    file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    _keep(key, folder / f"{name}.key")
    return Authority(subject, key, file)


def read_authority(folder: Path, name: str) -> Authority:
    """Take up an authority that was made before."""
    certificate = x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes())
    key = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Authority(certificate.subject, key, folder / f"{name}.crt")


def certify(authority: Authority, name: str, folder: Path) -> tuple[Path, Path]:
    """Make a certificate for a name on this machine; returns the files of certificate and key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        _certificate(subject, authority.name, key, authority.key).add_extension(here, critical=False).sign(authority.key, hashes.SHA256())
    )
    certificate, private = folder / f"{name}.crt", folder / f"{name}.key"
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    _keep(key, private)
    return certificate, private


def _keep(key: ec.EllipticCurvePrivateKey, file: Path) -> None:
    file.touch(mode=0o600)
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, by: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    made = (
        made.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    )
    return made.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
