"""A mail whose files are missing would fail when it is sent: it fails at start-up instead."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template

from messaging.registry import PARTS, known_mails


@register()
def mails_have_their_files(**kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for code in known_mails():
        for name in (f"mail/{code}.{language}.{part}" for language, _name in settings.LANGUAGES for part in PARTS):
            try:
                get_template(name)
            except (TemplateDoesNotExist, TemplateSyntaxError) as error:
                found.append(Error(f"the mail {code} lacks {name}: {error}", id="messaging.E001"))
    return found
