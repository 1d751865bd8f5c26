"""Sign the link by which a recipient leaves a province's list; it says neither address nor name."""

from __future__ import annotations

import hashlib
import hmac

from province_data.settings import Settings
from province_data.store.secret import link_secret

PAGE = "/provinces/{province}"
"""So ends the address of a province's page; the link for leaving stands beside it."""


def leave_address(settings: Settings, province: str, address: str) -> str | None:
    """Give the link by which an address leaves a province's list; None where mails carry no links to pages of ours."""
    base, separator, _ = (settings.page_url or "").partition(PAGE)
    return f"{base}/unsubscribe/{leave_token(settings, province, address)}" if separator else None


def leave_token(settings: Settings, province: str, address: str) -> str:
    """Sign an address of a province with this installation's secret: 128 bits that nobody else can make."""
    signed = hmac.new(link_secret(settings.home).encode(), f"leave\n{province}\n{address}".encode(), hashlib.sha256)
    return f"{province}.{signed.hexdigest()[:32]}"
