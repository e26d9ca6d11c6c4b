"""What happens to an open case until it is decided: taken, sent to the provider, asked about, answered (KYC-05, KYC-11)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from audit.services import move, record
from clients.models import Client
from core.actors import Actor, ActorType
from core.errors import DomainError
from core.locks import lock
from core.text import clean_lines
from kyc.enums import CaseStatus
from kyc.models import Case, InformationRequest
from kyc.selectors import asked_now
from kyc.services.telling import tell
from kyc.transitions import CASE
from messaging.services import notify
from tiers.enums import Provider


class CaseAlreadyDecided(DomainError):
    """KYC-08, KYC-23: what is decided stays so."""

    code = "case_already_decided"


class CaseTaken(DomainError):
    """Somebody else has it."""

    code = "case_taken"


class TextMissing(DomainError):
    code = "text_missing"
    status = 422


class NothingAsked(DomainError):
    """The client answers what nobody has asked."""

    code = "nothing_asked"


def locked(case_id: int) -> Case:
    """The open case with its client, both locked in the ledger's order: the client first, whose level, tier and fee the decision
    changes. Raises CaseAlreadyDecided."""
    case = locked_even_if_closed(case_id)
    if not case.is_open:
        raise CaseAlreadyDecided(_("This case is %(status)s already.") % {"status": case.get_status_display().lower()})
    return case


def locked_even_if_closed(case_id: int) -> Case:
    client_id = Case.objects.values_list("client_id", flat=True).get(pk=case_id)
    client = lock(Client.objects.all(), pk=client_id)
    case = lock(Case.objects.select_related("tier", "fee_asset", "assigned_to"), pk=case_id)
    case.client = client
    return case


def person_id(actor: Actor) -> int | None:
    """Of the user who acts; None where it is a key, a client or the system."""
    return int(actor.actor_id) if actor.actor_type == ActorType.USER else None


def text(given: str, *, maximum: int, field: str, missing: Any = "") -> str:
    """Cleaned lines; with `missing`, a sentence that refuses an empty text."""
    cleaned = clean_lines(given, maximum=maximum, field=field)
    if missing and not cleaned:
        raise TextMissing(missing, field=field)
    return cleaned


@transaction.atomic(savepoint=False)
def sent_to_provider(*, case: Case, url: str, url_expires_at: datetime | None, actor: Actor, now: datetime) -> Case:
    """Opened → With provider: the provider has a session, and the client is told where to go (KYC-05). For a case that the caller has
    `locked`. Raises IllegalTransition."""
    fields = {"url": url, "url_expires_at": url_expires_at, "failure": "", "next_start_at": None, "waiting_since": now}
    move(case, table=CASE, to=CaseStatus.WITH_PROVIDER, actor=actor, now=now, **fields)
    tell("kyc.opened", case, now=now, link=url)
    return case


@transaction.atomic(durable=True)
def take(*, case_id: int, actor: Any, now: datetime) -> Case:
    """The case is the actor's to decide; anybody who may decide still can (KYC-11). Raises CaseTaken, CaseAlreadyDecided."""
    case = locked(case_id)
    if case.assigned_to_id == actor.pk:
        return case
    if case.assigned_to is not None:
        raise CaseTaken(_("%(name)s has taken this case. It can be released first.") % {"name": case.assigned_to})
    return _assign(case, actor, "kyc.taken", actor=actor, now=now)


@transaction.atomic(durable=True)
def release(*, case_id: int, actor: Actor, now: datetime) -> Case:
    """The case is nobody's again (KYC-11). Raises CaseAlreadyDecided."""
    case = locked(case_id)
    return _assign(case, None, "kyc.released", actor=actor, now=now) if case.assigned_to_id else case


def _assign(case: Case, to: Any, action: str, *, actor: Actor, now: datetime) -> Case:
    old, case.assigned_to = case.assigned_to, to
    case.save(update_fields=["assigned_to"])
    changes = {"assigned_to": (old and old.reference, to and to.reference)}
    record(action=action, actor=actor, subject=case, changes=changes, now=now)
    return case


@transaction.atomic(durable=True)
def ask_more(*, case_id: int, asked: str, actor: Actor, now: datetime) -> Case:
    """Ask the client for more: it reads `asked` in a mail and over the API, and the case waits for its answer (KYC-11, KYC-14).

    A provider's result that comes meanwhile is kept, and decides only where it closes the case. Raises TextMissing, UnfitText,
    IllegalTransition where something is asked already or the provider hasn't begun, CaseAlreadyDecided.
    """
    case = locked(case_id)
    asked = text(asked, maximum=1000, field="asked", missing=_("Say what the client should send: it reads exactly this."))
    move(case, table=CASE, to=CaseStatus.MORE_INFORMATION, actor=actor, now=now, comment=asked, waiting_since=now)
    InformationRequest.objects.create(case=case, asked=asked, asked_at=now, asked_by_id=person_id(actor))
    tell("kyc.more_information", case, now=now, asked=asked)
    return case


@transaction.atomic(durable=True)
def answer(*, case_id: int, answer: str, actor: Actor, now: datetime) -> Case:
    """The client's answer to what was asked: the case goes on where it stood (KYC-11). Who has taken it is told.

    Raises NothingAsked (409), TextMissing, UnfitText, CaseAlreadyDecided.
    """
    case = locked(case_id)
    asked = asked_now(case)
    if asked is None:
        raise NothingAsked(_("Nothing is asked in this case."))
    asked.answer = text(answer, maximum=2000, field="answer", missing=_("Write the answer."))
    asked.answered_at = now
    asked.save(update_fields=["answer", "answered_at"])
    move(case, table=CASE, to=where_it_stood(case), actor=actor, now=now, comment=asked.answer, waiting_since=now)
    if case.assigned_to is not None:
        message = _("A client answered in a case that you have taken.")
        url = reverse("kyc-case-detail", args=[case.reference])
        notify(user=case.assigned_to, kind="kyc.answered", message=message, url=url, subject=case, now=now)
    return case


def where_it_stood(case: Case) -> CaseStatus:
    """Whom a case waits for when nothing is asked of the client: the provider until it has a result, then an administrator."""
    if case.provider == Provider.MANUAL or case.provider_result:
        return CaseStatus.AWAITING_DECISION
    return CaseStatus.WITH_PROVIDER
