"""The demo's currency, its two assets with their first quantities, rates, and the merchants' wallets."""

from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO

from django.db import transaction

from accounts.demo import DEMO, person
from assets.models import Asset
from assets.services import NewAsset, add_currency, set_image, set_rate
from core.images import store
from ledger.enums import OperationType
from ledger.services.issuing import create_asset, issue
from ledger.services.posting import Move, post
from organisations.demo import shops
from wallets.access import choose_wallets
from wallets.enums import WalletOwner
from wallets.selectors import issuer_wallet
from wallets.services import create_wallet

AMBER = NewAsset(
    code="AMBER",
    name="Amber Coast community currency",
    label="Amber",
    decimals=2,
    reissuable=True,
    max_client_balance=Decimal(25_000),
    reissue_below=Decimal(50_000),
    reissue_quantity=Decimal(250_000),
    category="Community currency",
    description="Spent at the shops of the Amber Coast, one for one against the euro.\nGiven back to the issuer at any time.",
    terms_url="https://amber.example/terms",
)
MEALS = NewAsset(
    code="MEALS",
    name="Office meal voucher",
    label="Meal voucher",
    decimals=2,
    reissuable=True,
    max_client_balance=Decimal(1_000),
    expiration_days=100,
    transaction_count=40,
    category="Voucher",
    description="A lunch at work or around it. It can't be given to others, sold back or exchanged.",
    terms_url="https://meals.example/terms",
    p2p=False,
    redeemable=False,
    exchangeable=False,
)

DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" fill="{ground}"/>'
    '<path fill="{ink}" d="{path}"/></svg>'
)
DROP = "M32 10c9 12 15 19 15 27a15 15 0 0 1-30 0c0-8 6-15 15-27z"
BOWL = "M12 30h40a20 20 0 0 1-40 0zM20 54h24v3H20zM30 12h4v12h-4z"


def draw(asset: Asset, *, ground: str, ink: str, path: str, now: datetime) -> None:
    """Give it a picture (AST-08)."""
    drawing = BytesIO(DRAWING.format(ground=ground, ink=ink, path=path).encode())
    set_image(asset_id=asset.pk, image=store(drawing, folder="assets"), actor=person("CFO"), now=now)


def load(now: datetime) -> None:
    """In the order of time: 92 days ago the assets, then wallets and rates, later a new rate and more stock."""
    start, cfo = now - timedelta(days=92), person("CFO")
    euro = add_currency(code="EUR", actor=cfo, now=start)
    stock = issuer_wallet()
    amber, _ = create_asset(new=AMBER, quantity=Decimal(400_000), issuing_wallet=stock, beneficiary_wallet=stock, actor=cfo, now=start)
    meals, _ = create_asset(new=MEALS, quantity=Decimal(60_000), issuing_wallet=stock, beneficiary_wallet=stock, actor=cfo, now=start)
    draw(amber, ground="#fdf0d5", ink="#d9822b", path=DROP, now=start + timedelta(minutes=30))
    draw(meals, ground="#e3f4ea", ink="#1f8a5b", path=BOWL, now=start + timedelta(minutes=31))
    set_rate(asset_id=amber.pk, currency_id=euro.pk, rate=Decimal("1.00"), actor=cfo, now=start + timedelta(hours=1))
    set_rate(asset_id=meals.pk, currency_id=euro.pk, rate=Decimal("0.95"), actor=cfo, now=start + timedelta(hours=1))
    for shop in shops():
        create_wallet(owner_type=WalletOwner.ORGANISATION, organisation=shop, name=shop.name, actor=DEMO, now=start + timedelta(hours=2))
    till = create_wallet(
        owner_type=WalletOwner.ORGANISATION, organisation=shops()[0], name="Till on the terrace", actor=DEMO, now=start + timedelta(hours=2)
    )
    choose_wallets(user=person("MERCHANT_CASHIER"), wallets=[till], actor=DEMO, now=start + timedelta(hours=2))
    for wallet, quantity in ((till, 150), (shops()[0].wallets.exclude(pk=till.pk).get(), 1_250)):
        change = Move(OperationType.MANUAL_TRANSFER, amber, stock, wallet, Decimal(quantity), comment="Change to begin with")
        with transaction.atomic(durable=True):
            post(moves=[change], actor=cfo, now=start + timedelta(hours=2))
    issue(
        asset_id=meals.pk, wallet_id=stock.pk, quantity=Decimal(20_000), reason="Autumn programme", actor=cfo, now=start + timedelta(hours=3)
    )  # fmt: skip
    # The rates still hold: thresholds in euro are judged by them, and a rate serves those for a month.
    for asset, rate in ((amber, "1.00"), (meals, "0.95")):
        set_rate(asset_id=asset.pk, currency_id=euro.pk, rate=Decimal(rate), actor=cfo, now=now - timedelta(hours=20))
