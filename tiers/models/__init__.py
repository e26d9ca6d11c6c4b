"""Dictionaries, tiers, price lists and fees, and what of them holds for a client (TIE, FEE)."""

from tiers.models.dictionaries import DictionaryEntry
from tiers.models.prices import LevelFee, OperationFee, PriceList, RecurringFee
from tiers.models.terms import ClientTerms, RecurringCharge, TierChange

__all__ = [
    "ClientTerms", "DictionaryEntry", "LevelFee", "OperationFee", "PriceList", "RecurringCharge", "RecurringFee", "TierChange",
]  # fmt: skip
