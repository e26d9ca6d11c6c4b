"""Messages of providers for tests, through the hook's own service."""

from itertools import count
from typing import Any

from django.test import override_settings
from django.utils import timezone

from kyc.models import ProviderMessage
from kyc.services.inbox import receive
from simulators.shufti import php_json, signature

_numbers = count(1)
SECRET = "shufti-secret"


def provider_message(**said: Any) -> ProviderMessage:
    """One that was received, about a case that nobody has."""
    body = php_json({"reference": f"{next(_numbers):032x}", "event": "verification.accepted"} | said)
    with override_settings(SHUFTI_SECRETS=[SECRET]):
        receive(code="shufti", body=body, headers={"Signature": signature(body, SECRET)}, now=timezone.now())
    return ProviderMessage.objects.latest("id")
