"""A mail's three parts from its files, in the language of the person."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.template import Context
from django.template.loader import select_template
from django.utils import translation

from core import branding, instance
from messaging.models import OutgoingMail
from messaging.registry import template_names
from messaging.services.outbox import one_line


@dataclass(frozen=True)
class Rendered:
    subject: str
    text: str
    html: str


def render(code: str, language: str, context: Mapping[str, str]) -> Rendered:
    """Subject and text are plain, only the HTML escapes what it is given. Raises what Django's templates raise."""
    values = {**context, "base_url": settings.BASE_URL, "language": language, **look()}
    with translation.override(language):
        subject, text = (_part(code, language, part, values, escape=False) for part in ("subject.txt", "txt"))
        html = _part(code, language, "html", values, escape=True)
    return Rendered(one_line(subject)[:200], text.strip() + "\n", html)


def look() -> dict[str, str]:
    """The instance's name, colour and logo, in every mail; the logo is fetched from us, under an address that never changes (INS-01)."""
    logo = branding.logo_address("mail_png")
    return {"instance_name": instance.name(), "accent": branding.accent(), "logo": f"{settings.BASE_URL.rstrip('/')}{logo}" if logo else ""}


def rendered_of(mail: OutgoingMail) -> Rendered:
    """What a mail says: as it was sent, or as it would be sent now while it waits."""
    if mail.template and not mail.text:
        return render(mail.template, mail.language, mail.context)
    return Rendered(mail.subject_line, mail.text, mail.html)


def _part(code: str, language: str, part: str, values: Mapping[str, str], *, escape: bool) -> str:
    template = select_template(template_names(code, language, part))
    return str(template.template.render(Context(dict(values), autoescape=escape)))
