"""The door for a tier change that a client asks for (TIE-04): at once, or by a case that has to be decided first."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.services import record
from clients.enums import ClientStatus
from clients.models import Client
from core import instance
from core.actors import Actor
from core.errors import DomainError
from core.locks import lock
from core.tasks import enqueue
from kyc.enums import CaseStatus
from kyc.models import Case
from kyc.selectors import open_case
from kyc.services.telling import in_words, tell
from ledger.services.posting import Cause
from tiers.enums import DictionaryType, Provider
from tiers.models import DictionaryEntry, TierChange
from tiers.services.changes import SameTier, change_tier
from tiers.services.fees import charge_change_fee, reserve_change_fee
from tiers.services.selection import Missing, TierChoice, choices

MAY_CHOOSE = (ClientStatus.CREATED, ClientStatus.ACTIVE)
KYC_OFF = Missing("kyc_off", _("It needs a verification, and KYC is switched off."))
LEVEL_OFF = Missing("level_off", _("Verification level 5 is not in use."))


class ClientCannotChoose(DomainError):
    code = "client_cannot_choose"


class TierNotSelectable(DomainError):
    """TIE-03, KYC-13: not for this client, or not now; the message names what it lacks."""

    code = "tier_not_selectable"
    status = 422


class CaseOpen(DomainError):
    """KYC-02: the open case is decided or cancelled first."""

    code = "case_open"


@dataclass(frozen=True)
class Requested:
    """One of the two: the tier has changed, or a case is open for it."""

    change: TierChange | None = None
    case: Case | None = None


def obstacle(client: Client, tier: DictionaryEntry) -> Missing | None:
    """Why KYC keeps a client from choosing a tier (KYC-12, KYC-13); beside what the tier itself lacks."""
    level = tier.level or 0
    if level > max(client.verification_level, 1) and not instance.value("kyc.enabled"):
        return KYC_OFF
    if level > 4 and client.verification_level < level and not instance.value("kyc.level_five"):
        return LEVEL_OFF
    return None


@transaction.atomic(durable=True)
def request_tier(*, client_id: int, tier_id: int, actor: Actor, now: datetime) -> Requested:
    """Change the client's tier at once, up or down, with the fee of its price list charged; or, where the client hasn't reached the
    tier's level, open a case with the fee reserved in its wallet (TIE-04, KYC-03). What can't be charged or reserved changes nothing.

    Raises ClientCannotChoose, CaseOpen (409), SameTier (409), TierNotSelectable (422), FeeNotCovered (409), and what the ledger says.
    """
    client = lock(Client.objects.all(), pk=client_id)
    if client.status not in MAY_CHOOSE:
        words = {"status": client.get_status_display().lower()}
        raise ClientCannotChoose(_("This client is %(status)s and can't choose a tier.") % words, field="client")
    if (present := open_case(client.pk)) is not None:
        words = {"case": present.reference, "tier": present.tier.label}
        raise CaseOpen(_("The case %(case)s for %(tier)s is open. It is decided or cancelled before another tier is chosen.") % words)
    choice = _choice(client, tier_id, now)
    if not choice.needs_case:
        fee = charge_change_fee(client=client, tier=choice.tier, actor=actor, now=now)
        return Requested(change=change_tier(client=client, tier=choice.tier, actor=actor, now=now, fee=fee))
    return Requested(case=_open(client, choice.tier, actor=actor, now=now))


def _choice(client: Client, tier_id: int, now: datetime) -> TierChoice:
    instance.forget()  # whether KYC is in use at this moment, not some seconds ago
    found = next((one for one in choices(client=client, now=now) if one.tier.pk == tier_id), None)
    if found is None:
        tier = DictionaryEntry.objects.filter(pk=tier_id, type=DictionaryType.VERIFICATION_LEVEL, is_active=True, client_type=client.type)
        if tier.exists():
            raise SameTier(_("The client is at this tier already."), field="tier")
        raise TierNotSelectable(_("This tier is not active, or it is for the other type of client."), field="tier")
    if found.missing:
        words = {"tier": found.tier.label, "why": " ".join(str(one.words) for one in found.missing)}
        raise TierNotSelectable(_("%(tier)s can't be chosen: %(why)s") % words, field="tier")
    return found


def _open(client: Client, tier: DictionaryEntry, *, actor: Actor, now: datetime) -> Case:
    """Of two who open one at once, the client's row lets one through, and the database's constraint whatever comes around it."""
    is_manual = tier.provider == Provider.MANUAL
    case = Case.objects.create(
        client=client, tier=tier, level=tier.level, provider=tier.provider, opened_at=now, waiting_since=now,
        status=CaseStatus.AWAITING_DECISION if is_manual else CaseStatus.OPENED, next_start_at=None if is_manual else now,
    )  # fmt: skip
    fee = reserve_change_fee(client=client, tier=tier, purpose=Cause.of(case), now=now)
    case.fee, case.fee_asset, case.reservation_id = fee.amount, fee.currency, fee.reservation_id
    case.save(update_fields=["fee", "fee_asset", "reservation_id"])
    details = {"client": client.reference, "tier": tier.label, "provider": tier.provider, "fee": in_words(case.fee, case.fee_asset)}
    record(action="kyc.opened", actor=actor, subject=case, details=details, now=now)
    if is_manual:
        tell("kyc.opened", case, now=now, link="")
    else:
        enqueue("kyc.tasks.start_case", case_id=case.pk)
    return case
