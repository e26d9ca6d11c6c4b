"""A host that keeps clients' documents needs a key to encrypt them with: without one it says so before the first upload."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

SHORTEST = 50  # characters


@register(Tags.security, deploy=True)
def documents_have_a_key(**kwargs: Any) -> list[CheckMessage]:
    if settings.DOCUMENTS_KEYS and all(len(key) >= SHORTEST for key in settings.DOCUMENTS_KEYS):
        return []
    hint = "At least 50 random characters, kept where the database isn't: without it no document can be read again."
    return [Error("DOCUMENTS_KEYS is not set, or too short.", hint=hint, id="kyc.E001")]
