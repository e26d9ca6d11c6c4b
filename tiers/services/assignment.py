"""What staff set for clients: tier, person or company type, price list; for one or for many (TIE-08, CLI-06)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.services import Deed, record, record_alike
from clients.models import Client
from core.actors import Actor
from core.errors import DomainError
from core.locks import lock
from core.lookups import one_of
from core.text import clean_line
from tiers.models import ClientTerms, DictionaryEntry, PriceList, TierChange
from tiers.services.changes import LockedClient, TierDoesNotFit, change_tier, change_tiers, locked_clients
from tiers.services.fees import charge_change_fee

REASON = 200


class KindDoesNotFit(DomainError):
    code = "kind_does_not_fit"
    status = 422


class PriceListDoesNotFit(DomainError):
    """One that isn't active, or is for the other type of client."""

    code = "price_list_does_not_fit"
    status = 422


@transaction.atomic(durable=True)
def set_tier(*, client: Client, tier: DictionaryEntry | None, actor: Actor, now: datetime, with_fee: bool, reason: str = "") -> TierChange:
    """Set a client's tier by hand, None for tier 0, and charge the fee of its price list at once or ask for none (TIE-08).

    The verification level stays. Raises SameTier, TierDoesNotFit, UnfitText, NoChangeFee, FeeNotCovered, and what the ledger says.
    """
    return _set_tier(lock(Client.objects.all(), pk=client.pk), tier, actor, now, with_fee, reason)


@transaction.atomic(durable=True)
def set_tiers(
    *, ids: Sequence[int], tier: DictionaryEntry | None, actor: Actor, now: datetime, with_fee: bool = False, reason: str = ""
) -> dict[int, DomainError]:
    """As `set_tier`, for many: in a few statements where no fee is asked, one by one where it is. Those that couldn't, each with why."""
    clients = locked_clients(ids)
    if not with_fee:
        reason = clean_line(reason, maximum=REASON, field="reason")
        return change_tiers(clients=clients, tier=tier, actor=actor, now=now, reason=reason)
    refused: dict[int, DomainError] = {}
    for client in Client.objects.filter(one_of("pk", [one.pk for one in clients])).order_by("pk"):
        try:
            with transaction.atomic():  # a savepoint: what one lacks doesn't undo the others
                _set_tier(client, tier, actor, now, with_fee, reason)
        except DomainError as error:
            refused[client.pk] = error
    return refused


def _set_tier(client: Client, tier: DictionaryEntry | None, actor: Actor, now: datetime, with_fee: bool, reason: str) -> TierChange:
    reason = clean_line(reason, maximum=REASON, field="reason")
    if with_fee and tier is None:
        raise TierDoesNotFit(_("Tier 0 has no fee: set it without one."), field="with_fee")
    fee = charge_change_fee(client=client, tier=tier, actor=actor, now=now) if with_fee and tier is not None else None
    return change_tier(client=client, tier=tier, actor=actor, now=now, fee=fee, reason=reason)


@transaction.atomic(durable=True)
def set_kind(*, client: Client, kind: DictionaryEntry | None, actor: Actor, now: datetime) -> None:
    """Say which person or company type a client is of, or none (TIE-01). The one that it has: nothing is written. Raises KindDoesNotFit."""
    client = lock(Client.objects.all(), pk=client.pk)
    if kind is not None and (kind.level is not None or not kind.is_active or kind.client_type != client.type):
        raise KindDoesNotFit(_("Choose an active type of this kind of client."), field="kind")
    terms = _terms(client)
    if terms.kind == kind:
        return
    old, terms.kind = terms.kind, kind
    terms.save()
    changes = {"kind": (old.label if old else None, kind.label if kind else None)}
    record(action="tiers.kind_set", actor=actor, subject=client, now=now, changes=changes)


@transaction.atomic(durable=True)
def assign_price_list(*, client: Client, price_list: PriceList | None, actor: Actor, now: datetime) -> None:
    """Give a client a price list, None for the default of its type (FEE-01). Raises PriceListDoesNotFit."""
    refused = _assign(locked_clients([client.pk]), price_list, actor, now)
    if refused:
        raise refused[client.pk]


@transaction.atomic(durable=True)
def assign_price_lists(*, ids: Sequence[int], price_list: PriceList | None, actor: Actor, now: datetime) -> dict[int, DomainError]:
    """As `assign_price_list`, for many in a few statements; those that couldn't, each with why."""
    return _assign(locked_clients(ids), price_list, actor, now)


def _assign(clients: list[LockedClient], price_list: PriceList | None, actor: Actor, now: datetime) -> dict[int, DomainError]:
    refused: dict[int, DomainError] = {}
    present = dict(ClientTerms.objects.filter(one_of("pk", [one.pk for one in clients])).values_list("pk", "price_list_id"))
    old_lists = PriceList.objects.in_bulk(set(present.values()) - {None})
    alike: dict[tuple[int | None, str], list[LockedClient]] = {}
    for client in clients:
        alike.setdefault((present.get(client.pk), client.type), []).append(client)
    rows, deeds = [], []
    for (old_id, client_type), ones in alike.items():
        old = old_lists[old_id] if old_id else None
        if price_list is not None and (not price_list.is_active or price_list.client_type != client_type):
            why = PriceListDoesNotFit(_("This price list is not active, or it is for the other type of client."), field="price_list")
            refused |= {one.pk: why for one in ones}
        elif old != price_list:
            rows += [ClientTerms(client_id=one.pk, price_list=price_list) for one in ones]
            changes = {"price_list": (str(old) if old else None, str(price_list) if price_list else None)}
            deeds.append((Deed(action="tiers.price_list_assigned", actor=actor, now=now, changes=changes), [one.subject for one in ones]))
    ClientTerms.objects.bulk_create(rows, update_conflicts=True, unique_fields=["client"], update_fields=["price_list"])
    record_alike(deeds)
    return refused


def _terms(client: Client) -> ClientTerms:
    return ClientTerms.objects.select_related("kind").filter(pk=client.pk).first() or ClientTerms(client=client)
