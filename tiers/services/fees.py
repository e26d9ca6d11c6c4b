"""What changing a tier costs, reserved and charged (FEE-02, TIE-04). Fees are posted through the ledger: limits don't count them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Case, F, IntegerField, QuerySet, When
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from clients.models import Client
from core.actors import Actor, SystemActor
from core.errors import DomainError
from core.locks import lock_name
from ledger.enums import OperationType
from ledger.models import Reservation
from ledger.services.posting import Cause, Move, WalletKey, available, lock_balances, post, release, reserve
from tiers.enums import Direction
from tiers.models import DictionaryEntry, LevelFee, PriceList
from tiers.models.prices import holding
from tiers.selectors.terms import terms_of
from wallets.enums import WalletOwner, WalletStatus
from wallets.models import Wallet
from wallets.services import create_wallet

FEES = SystemActor("fees")


class NoChangeFee(DomainError):
    """The client's price list has no fee for this way now, so that the tier can't be chosen (TIE-03)."""

    code = "no_change_fee"


class FeeNotCovered(DomainError):
    """No wallet of the client has the fee available (TIE-04)."""

    code = "fee_not_covered"


@dataclass(frozen=True, slots=True)
class ChangeFee:
    """What a client pays for coming to a tier; 0 is a fee too."""

    rule: LevelFee
    amount: Decimal
    currency: Asset
    direction: Direction


@dataclass(frozen=True, slots=True)
class ReservedFee:
    """Held in the client's wallet until the decision; nothing is held of a fee of 0."""

    amount: Decimal
    currency: Asset
    reservation_id: int | None


@dataclass(frozen=True, slots=True)
class ChargedFee:
    """What was paid, by which operation ("" where the fee is 0)."""

    amount: Decimal
    currency: Asset
    operation_reference: str
    rule: LevelFee | None = None


def direction_to(present: DictionaryEntry | None, tier: DictionaryEntry | None) -> Direction:
    """Up or down, by the level; tier 0 is below all."""
    old, new = (one.level or 0 if one else 0 for one in (present, tier))
    return Direction.UPGRADE if new > old else Direction.DOWNGRADE


def fees_in_force(price_list: PriceList, now: datetime) -> QuerySet[LevelFee]:
    """The price list's change fees that hold now; of several for one target the price list's own currency comes first."""
    own_first = Case(When(currency=F("price_list__currency"), then=0), default=1, output_field=IntegerField())
    fees = LevelFee.objects.filter(holding(now), price_list=price_list).select_related("currency")
    return fees.order_by(own_first, "currency__code", "id")


def change_fee(*, client: Client, tier: DictionaryEntry, now: datetime) -> ChangeFee | None:
    """What the client would pay for coming to the tier now, by its own price list; None where there is no fee, not even of 0."""
    terms = terms_of(client.pk)
    direction = direction_to(terms.tier, tier)
    if terms.price_list is None:
        return None
    rule = fees_in_force(terms.price_list, now).filter(level=tier.level or 0, direction=direction).first()
    return ChangeFee(rule, rule.amount, rule.currency, direction) if rule is not None else None


def reserve_change_fee(*, client: Client, tier: DictionaryEntry, purpose: Cause, now: datetime) -> ReservedFee:
    """Hold the fee in the client's wallet until it is charged or released, in the caller's transaction.

    Raises NoChangeFee, FeeNotCovered, and what the ledger says of the wallet or the client.
    """
    fee = _due(client, tier, now)
    if not fee.amount:
        return ReservedFee(fee.amount, fee.currency, None)
    wallet = paying_wallet(client, fee.currency, fee.amount, now)
    held = reserve(wallet=wallet, asset=fee.currency, quantity=fee.amount, purpose=purpose, now=now)
    return ReservedFee(fee.amount, fee.currency, held)


