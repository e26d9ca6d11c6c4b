"""The demo's currency, its two assets with their first quantities, rates, and the merchants' wallets."""

from datetime import datetime, timedelta
from decimal import Decimal

from accounts.demo import DEMO, person
from assets.services import NewAsset, add_currency, set_rate
from ledger.services.issuing import create_asset, issue
from ledger.services.transfers import transfer_manually
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
    expiration_days=180,
    transaction_count=40,
    category="Voucher",
    description="A lunch at work or around it. It can't be given to others, sold back or exchanged.",
    terms_url="https://meals.example/terms",
    p2p=False,
    redeemable=False,
    exchangeable=False,
)


def load(now: datetime) -> None:
    """In the order of time: 92 days ago the assets, then wallets and rates, later a new rate and more stock."""
    start, cfo = now - timedelta(days=92), person("CFO")
    euro = add_currency(code="EUR", actor=cfo, now=start)
    stock = issuer_wallet()
    amber, _ = create_asset(new=AMBER, quantity=Decimal(400_000), issuing_wallet=stock, beneficiary_wallet=stock, actor=cfo, now=start)
    meals, _ = create_asset(new=MEALS, quantity=Decimal(60_000), issuing_wallet=stock, beneficiary_wallet=stock, actor=cfo, now=start)
    set_rate(asset_id=amber.pk, currency_id=euro.pk, rate=Decimal("1.00"), actor=cfo, now=start + timedelta(hours=1))
    set_rate(asset_id=meals.pk, currency_id=euro.pk, rate=Decimal("0.95"), actor=cfo, now=start + timedelta(hours=1))
    for shop in shops():
        create_wallet(owner_type=WalletOwner.ORGANISATION, organisation=shop, name=shop.name, actor=DEMO, now=start + timedelta(hours=2))
    till = create_wallet(
        owner_type=WalletOwner.ORGANISATION, organisation=shops()[0], name="Till on the terrace", actor=DEMO, now=start + timedelta(hours=2)
    )
    choose_wallets(user=person("MERCHANT_CASHIER"), wallets=[till], actor=DEMO, now=start + timedelta(hours=2))
    for wallet, quantity in ((till, 150), (shops()[0].wallets.exclude(pk=till.pk).get(), 1_250)):
        transfer_manually(
            asset=amber, sender=stock, receiver=wallet, quantity=Decimal(quantity), comment="Change to begin with", expires_on=None, count=None,
            actor=cfo, now=start + timedelta(hours=2),
        )  # fmt: skip
    issue(
        asset_id=meals.pk, wallet_id=stock.pk, quantity=Decimal(20_000), reason="Autumn programme", actor=cfo, now=start + timedelta(hours=3)
    )  # fmt: skip
