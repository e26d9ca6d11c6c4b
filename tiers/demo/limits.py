"""What each level and tier of the demo may move: of the community currency by the year and the month, of meal vouchers by the month."""

from datetime import datetime
from decimal import Decimal

from accounts.demo import person
from assets.models import Asset
from tiers.demo.catalogue import TIERS, tier_of
from tiers.enums import RuleType
from tiers.services.limits.editing import add_threshold, create_limit
from tiers.services.limits.terms import LimitTerms, ThresholdTerms

SPENDING = ("payment", "p2p_transfer")
# Who has no tier yet: level -> (spent in a year, bought in 30 days) in euro.
LEVELS = {0: ("150", "150"), 1: ("1000", "500")}
# label of the tier -> (spent in a year, sent at once, bought in 30 days) of the community currency.
OF_TIERS = {
    "Basic": ("1000", "200", "500"),
    "Plus": ("5000", "1000", "20000"),
    "Prime": ("50000", "10000", "100000"),
    "Company": ("5000", "1000", "2500"),
    "Business": ("100000", "20000", "100000"),
    "Business Prime": ("1000000", "100000", "500000"),
}
MEALS = ("2000", 40)  # bought in 30 days, and how often used


def load(then: datetime) -> None:
    amber, meals, euro = (Asset.objects.get(code=code) for code in ("AMBER", "MEALS", "EUR"))
    for level, (spent, bought) in LEVELS.items():
        make(
            LimitTerms(name=f"Level {level}", level=level),
            ThresholdTerms(asset=amber, currency=euro, amount=Decimal(spent), types=SPENDING, period_days=365, alert=True),
            ThresholdTerms(asset=amber, currency=euro, amount=Decimal(bought), rule=RuleType.RECEIVE, types=("purchase",), period_days=30),
            then=then,
        )  # fmt: skip
    for client_type, levels in TIERS.items():
        for level, values in levels.items():
            spent, at_once, bought = OF_TIERS[values.label]
            lunches, often = MEALS
            make(
                LimitTerms(name=f"Tier {values.label}", description=values.description, tier=tier_of(client_type, level)),
                ThresholdTerms(asset=amber, amount=Decimal(spent), types=SPENDING, period_days=365, alert=True),
                ThresholdTerms(asset=amber, amount=Decimal(at_once), types=("p2p_transfer",)),
                ThresholdTerms(asset=amber, amount=Decimal(bought), rule=RuleType.RECEIVE, types=("purchase",), period_days=30),
                ThresholdTerms(asset=meals, amount=Decimal(lunches), rule=RuleType.RECEIVE, types=("purchase",), period_days=30, max_count=often),
                then=then,
            )  # fmt: skip


def make(terms: LimitTerms, first: ThresholdTerms, *others: ThresholdTerms, then: datetime) -> None:
    limit = create_limit(terms=terms, threshold=first, actor=person("CRO"), now=then)
    for other in others:
        add_threshold(limit_id=limit.pk, terms=other, actor=person("CRO"), now=then)
