"""What the limits say of a movement, and why: the words are made when they are read, of what was kept (LIM-03, KYC-31, UIX-09)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assets.services import plain
from core.errors import DomainError
from tiers.enums import Criterion, Exceeded, RuleType
from tiers.services.limits.rules import Unit, listed, type_labels


class LimitExceeded(DomainError):
    """A blocking threshold would be passed (KYC-31). `facts` name the limit and what is left."""

    code = "limit_exceeded"


class NoLimit(DomainError):
    """No limit covers the client, and without one nothing moves (LIM-04)."""

    code = "no_limit"


class RateMissing(DomainError):
    """A threshold in a currency can't be judged: the asset has no rate in it, or one that is too old (KYC-30)."""

    code = "rate_missing"


@dataclass(frozen=True, slots=True)
class Covering:
    """Which limit covers a client and by what it won (LIM-03); `personal` is checked beside it (LIM-05)."""

    client: str
    level: int
    limit: str
    limit_name: str
    won_by: str
    limit_level: int | None
    personal: str
    personal_name: str
    refused: bool  # there is none at all, and the instance refuses without one (LIM-04)

    @property
    def is_empty(self) -> bool:
        return not self.limit and not self.personal

    @property
    def why(self) -> str:
        if not self.limit:
            return _("No limit fits this client.")
        match Criterion(self.won_by):
            case Criterion.CLIENT_TYPE:
                return _("It is the one for this type of client; a limit that names it goes before those that don't.")
            case Criterion.KIND:
                return _("It is the one for this person or company type; a limit that names it goes before those that don't.")
            case Criterion.TIER:
                return _("It is the one of the client's tier.")
            case Criterion.LEVEL:
                return _("It is the one of verification level %(level)s.") % {"level": self.level}
            case Criterion.LOWER_LEVEL:
                words = _(
                    "Verification level %(level)s has no limit, so that of the next lower level that has one counts: level %(lower)s."
                )
                return words % {"level": self.level, "lower": self.limit_level}
            case _:
                return _("It is the one for everybody whom no closer limit covers.")


class RuleLook(NamedTuple):
    """One threshold that was looked at. Amounts are in `unit`: the threshold's currency, else the asset itself. `used` is what
    counted before, `asked` what this adds."""

    limit: str
    limit_name: str
    threshold: int
    client: str
    level: int
    personal: bool
    won_by: str
    asset: Unit
    unit: Unit
    rate: Decimal | None
    rule: str
    types: tuple[str, ...]
    days: int | None
    amount: Decimal
    used: Decimal
    asked: Decimal
    count_used: int
    count_asked: int
    count_max: int | None
    minimum: Decimal | None
    blocking: bool
    alert: bool
    exceeded: str
    overridden: bool
    outdone: bool  # another limit's threshold for the same is lower, and holds (LIM-05)

    @property
    def refuses(self) -> bool:
        return bool(self.exceeded) and not self.overridden and (self.blocking or self.exceeded == Exceeded.RATE)

    @property
    def alerts(self) -> bool:
        return bool(self.exceeded) and not self.overridden and (self.alert or self.exceeded == Exceeded.RATE)

    @property
    def adds_up(self) -> bool:
        """Whether something is used of it before: not where each transaction stands alone."""
        return self.days is not None or self.rule == RuleType.BALANCE

    @property
    def left(self) -> Decimal:
        """What was left for this."""
        return max(self.amount - self.used, Decimal(0))

    @property
    def count_left(self) -> int | None:
        return None if self.count_max is None else max(self.count_max - self.count_used, 0)

    @property
    def share(self) -> int:
        """How much of the threshold is used, in per cent; what this adds is in it."""
        return min(100, int(100 * (self.used + self.asked) / self.amount)) if self.amount else 100

    @property
    def title(self) -> str:
        """What the threshold bounds, in words."""
        return title_of(self.rule, self.types, self.days)

    @property
    def words(self) -> str:
        """What was found."""
        names = {"limit": self.limit_name, "threshold": self.unit.worded(self.amount)}
        match self.exceeded:
            case Exceeded.RATE:
                return _("Limit “%(limit)s” counts %(asset)s in %(currency)s, and there is no rate that is fresh enough.") % {
                    "limit": self.limit_name, "asset": self.asset.code, "currency": self.unit.code,
                }  # fmt: skip
            case Exceeded.MINIMUM:
                return _("Limit “%(limit)s” wants at least %(minimum)s in a transaction; this is %(asked)s.") % {
                    "limit": self.limit_name, "minimum": self.unit.worded(self.minimum or Decimal(0)), "asked": self.unit.worded(self.asked),
                }  # fmt: skip
            case Exceeded.COUNT:
                most = self.count_max or 0
                words = ngettext(
                    "Limit “%(limit)s” allows %(count)s transaction in %(days)s days; %(left)s is left.",
                    "Limit “%(limit)s” allows %(count)s transactions in %(days)s days; %(left)s are left.",
                    most,
                )
                return words % {"limit": self.limit_name, "count": most, "days": self.days, "left": self.count_left}
        names |= {"left": self.unit.worded(self.left), "asked": self.unit.worded(self.asked), "used": self.unit.worded(self.used)}
        if self.rule == RuleType.BALANCE:
            if self.exceeded:
                return _("Limit “%(limit)s” allows a balance of %(threshold)s; %(left)s are left, this is %(asked)s.") % names
            return _("A balance of %(threshold)s is allowed; %(used)s are held, this adds %(asked)s.") % names
        if self.days is None:
            if self.exceeded:
                return _("Limit “%(limit)s” allows %(threshold)s in one transaction; this is %(asked)s.") % names
            return _("%(threshold)s are allowed in one transaction; this is %(asked)s.") % names
        span = names | {"days": self.days}
        if self.exceeded:
            return (
                ngettext(
                    "Limit “%(limit)s” allows %(threshold)s in %(days)s day; %(left)s are left, this is %(asked)s.",
                    "Limit “%(limit)s” allows %(threshold)s in %(days)s days; %(left)s are left, this is %(asked)s.",
                    self.days,
                )
                % span
            )
        return (
            ngettext(
                "%(threshold)s are allowed in %(days)s day; %(used)s are used, this is %(asked)s.",
                "%(threshold)s are allowed in %(days)s days; %(used)s are used, this is %(asked)s.",
                self.days,
            )
            % span
        )

    def as_json(self) -> dict[str, Any]:
        """What the client's covering doesn't say. Kept with everything that moves, so what is as in most rules is left out."""
        kept: dict[str, Any] = {
            "client": self.client, "threshold": self.threshold, "rule": self.rule, "asset": [self.asset.code, self.asset.decimals],
            "amount": plain(self.amount), "used": plain(self.used), "asked": plain(self.asked),
            "count_used": self.count_used, "count_asked": self.count_asked,
        }  # fmt: skip
        if self.unit != self.asset:
            kept["unit"] = [self.unit.code, self.unit.decimals]
        if self.types:
            kept["types"] = self.types
        for name in ("rate", "minimum"):
            if (value := getattr(self, name)) is not None:
                kept[name] = plain(value)
        for name in ("personal", "days", "count_max", "blocking", "alert", "exceeded", "overridden", "outdone"):
            if value := getattr(self, name):
                kept[name] = value
        return kept

    @classmethod
    def from_json(cls, kept: Mapping[str, Any], covering: "Covering") -> "RuleLook":
        """`covering` is what covers its client."""
        given = {
            **kept,
            "asset": Unit(*kept["asset"]),
            "unit": Unit(*kept.get("unit", kept["asset"])),
            "types": tuple(kept.get("types", ())),
        }
        for name in ("amount", "used", "asked", "rate", "minimum"):
            given[name] = Decimal(kept[name]) if name in kept else None
        personal = kept.get("personal", False)
        limit = (covering.personal, covering.personal_name) if personal else (covering.limit, covering.limit_name)
        won_by = Criterion.PERSONAL.value if personal else covering.won_by
        return cls(**{**AS_IN_MOST, **given}, limit=limit[0], limit_name=limit[1], won_by=won_by, level=covering.level)


