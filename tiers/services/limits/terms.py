"""What a person says of a limit and of a threshold, put into the one form that is stored, or refused in words (LIM-01, LIM-02)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any, Self

from django.utils.translation import gettext_lazy as _

from assets.enums import AssetKind
from assets.models import TOO_LARGE, Asset
from assets.services import plain
from clients.enums import ClientType
from clients.models import Client
from core.amounts import MAX_WHOLE_DIGITS, round_down
from core.errors import DomainError
from core.text import clean_line
from ledger.enums import OperationType
from tiers.enums import LEVELS, RECEIVED_BY_CLIENTS, SENT_BY_CLIENTS, DictionaryType, RuleType
from tiers.models import DictionaryEntry, Limit, Threshold
from tiers.models.limits import LONGEST_PERIOD, MOST_TRANSACTIONS


class UnfitLimit(DomainError):
    """Criteria that don't go together."""

    code = "unfit_limit"
    status = 422


class UnfitThreshold(DomainError):
    """A threshold that could never hold, or that does nothing."""

    code = "unfit_threshold"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitTerms:
    name: str
    description: str = ""
    client_type: str = ""
    kind: DictionaryEntry | None = None
    tier: DictionaryEntry | None = None
    level: int | None = None
    client: Client | None = None

    @classmethod
    def of(cls, limit: Limit) -> Self:
        return cls(**{one.name: getattr(limit, one.name) for one in fields(cls)})

    def clean(self, present: Self | None = None) -> Self:
        """With what follows from a tier or a kind: its client type, and of a tier its level. What the limit has at `present` may be
        inactive by now. Raises UnfitLimit, UnfitText."""
        name = clean_line(self.name, maximum=80, field="name", required=True)
        description = clean_line(self.description, maximum=500, field="description")
        if self.client is not None and (self.client_type or self.kind or self.tier or self.level is not None):
            raise UnfitLimit(_("A personal limit is for its client alone: leave the other criteria empty."), field="client")
        if self.client_type not in ("", *ClientType.values):
            raise UnfitLimit(_("Choose one of those offered."), field="client_type")
        if self.level is not None and not 0 <= self.level <= LEVELS[-1]:
            raise UnfitLimit(_("Choose one of those offered."), field="level")
        client_type, level = self.client_type, self.level
        for field, entry in (("kind", self.kind), ("tier", self.tier)):
            if entry is None:
                continue
            is_kept = present is not None and entry == getattr(present, field)
            if (entry.type == DictionaryType.VERIFICATION_LEVEL) is not (field == "tier") or not (entry.is_active or is_kept):
                raise UnfitLimit(_("Choose one of those offered."), field=field)
            if client_type not in ("", entry.client_type):
                words = _("“%(entry)s” is for the other type of client.") % {"entry": entry.label}
                raise UnfitLimit(words, field=field)
            client_type = entry.client_type
        if self.tier is not None:
            if level not in (None, self.tier.level):
                words = _("The tier “%(tier)s” is of level %(level)s.") % {"tier": self.tier.label, "level": self.tier.level}
                raise UnfitLimit(words, field="level")
            level = self.tier.level
        return replace(self, name=name, description=description, client_type=client_type, level=level)

    def criteria(self) -> dict[str, Any]:
        """What no two active limits share."""
        return {name: getattr(self, name) for name in ("client", "client_type", "kind", "tier", "level")}

    def in_words(self) -> dict[str, Any]:
        """By public names, for the trail and for who approves."""
        return {
            "name": self.name,
            "description": self.description,
            "client_type": self.client_type,
            "kind": self.kind.reference if self.kind else "",
            "tier": self.tier.reference if self.tier else "",
            "level": self.level,
            "client": self.client.reference if self.client else "",
        }

    @classmethod
    def from_words(cls, words: Mapping[str, Any]) -> Self:
        """Raises UnfitLimit for what is gone."""
        client = Client.objects.filter(reference=words["client"]).first() if words["client"] else None
        if words["client"] and client is None:
            raise UnfitLimit(_("The client is not there any more."), field="client")
        plain_words: dict[str, Any] = {name: words[name] for name in ("name", "description", "client_type", "level")}
        return cls(client=client, kind=_entry(words["kind"], "kind"), tier=_entry(words["tier"], "tier"), **plain_words)


