"""A new order, at the rate of the moment (ORD-05, ORD-07)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from assets import selectors as asset_selectors
from assets.enums import AssetKind, AssetStatus
from assets.models import Asset
from audit.services import record
from clients.enums import ClientStatus
from clients.models import Client
from core import instance
from core.actors import Actor
from core.amounts import InvalidQuantity, check_quantity
from core.errors import DomainError
from core.text import clean_line
from ledger.enums import OperationType
from ledger.models import Balance
from orders.enums import PaymentMethod
from orders.models import Order
from orders.services.holding import hold_by_rule, look_at_rules
from tiers.enums import Payer
from tiers.services.operation_fees import operation_fee
from transactions.services.decisions import keeping_refusals
from wallets.enums import WalletStatus
from wallets.models import Wallet

MAY_ORDER = (ClientStatus.CREATED, ClientStatus.ACTIVE)


class NotForSale(DomainError):
    """The asset isn't active, or has no rate in this currency."""

    code = "not_for_sale"
    status = 422


class ClientCannotOrder(DomainError):
    code = "client_cannot_order"


class NoOpenWallet(DomainError):
    code = "no_open_wallet"


class AboveMaximumBalance(DomainError):
    """AST-10: refused at creation already, and checked again at completion."""

    code = "maximum_balance_exceeded"


@dataclass(frozen=True)
class Quote:
    """What an order would cost now: `total` = `price` + `fee`, in `currency`."""

    asset: Asset
    currency: Asset
    quantity: Decimal
    rate: Decimal
    price: Decimal
    fee: Decimal
    total: Decimal


def quote(*, asset: Asset, currency: Asset, quantity: Decimal) -> Quote:
    """The price of a quantity: quantity × rate, rounded half up to the currency's decimals. Raises NotForSale, InvalidQuantity."""
    if asset.kind != AssetKind.DIGITAL or asset.status != AssetStatus.ACTIVE:
        raise NotForSale(_("%(code)s can't be ordered.") % {"code": asset.code}, field="asset")
    if currency.kind != AssetKind.CURRENCY or currency.status != AssetStatus.ACTIVE:
        raise NotForSale(_("%(code)s is not a currency in use.") % {"code": currency.code}, field="currency")
    rate = asset_selectors.rate(asset, currency)
    if rate is None:
        raise NotForSale(_("%(asset)s has no rate in %(currency)s.") % {"asset": asset.code, "currency": currency.code}, field="currency")
    try:
        check_quantity(quantity, decimals=asset.decimals)
        price = _price(quantity, rate, currency.decimals)
    except InvalidQuantity as error:
        error.field = "quantity"
        raise
    return Quote(asset, currency, quantity, rate, price, Decimal(0), price)


def purchase_fee(*, client_id: int | None, asset: Asset, quantity: Decimal, now: datetime) -> Decimal:
    """What the completion will take out of what the client receives, in the asset: by its price list, or by the asset's default (FEE-04)."""
    fee = operation_fee(client_id=client_id, type=OperationType.PURCHASE, asset=asset, quantity=quantity, now=now)
    return fee.quantity if fee is not None and fee.payer == Payer.RECEIVER else Decimal(0)


def _price(quantity: Decimal, rate: Decimal, decimals: int) -> Decimal:
    with localcontext(prec=100):  # exact: both have at most 38 digits
        exact = quantity * rate
        if exact >= Decimal(10) ** 20:
            raise InvalidQuantity(_("The price would have more than 20 digits."))
        price = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    if not price:
        raise InvalidQuantity(_("The price would be zero: order more."))
    return price


def create_order(
    *,
    client_id: int,
    asset_id: int,
    currency_id: int,
    quantity: Decimal,
    actor: Actor,
    now: datetime,
    wallet_id: int | None = None,
    payment_method: PaymentMethod = PaymentMethod.BANK_TRANSFER,
    external_reference: str = "",
    comment: str = "",
) -> Order:
    """Take an order for a client: rate and price are fixed now, payment is due until `expires_at` (ORD-05, ORD-07).

    The assets go to `wallet_id`, by default the client's oldest open wallet. Above a blocking threshold, or at a held level, it is
    On hold from the beginning (KYC-32, LIM-09). Raises ClientCannotOrder, NoOpenWallet, NotForSale, InvalidQuantity,
    AboveMaximumBalance, and what else the rules refuse: NotOpened, NoLimit, RateMissing.
    """
    with keeping_refusals(actor=actor, now=now), transaction.atomic(durable=True):
        client = Client.objects.get(pk=client_id)
        if client.status not in MAY_ORDER:
            raise ClientCannotOrder(
                _("This client is %(status)s and can't order.") % {"status": client.get_status_display().lower()}, field="client"
            )
        wallet = _receiving_wallet(client, wallet_id)
        assets = Asset.objects.in_bulk([asset_id, currency_id])
        offer = quote(asset=assets[asset_id], currency=assets[currency_id], quantity=quantity)
        if offer.asset.is_test != client.is_test:
            raise NotForSale(_("Live and test objects can't meet."), field="asset")
        _check_room(wallet, offer)
        held = look_at_rules(client=client, asset=offer.asset, wallet_id=wallet.pk, quantity=quantity, now=now)
        order = Order.objects.create(
            client=client,
            wallet=wallet,
            asset=offer.asset,
            quantity=quantity,
            currency=offer.currency,
            rate=offer.rate,
            price=offer.price,
            fee=offer.fee,
            total=offer.total,
            payment_method=payment_method,
            creator_type=actor.actor_type,
            creator_label=actor.actor_label,
            external_reference=clean_line(external_reference, maximum=60, field="external_reference"),
            is_test=client.is_test,
            created_at=now,
            expires_at=now + timedelta(hours=instance.value("orders.payment_hours")),
        )
        details = {
            "client": client.reference,
            "wallet": wallet.reference,
            "asset": offer.asset.code,
            "quantity": quantity,
            "total": offer.total,
            "currency": offer.currency.code,
            "rate": offer.rate,
        }
        record(action="orders.created", actor=actor, subject=order, details=details, comment=comment, now=now)
        if held is not None:
            hold_by_rule(order, held, now=now)
        return order


def _check_room(wallet: Wallet, offer: Quote) -> None:
    if offer.asset.max_client_balance is None:
        return
    held = Balance.objects.filter(wallet=wallet, asset=offer.asset).values_list("quantity", flat=True).first() or Decimal(0)
    if held + offer.quantity > offer.asset.max_client_balance:
        room = max(offer.asset.max_client_balance - held, Decimal(0)).normalize()
        raise AboveMaximumBalance(
            _("The wallet may take %(room)s %(code)s more at most.") % {"room": f"{room:f}", "code": offer.asset.code}, field="quantity"
        )


def _receiving_wallet(client: Client, wallet_id: int | None) -> Wallet:
    wallets = Wallet.objects.filter(client=client, status=WalletStatus.OPEN).order_by("pk")
    wallet = wallets.filter(pk=wallet_id).first() if wallet_id else wallets.first()
    if wallet is None:
        raise NoOpenWallet(_("The client has no such open wallet to receive the assets."), field="wallet")
    return wallet
