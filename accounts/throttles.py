"""How many tries there are, and how long one waits after the last (ACC-05). In the database: a cache may be emptied."""

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts.enums import ThrottleKind
from accounts.models import SignInThrottle, User

# Of tries at the same moment one may carry an earlier time than the lock that another has just set.
SKEW = timedelta(minutes=1)


@dataclass(frozen=True)
class Rule:
    """After `tries` within `period` nothing more until `period` has passed since the last; with `distinct`, different
    accounts are counted, so that one person's forgotten password doesn't lock a whole office."""

    tries: int
    period: timedelta
    distinct: bool = False


RULES = {
    ThrottleKind.ACCOUNT: Rule(tries=5, period=timedelta(minutes=15)),
    ThrottleKind.ADDRESS: Rule(tries=5, period=timedelta(minutes=15), distinct=True),
    ThrottleKind.FACTOR: Rule(tries=5, period=timedelta(minutes=15)),
    ThrottleKind.RESET: Rule(tries=5, period=timedelta(hours=1)),
}


@dataclass(frozen=True)
class Claim:
    """One try to be counted. `counted` is what a distinct rule counts; `user` the account's owner where there is one."""

    kind: ThrottleKind
    key: str
    user: User | None = None
    counted: str = ""


@dataclass(frozen=True)
class Verdict:
    """Whether the try may be made, and whether it was the last one: where it fails, the lock is set already."""

    allowed: bool
    last: bool


def claim(claims: Sequence[Claim], *, now: datetime) -> Verdict:
    """Count a try before it is made, so that many at once can't all be allowed. A refused try counts nowhere.

    Commits at once. One who knows the secret calls `clear` afterwards.
    """
    ordered = sorted(claims, key=lambda one: (one.kind, one.key))
    with transaction.atomic():
        # "Updated" to what it is: a row that is there is locked by this, so that nobody's `clear` takes it away before it is read.
        SignInThrottle.objects.bulk_create(
            [SignInThrottle(kind=one.kind, key=one.key, user=one.user, last_try_at=now) for one in ordered],
            update_conflicts=True, unique_fields=["kind", "key"], update_fields=["kind"],
        )  # fmt: skip
        found = {one: SignInThrottle.objects.get(kind=one.kind, key=one.key) for one in ordered}
        if any(is_locked(row, now) for row in found.values()):
            return Verdict(allowed=False, last=False)
        for one, row in found.items():
            _count(row, one, now)
            row.save(update_fields=["tries", "tried", "last_try_at", "locked_until"])
        return Verdict(allowed=True, last=any(row.locked_until for row in found.values()))


def clear(claims: Sequence[Claim]) -> None:
    """Take back what `claim` counted: the account starts afresh, the address forgets this account alone."""
    with transaction.atomic():
        for one in sorted(claims, key=lambda one: (one.kind, one.key)):
            if not RULES[one.kind].distinct:
                SignInThrottle.objects.filter(kind=one.kind, key=one.key).delete()
                continue
            row = SignInThrottle.objects.select_for_update().filter(kind=one.kind, key=one.key).first()
            if row is not None and one.counted in row.tried:
                row.tried.remove(one.counted)
                row.locked_until = None
                row.save(update_fields=["tried", "locked_until"])


def is_locked(row: SignInThrottle, now: datetime) -> bool:
    """A lock never lasts longer than its period, also where the clock was set back in between."""
    return row.locked_until is not None and now < row.locked_until <= now + RULES[ThrottleKind(row.kind)].period + SKEW


def _count(row: SignInThrottle, one: Claim, now: datetime) -> None:
    rule = RULES[one.kind]
    if row.locked_until is not None or not now - rule.period <= row.last_try_at <= now + rule.period:
        row.tries, row.tried, row.locked_until = 0, [], None
    row.tries += 1
    if one.counted and one.counted not in row.tried:
        row.tried = [*row.tried, one.counted]
    row.last_try_at = now
    if (len(row.tried) if rule.distinct else row.tries) >= rule.tries:
        row.locked_until = now + rule.period


def account_key(email: str) -> str:
    """What stands for an address that somebody typed: people's mistakes must not fill a table with personal data."""
    return hmac.digest(settings.SECRET_KEY.encode(), email.strip().lower().encode(errors="replace"), hashlib.sha256).hex()


def address_key(address: str) -> str:
    """An IPv4 address, or the /64 network of an IPv6 one: a household has 2⁶⁴ of those."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 6:
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def forget_old_tries(*, now: datetime) -> int:
    """Delete what no rule looks at any more. Gives the number of rows."""
    return SignInThrottle.objects.filter(last_try_at__lt=now - timedelta(days=1)).delete()[0]
