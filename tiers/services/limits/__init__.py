"""The limit engine: which limit covers a client, and what it says of a movement (LIM, KYC-30)."""

from tiers.services.limits.check import Ask, check, check_many
from tiers.services.limits.decision import Covering, Decision, LimitExceeded, NoLimit, RateMissing, RuleLook
from tiers.services.limits.standing import Standing, standing

__all__ = [
    "Ask", "Covering", "Decision", "LimitExceeded", "NoLimit", "RateMissing", "RuleLook", "Standing", "check", "check_many", "standing",
]  # fmt: skip
