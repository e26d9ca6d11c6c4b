"""The demo's limits: one for each level, and for each tier of its own; through the services. In the asset's own units and in euro."""

from datetime import datetime, timedelta
from decimal import Decimal

from accounts.demo import person
from assets.models import Asset
from ledger.enums import OperationType
from tiers.enums import RuleType
from tiers.selectors.tiers import tiers
from tiers.services.limits.editing import add_rule, add_threshold, create_limit
from tiers.services.limits.terms import LimitTerms, ThresholdTerms

OPENED = timedelta(days=93)  # ago
SPENT = (OperationType.PAYMENT.value, OperationType.P2P_TRANSFER.value)
# level: what a client sends of euro in 30 days, of AMBER in 365 days, at most at once, and buys of AMBER in 365 days
PERSONS = {
    0: ("50", "50", "50", "5000"),
    1: ("150", "250", "100", "10000"),
    2: ("500", "5000", "1000", "25000"),
    3: ("5000", "50000", "10000", "250000"),
}
TIMES_FOR_COMPANIES = 10


def load(now: datetime) -> None:
    then = now - OPENED
    for level in PERSONS:
        for terms in thresholds(level):
            add_rule(level=level, terms=terms, actor=person("CRO"), now=then)
    for tier in tiers():
        first, *others = thresholds(tier.level or 0, times=TIMES_FOR_COMPANIES if tier.client_type == "company" else 1)
        limit = create_limit(
            terms=LimitTerms(name=f"{tier.label}, by its tier", tier=tier), threshold=first, actor=person("CRO"), now=then
        )  # fmt: skip
        for terms in others:
            add_threshold(limit_id=limit.pk, terms=terms, actor=person("CRO"), now=then)


def thresholds(level: int, *, times: int = 1) -> list[ThresholdTerms]:
    euro, amber = Asset.objects.get(code="EUR"), Asset.objects.get(code="AMBER")
    month, year, once, bought = (Decimal(amount) * times for amount in PERSONS[level])
    return [
        ThresholdTerms(asset=euro, amount=month, types=SPENT, period_days=30, alert=True),
        ThresholdTerms(asset=amber, amount=year, types=SPENT, period_days=365, alert=True),
        ThresholdTerms(asset=amber, amount=once, types=SPENT),
        ThresholdTerms(asset=amber, amount=bought, rule=RuleType.RECEIVE, types=(OperationType.PURCHASE.value,), period_days=365),
    ]