AS_IN_MOST: dict[str, Any] = {
    "personal": False, "days": None, "count_max": None, "blocking": False, "alert": False, "exceeded": "", "overridden": False, "outdone": False,
}  # fmt: skip


def title_of(rule: str, types: Iterable[str], days: int | None) -> str:
    """What a threshold bounds: whichever way, which types, in what time."""
    names = listed(type_labels(types))
    if rule == RuleType.BALANCE:
        return _("Balance after %(types)s") % {"types": names} if names else _("Balance")
    sent = rule == RuleType.SEND
    if days is None:
        if names:
            return (_("Each sent: %(types)s") if sent else _("Each received: %(types)s")) % {"types": names}
        return _("Each transaction sent") if sent else _("Each transaction received")
    if names:
        words = (
            ngettext("Sent in %(days)s day: %(types)s", "Sent in %(days)s days: %(types)s", days)
            if sent
            else ngettext("Received in %(days)s day: %(types)s", "Received in %(days)s days: %(types)s", days)
        )
        return words % {"days": days, "types": names}
    words = (
        ngettext("Sent in %(days)s day", "Sent in %(days)s days", days)
        if sent
        else ngettext("Received in %(days)s day", "Received in %(days)s days", days)
    )
    return words % {"days": days}


@dataclass(frozen=True, slots=True)
class Decision:
    """What was looked at for one group of moves, and what comes of it. Kept as JSON, and read from it again for *Why?*."""

    coverings: tuple[Covering, ...]
    looks: tuple[RuleLook, ...]
    at: datetime

    @property
    def refusal(self) -> LimitExceeded | NoLimit | RateMissing | None:
        """The error that a movement raises; None where it may go on."""
        for covering in self.coverings:
            if covering.refused:
                return NoLimit(_("No limit covers this client, and without one nothing can be moved."))
        look = next((look for look in self.looks if look.refuses), None)
        if look is None:
            return None
        error = RateMissing(look.words) if look.exceeded == Exceeded.RATE else LimitExceeded(look.words)
        error.facts = {"limit": look.limit, "left": plain(look.left), "unit": look.unit.code}
        return error

    @property
    def alerts(self) -> tuple[str, ...]:
        """What people who watch the limits are told (KYC-31, LIM-04)."""
        empty = [_("No limit covers client %(client)s.") % {"client": one.client} for one in self.coverings if one.is_empty]
        return (*empty, *(look.words for look in self.looks if look.alerts))

    def as_json(self) -> dict[str, Any]:
        names = Covering.__slots__
        return {
            "coverings": [{name: getattr(covering, name) for name in names} for covering in self.coverings],
            "looks": [look.as_json() for look in self.looks],
            "at": self.at.isoformat(),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Decision":
        coverings = {one["client"]: Covering(**one) for one in kept["coverings"]}
        looks = (RuleLook.from_json(one, coverings[one["client"]]) for one in kept["looks"])
        return cls(tuple(coverings.values()), tuple(looks), datetime.fromisoformat(kept["at"]))