def charge_reserved(
    *, client: Client, amount: Decimal, currency: Asset | None, reservation_id: int | None, purpose: Cause, actor: Actor, now: datetime
) -> ChargedFee | None:
    """Post what was reserved, in the transaction of the approval; None where there was no fee at all."""
    if currency is None:
        return None
    if reservation_id is None:
        return ChargedFee(Decimal(0), currency, "")
    wallet = WalletKey(Reservation.objects.values_list("wallet_id", flat=True).get(pk=reservation_id))
    return _post(client, wallet, amount, currency, purpose, actor, now, reservation_id=reservation_id)


def release_fee(*, reservation_id: int | None) -> Decimal:
    """Let the reserved fee go, in the transaction of the refusal; how much that was."""
    return release(reservation_id=reservation_id) if reservation_id is not None else Decimal(0)


def charge_change_fee(*, client: Client, tier: DictionaryEntry, actor: Actor, now: datetime) -> ChargedFee:
    """Charge it at once, where no case has to be decided first, in the caller's transaction. Raises NoChangeFee, FeeNotCovered, and
    what the ledger says."""
    fee = _due(client, tier, now)
    if not fee.amount:
        return ChargedFee(fee.amount, fee.currency, "", fee.rule)
    charged = charge(client=client, amount=fee.amount, currency=fee.currency, purpose=Cause.of(fee.rule), actor=actor, now=now)
    return ChargedFee(charged.amount, charged.currency, charged.operation_reference, fee.rule)


def charge(
    *, client: Client, amount: Decimal, currency: Asset, purpose: Cause, actor: Actor, now: datetime, idempotency_key: str | None = None
) -> ChargedFee:
    """Move a fee from a wallet of the client to the fees account, in the caller's transaction. Raises FeeNotCovered, and what the
    ledger says of the wallet or the client."""
    wallet = paying_wallet(client, currency, amount, now)
    return _post(client, wallet, amount, currency, purpose, actor, now, idempotency_key=idempotency_key)


def _post(
    client: Client, wallet: Wallet | WalletKey, amount: Decimal, currency: Asset, purpose: Cause, actor: Actor, now: datetime,
    *, reservation_id: int | None = None, idempotency_key: str | None = None,
) -> ChargedFee:  # fmt: skip
    receiver = fees_wallet(is_test=client.is_test, now=now)
    move = Move(
        type=OperationType.FEE, asset=currency, sender=wallet, receiver=receiver, quantity=amount, reservation_id=reservation_id
    )  # fmt: skip
    posted = post(moves=[move], actor=actor, now=now, cause=purpose, idempotency_key=idempotency_key)
    return ChargedFee(amount, currency, posted.operations[0].reference)


def paying_wallet(client: Client, currency: Asset, amount: Decimal, now: datetime) -> Wallet:
    """The client's oldest open wallet that has the amount available; its balances are locked. Raises FeeNotCovered."""
    wallets = list(Wallet.objects.filter(client=client, status=WalletStatus.OPEN).order_by("id"))
    lock_balances([(wallet, currency) for wallet in wallets])
    for wallet in wallets:
        if available(wallet, currency, now=now) >= amount:
            return wallet
    raise FeeNotCovered(
        _("The fee is %(amount)s %(currency)s, and no wallet of the client has so much available.")
        % {"amount": f"{amount:.{currency.decimals}f}", "currency": currency.code}
    )


def fees_wallet(*, is_test: bool, now: datetime) -> Wallet:
    """The account that fees are paid to, made when the first one is."""
    code = "fees_test" if is_test else "fees"
    found = Wallet.objects.filter(code=code).first()
    if found is not None:
        return found
    with transaction.atomic(savepoint=False):
        lock_name(f"wallet {code}")
        name = "Fees (test)" if is_test else "Fees"
        made = Wallet.objects.filter(code=code).first()
        return made or create_wallet(owner_type=WalletOwner.SYSTEM, actor=FEES, now=now, name=name, is_test=is_test, code=code)


def _due(client: Client, tier: DictionaryEntry, now: datetime) -> ChangeFee:
    fee = change_fee(client=client, tier=tier, now=now)
    if fee is None:
        raise NoChangeFee(_("The client's price list has no fee for changing to %(tier)s now.") % {"tier": tier.label})
    return fee
