"""Dictionaries, tiers, limits, price lists and fees, and what of them holds for a client (TIE, LIM, FEE)."""

from tiers.models.dictionaries import DictionaryEntry
from tiers.models.limits import Limit, Threshold
from tiers.models.prices import LevelFee, OperationFee, PriceList, RecurringFee
from tiers.models.terms import ClientTerms, RecurringCharge, TierChange

__all__ = [
    "ClientTerms", "DictionaryEntry", "LevelFee", "Limit", "OperationFee", "PriceList", "RecurringCharge", "RecurringFee",
    "Threshold", "TierChange",
]  # fmt: skip
