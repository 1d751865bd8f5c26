"""Keep the secrets of an installation: made once, readable by its owner only, never in the database."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def pseudonym_secret(home: Path) -> str:
    """Return the key of the pseudonyms in published tables; losing it changes every pseudonym."""
    return _kept(home / "secret" / "pseudonym.key")


def link_secret(home: Path) -> str:
    """Return the key that signs the links for leaving a list; losing it makes the links of old mails void."""
    return _kept(home / "secret" / "link.key")


def _kept(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(secrets.token_hex(32))
    return path.read_text(encoding="ascii").strip()
