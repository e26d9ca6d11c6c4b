"""What is done to dictionaries and tiers (TIE-01, TIE-02, TIE-07)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from audit.services import record
from clients.enums import ClientType
from core.actors import Actor
from core.constraints import broken
from core.errors import DomainError
from core.locks import lock
from core.text import clean_line
from tiers.enums import CLIENT_OPERATIONS, LEVELS, Check, DictionaryType, Provider
from tiers.models import DictionaryEntry, LevelFee

MOST_ORDER = 1000


class InvalidEntry(DomainError):
    code = "invalid_dictionary_entry"
    status = 422


class EntryTaken(DomainError):
    """Another active entry has the label, or is the tier of this level (TIE-02)."""

    code = "dictionary_entry_taken"


@dataclass(frozen=True, kw_only=True)
class EntryValues:
    """What may change of an entry. All but label, description and order is a tier's alone."""

    label: str
    description: str = ""
    order: int = 0
    provider: str = Provider.MANUAL
    provider_level: str = ""
    checks: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    assets: tuple[Asset, ...] = ()


def create_entry(
    *, type: str, client_type: str, level: int | None, values: EntryValues, actor: Actor, now: datetime  # noqa: A002 - the field's name
) -> DictionaryEntry:  # fmt: skip
    """A new entry, active at once. Of a verification level it needs the level, 1 to 5, which it then names for these clients.

    Raises InvalidEntry, UnfitText (422) with the field at fault, EntryTaken.
    """
    if type not in DictionaryType.values or client_type not in ClientType.values:
        raise InvalidEntry(_("Choose one of those offered."), field="type")
    is_tier = type == DictionaryType.VERIFICATION_LEVEL
    if is_tier != (level is not None) or (level is not None and level not in LEVELS):
        raise InvalidEntry(
            _("Choose a level from 1 to 5.") if is_tier else _("Only a verification level has a level."), field="level"
        )  # fmt: skip
    own_type = {DictionaryType.PERSON_TYPE: ClientType.PERSON, DictionaryType.COMPANY_TYPE: ClientType.COMPANY}.get(DictionaryType(type))
    if own_type not in (None, client_type):
        raise InvalidEntry(_("Person types are for persons, company types for companies."), field="client_type")
    entry = DictionaryEntry(type=type, client_type=client_type, level=level, created_at=now)
    fields, assets = _cleaned(entry, values)
    try:
        with transaction.atomic(durable=True):
            _set(entry, fields)
            entry.save(force_insert=True)
            entry.assets.set(assets)
            shown = {"type": (None, type), "client_type": (None, client_type), "level": (None, level)}
            changes = {name: change for name, change in shown.items() if change[1] is not None}
            changes |= {name: (None, value) for name, value in _shown(fields, assets).items() if value not in ("", [], 0)}
            record(action="tiers.entry_created", actor=actor, subject=entry, now=now, changes=changes)
    except IntegrityError as error:
        raise _named(error) from error
    return entry


def edit_entry(*, entry_id: int, values: EntryValues, actor: Actor, now: datetime) -> DictionaryEntry:
    """Change what may change; type, client type and level are fixed. Change fees that bear a tier's label are renamed with it.
    Nothing that differs: nothing is written. Raises as create_entry."""
    try:
        with transaction.atomic(durable=True):
            entry = lock(DictionaryEntry.objects.all(), pk=entry_id)
            fields, assets = _cleaned(entry, values)
            present = {name: getattr(entry, name) for name in fields}
            before, after = _shown(present, list(entry.assets.order_by("code"))), _shown(fields, assets)
            changes = {name: (before[name], value) for name, value in after.items() if value != before[name]}
            if not changes:
                return entry
            _set(entry, fields)
            entry.save(update_fields=list(fields))
            entry.assets.set(assets)
            if "label" in changes and entry.level is not None:
                fees = LevelFee.objects.filter(level=entry.level, price_list__client_type=entry.client_type, name=before["label"])
                fees.update(name=entry.label)
            record(action="tiers.entry_edited", actor=actor, subject=entry, now=now, changes=changes)
    except IntegrityError as error:
        raise _named(error) from error
    return entry


def set_active(*, entry_id: int, is_active: bool, actor: Actor, now: datetime) -> DictionaryEntry:
    """Take an entry out of use, or back into it. Clients that have it keep it; nobody can choose it meanwhile. Raises EntryTaken."""
    try:
        with transaction.atomic(durable=True):
            entry = lock(DictionaryEntry.objects.all(), pk=entry_id)
            if entry.is_active == is_active:
                return entry
            entry.is_active = is_active
            entry.save(update_fields=["is_active"])
            action = "tiers.entry_activated" if is_active else "tiers.entry_deactivated"
            record(action=action, actor=actor, subject=entry, now=now, changes={"is_active": (not is_active, is_active)})
    except IntegrityError as error:
        raise _named(error) from error
    return entry


def _cleaned(entry: DictionaryEntry, values: EntryValues) -> tuple[dict[str, Any], list[Asset]]:
    fields: dict[str, Any] = {
        "label": clean_line(values.label, maximum=60, field="label", required=True),
        "description": clean_line(values.description, maximum=500, field="description"),
        "order": values.order,
    }
    if not 0 <= values.order <= MOST_ORDER:
        raise InvalidEntry(_("The order is a number from 0 to 1000."), field="order")
    if entry.type != DictionaryType.VERIFICATION_LEVEL:
        return fields, []
    if values.provider not in Provider.values:
        raise InvalidEntry(_("Choose one of those offered."), field="provider")
    is_manual = values.provider == Provider.MANUAL
    return fields | {
        "provider": values.provider,
        "provider_level": "" if is_manual else clean_line(values.provider_level, maximum=80, field="provider_level"),
        "checks": [] if is_manual else _among(values.checks, Check.values, "checks"),
        "operations": _among(values.operations, [one.value for one in CLIENT_OPERATIONS], "operations"),
    }, sorted(set(values.assets), key=lambda asset: asset.code)


def _among(given: Iterable[str], known: list[str], field: str) -> list[str]:
    """In the order of the known ones, each once."""
    wanted = set(given)
    if unknown := wanted.difference(known):
        raise InvalidEntry(_("%(name)s is not among those offered.") % {"name": min(unknown)}, field=field)
    return [one for one in known if one in wanted]


def _set(entry: DictionaryEntry, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(entry, name, value)


def _shown(fields: dict[str, Any], assets: list[Asset]) -> dict[str, Any]:
    return fields | {"assets": [asset.code for asset in assets]}


def _named(error: IntegrityError) -> Exception:
    match broken(error):
        case "tier_one_active_per_level":
            return EntryTaken(_("There is an active tier of this level for these clients. Deactivate it first."), field="level")
        case "dictionary_label_once_while_active":
            return EntryTaken(_("Another active entry of this type has this label."), field="label")
    return error