def _entry(reference: str, field: str) -> DictionaryEntry | None:
    if not reference:
        return None
    entry = DictionaryEntry.objects.filter(reference=reference).first()
    if entry is None:
        raise UnfitLimit(_("Choose one of those offered."), field=field)
    return entry


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdTerms:
    asset: Asset
    amount: Decimal
    rule: str = RuleType.SEND
    currency: Asset | None = None
    types: tuple[str, ...] = ()
    period_days: int | None = None
    max_count: int | None = None
    minimum: Decimal | None = None
    blocking: bool = True
    alert: bool = False

    @classmethod
    def of(cls, threshold: Threshold) -> Self:
        own = {one.name: getattr(threshold, one.name) for one in fields(cls)}
        return cls(**own | {"types": tuple(threshold.types)})

    def clean(self) -> Self:
        """Types in one order. Raises UnfitThreshold at the field at fault (KYC-30)."""
        if self.currency is not None and (self.currency.kind != AssetKind.CURRENCY or self.currency.pk == self.asset.pk):
            raise UnfitThreshold(
                _("Choose a currency other than the asset, or none: then the amount is in the asset itself."), field="currency"
            )
        if self.rule not in RuleType.values:
            raise UnfitThreshold(_("Choose one of those offered."), field="rule")
        self._check_amount("amount", self.amount, least=_("A threshold is a number from zero on."))
        if not (self.blocking or self.alert):
            raise UnfitThreshold(_("Choose blocking, alert or both: otherwise it does nothing."), field="blocking")
        types = tuple(one.value for one in OperationType if one.value in self.types)
        if len(types) != len(set(self.types)):
            raise UnfitThreshold(_("Choose among those offered."), field="types")
        possible = SENT_BY_CLIENTS if self.rule == RuleType.SEND else RECEIVED_BY_CLIENTS
        for one in types:
            if one not in possible:
                words = (
                    _("A client never sends this: %(type)s.")
                    if self.rule == RuleType.SEND
                    else _("A client never receives this: %(type)s. Wallets of merchants and the issuer have no receive or balance rule.")
                )
                raise UnfitThreshold(words % {"type": OperationType(one).label}, field="types")
        if self.rule == RuleType.BALANCE:
            for name in ("period_days", "max_count", "minimum"):
                if getattr(self, name) is not None:
                    raise UnfitThreshold(_("A balance rule has none: it is about what the wallets hold at that moment."), field=name)
        if self.period_days is not None and not 1 <= self.period_days <= LONGEST_PERIOD:
            raise UnfitThreshold(_("Write a whole number from 1 to %(most)s.") % {"most": LONGEST_PERIOD}, field="period_days")
        if self.max_count is not None:
            if self.period_days is None:
                raise UnfitThreshold(_("A number of transactions needs a period."), field="max_count")
            if not 1 <= self.max_count <= MOST_TRANSACTIONS:
                raise UnfitThreshold(_("Write a whole number from 1 to %(most)s.") % {"most": MOST_TRANSACTIONS}, field="max_count")
        if self.minimum is not None:
            self._check_amount("minimum", self.minimum, least=_("The least of a transaction is more than zero."))
            if not 0 < self.minimum <= self.amount:
                raise UnfitThreshold(_("The least of a transaction lies above zero and not above the threshold."), field="minimum")
        return replace(self, types=types)

    def _check_amount(self, field: str, amount: Decimal, *, least: Any) -> None:
        decimals = (self.currency or self.asset).decimals
        if not amount.is_finite() or amount < 0:
            raise UnfitThreshold(least, field=field)
        if amount >= TOO_LARGE:
            raise UnfitThreshold(
                _("The amount is too large: at most %(digits)s digits before the point.") % {"digits": MAX_WHOLE_DIGITS}, field=field
            )
        if amount != round_down(amount, decimals=decimals):
            raise UnfitThreshold(_("Too many decimals: at most %(decimals)s here.") % {"decimals": decimals}, field=field)

    def values(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self)} | {"types": list(self.types)}

    def in_words(self) -> dict[str, Any]:
        """By public names, for the trail and for who approves."""
        own = {one.name: plain(getattr(self, one.name)) for one in fields(self)}
        return own | {"asset": self.asset.code, "currency": self.currency.code if self.currency else "", "types": list(self.types)}

    @classmethod
    def from_words(cls, words: Mapping[str, Any]) -> Self:
        """Raises UnfitThreshold for an asset that is gone."""
        known = {asset.code: asset for asset in Asset.objects.filter(code__in=[words["asset"], words["currency"]])}
        for name in ("asset", "currency"):
            if words[name] and words[name] not in known:
                raise UnfitThreshold(_("The asset %(code)s is not there any more.") % {"code": words[name]}, field=name)
        minimum = None if words["minimum"] is None else Decimal(words["minimum"])
        return cls(
            **{
                **words, "asset": known[words["asset"]], "currency": known.get(words["currency"]), "amount": Decimal(words["amount"]),
                "minimum": minimum, "types": tuple(words["types"]),
            }
        )  # fmt: skip
