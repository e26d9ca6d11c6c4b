"""Where a provider calls us back, and where it may send a client."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

LONGEST = 500


def callback_address(code: str) -> str:
    return f"{(settings.KYC_CALLBACK_URL or settings.BASE_URL).rstrip('/')}/hooks/kyc/{code}/"


def fit_for_a_client(url: Any, base: str) -> bool:
    """An address that we may hand on: https, or plain http where the provider itself is reached so (a simulator)."""
    if not isinstance(url, str) or len(url) > LONGEST or not url.isprintable():
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and base.startswith("http://")))
