"""A mail's three parts in the language of the person: as the issuer worded them, else from the files (NOT-01)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.template import Context
from django.template.loader import render_to_string, select_template
from django.utils import timezone, translation
from django.utils.safestring import mark_safe

from core import branding, instance
from messaging.models import MailTemplateText, OutgoingMail
from messaging.registry import FALLBACK_LANGUAGE, template_names
from messaging.services import wording
from messaging.services.alerts import raise_alert
from messaging.services.outbox import one_line


@dataclass(frozen=True)
class Rendered:
    subject: str
    text: str
    html: str


def render(code: str, language: str, context: Mapping[str, str]) -> Rendered:
    """Subject and text are plain, only the HTML escapes what it is given. Raises what Django's templates raise.

    What the issuer worded and no longer fits (a newer version has other placeholders) raises an alert, and the files count.
    """
    values = {**context, "base_url": settings.BASE_URL, "language": language, **look()}
    edited = _edited(code, language)
    if edited is not None:
        try:
            return render_wording(edited.subject, edited.text, edited.html, values=values, language=edited.language)
        except wording.UnfitWording as error:
            raise_alert(kind="messaging.template_unfit", subject=edited, message=str(error), now=timezone.now())
    with translation.override(language):
        subject, text = (_part(code, language, part, values, escape=False) for part in ("subject.txt", "txt"))
        html = _part(code, language, "html", values, escape=True)
    return Rendered(one_line(subject)[:200], text.strip() + "\n", html)


def render_wording(subject: str, text: str, html: str, *, values: Mapping[str, str], language: str) -> Rendered:
    """The issuer's own words, in the frame that every mail has. Raises UnfitWording with the part at fault as `field`."""
    given = {name: value for name, value in values.items() if name not in ("language", "logo")}
    line = one_line(wording.fill(subject, given, escape=False, field="subject"))[:200]
    plain = wording.fill(text, given, escape=False, field="text").strip() + "\n"
    content = mark_safe(wording.clean_html(wording.fill(html, given, escape=True, field="html")))  # noqa: S308 - just cleaned
    frame = {**look(), "base_url": settings.BASE_URL, "language": language, "subject": line, "content": content}
    return Rendered(line, plain, render_to_string("mail/edited.html", frame))


def _edited(code: str, language: str) -> MailTemplateText | None:
    """In the language that the files would be taken in."""
    offered = dict(settings.LANGUAGES)
    chosen = next((one for one in (language, language.split("-")[0]) if one in offered), FALLBACK_LANGUAGE)
    return MailTemplateText.objects.filter(code=code, language=chosen).first()


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
