"""Mail templates as the issuer sees them: what came with the product, what was made of it, saving and resetting (NOT-01)."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import get_template
from django.utils.translation import gettext_lazy as _

from core.actors import Actor
from core.errors import DomainError
from core.locks import lock_name
from core.text import REFUSED_CATEGORIES, UnfitText, clean_line
from messaging.models import MailTemplateText, OutgoingMail
from messaging.registry import FALLBACK_LANGUAGE, mail_template
from messaging.services import wording
from messaging.services.alerts import settle_alert
from messaging.services.outbox import put
from messaging.services.rendering import Rendered, look, render, render_wording
from messaging.services.trail import note_in_trail

LONGEST = {"text": 20_000, "html": 60_000}  # characters
LABELS = {"subject": _("Subject"), "text": _("Text"), "html": _("HTML")}
CONTENT = re.compile(r"\{% block content %\}\n?(.*?)\n?\{% endblock(?: content)? %\}", re.DOTALL)
AUTOESCAPE = re.compile(r"\{% (?:autoescape off|endautoescape) %\}")


class WordingChanged(DomainError):
    """Somebody else has saved or reset it since it was opened."""

    code = "wording_changed"


class NothingToReset(DomainError):
    """The default counts already."""

    code = "nothing_to_reset"


@dataclass(frozen=True)
class Wording:
    """The three parts as they are written, before any value is filled in."""

    subject: str
    text: str
    html: str


def default_wording(code: str, language: str) -> Wording:
    """What came with the product, as the editor shows it: without the frame that every mail has."""
    subject, text, html = (_source(code, language, part) for part in ("subject.txt", "txt", "html"))
    content = CONTENT.search(html)
    return Wording(subject.strip(), AUTOESCAPE.sub("", text).strip(), content[1] if content else html)


def present_wording(code: str, language: str) -> tuple[Wording, MailTemplateText | None]:
    """What counts now, and the row that says so, where there is one."""
    row = MailTemplateText.objects.filter(code=code, language=language).select_related("changed_by").first()
    return (Wording(row.subject, row.text, row.html), row) if row else (default_wording(code, language), None)


def known_values(code: str, language: str) -> dict[str, str]:
    """Every placeholder of the mail with an example."""
    instance = {name: value for name, value in look().items() if name in wording.ALWAYS}
    return {**mail_template(code).variables, "base_url": settings.BASE_URL, **instance}


def checked(code: str, language: str, given: Wording) -> Wording:
    """The wording as it will be kept. Raises UnfitWording or UnfitText with the part at fault as `field`."""
    examples = known_values(code, language)
    subject = clean_line(given.subject, maximum=200, field="subject", required=True)
    cleaned = Wording(subject, _lines(given.text, "text"), _lines(given.html, "html"))
    default = default_wording(code, language)
    for part, source in asdict(cleaned).items():
        wording.fill(source, examples, escape=part == "html", field=part)
    wording.check_html(cleaned.html, examples)
    for part, source in asdict(cleaned).items():
        needed = wording.placeholders(getattr(default, part)) & set(wording.VITAL)
        if missing := sorted(needed - wording.placeholders(source)):
            words = _("Without {{ %(name)s }} this mail is of no use to its reader.")
            raise wording.UnfitWording(words % {"name": missing[0]}, field=part)
    if not render_wording(**asdict(cleaned), values=examples, language=language).subject:
        raise UnfitText(_("This can't be empty."), field="subject")
    return cleaned


def preview(code: str, language: str, given: Wording) -> Rendered:
    """How the mail would look, with the examples in it. Raises as `checked`."""
    return render_wording(**asdict(checked(code, language, given)), values=known_values(code, language), language=language)


@transaction.atomic(durable=True)
def save_template(*, code: str, language: str, given: Wording, opened: Wording, actor: Any, now: datetime) -> bool:
    """Keep what the issuer made of a mail, for every mail sent from now on; False where nothing changes (NOT-01).

    `opened` is what the person saw before changing it: raises WordingChanged where that isn't what counts now, and as `checked`.
    """
    cleaned = checked(code, language, given)
    lock_name(f"mail template {code}.{language}")
    present, row = present_wording(code, language)
    if cleaned == present:
        return False
    if opened != present:
        raise WordingChanged(_("Somebody else has changed this template since you opened it. Open it again to see what it says now."))
    if cleaned == default_wording(code, language):
        _reset(row, present, cleaned, actor, now)
        return True
    row, _made = MailTemplateText.objects.update_or_create(
        code=code, language=language, defaults={**asdict(cleaned), "changed_by": actor, "changed_at": now}
    )
    note_in_trail("mail_templates.edited", row, actor=actor, now=now, changes=_changes(present, cleaned))
    settle_alert(kind="messaging.template_unfit", subject=row, note=_("The template was edited."), now=now)
    return True


@transaction.atomic(durable=True)
def reset_template(*, code: str, language: str, actor: Actor, now: datetime) -> None:
    """Back to what came with the product. Raises NothingToReset where that counts already."""
    lock_name(f"mail template {code}.{language}")
    present, row = present_wording(code, language)
    if row is None:
        raise NothingToReset(_("This mail has its default text already."))
    _reset(row, present, default_wording(code, language), actor, now)


@transaction.atomic(durable=True)
def send_test_mail(*, code: str, language: str, actor: Any, now: datetime) -> str:
    """The mail as it would be sent now, with the examples in it, to the actor's own address, which comes back."""
    parts = render(code, language, mail_template(code).variables)
    subject = str(_("[Test] %(subject)s") % {"subject": parts.subject})
    put(OutgoingMail(language=language, to=actor.email, subject_line=subject, text=parts.text, html=parts.html), subject=None, now=now)
    return str(actor.email)


def _reset(row: MailTemplateText | None, present: Wording, default: Wording, actor: Actor, now: datetime) -> None:
    if row is None:
        return
    note_in_trail("mail_templates.reset", row, actor=actor, now=now, changes=_changes(present, default))
    settle_alert(kind="messaging.template_unfit", subject=row, note=_("The template was reset to default."), now=now)
    row.delete()


def _changes(old: Wording, new: Wording) -> dict[str, tuple[str, str]]:
    before, after = asdict(old), asdict(new)
    return {part: (before[part], after[part]) for part in before if before[part] != after[part]}


def _lines(text: str, field: str) -> str:
    """Several lines with their indentation; refuses what can't be stored or would hide."""
    lines = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).replace("\t", "    ")
    if any(unicodedata.category(char) in REFUSED_CATEGORIES for char in lines if char != "\n"):
        raise UnfitText(_("Leave out control characters."), field=field)
    whole = "\n".join(line.rstrip() for line in lines.split("\n")).strip("\n")
    if not whole:
        raise UnfitText(_("This can't be empty."), field=field)
    if len(whole) > LONGEST[field]:
        raise UnfitText(_("At most %(maximum)s characters.") % {"maximum": LONGEST[field]}, field=field)
    return whole


def _source(code: str, language: str, part: str) -> str:
    template: Any = get_template(f"mail/{code}.{language}.{part}")
    return str(template.template.source)


def languages_of_mails() -> Mapping[str, str]:
    """code -> name, English first: what is sent to those whose language isn't there."""
    names = dict(settings.LANGUAGES)
    return {FALLBACK_LANGUAGE: names.pop(FALLBACK_LANGUAGE), **names}
