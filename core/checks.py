"""Warnings at start about what belongs to no single app."""

from typing import Any

from django.core import checks

from core.texts import is_stale


@checks.register()
def translations_are_compiled(**_: Any) -> list[checks.CheckMessage]:
    if not is_stale():
        return []
    return [checks.Warning("Translations are not compiled: pages are in English.", hint="manage.py texts compile", id="core.W001")]
