from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class OperationType(TextChoices):
    """What a movement is for (LED-05). The ledger's functions know these values too: `sql/rules.sql`."""

    ASSET_CREATION = "asset_creation", _("Asset creation")
    ADDITIONAL_ISSUING = "additional_issuing", _("Additional issuing")
    BURNING = "burning", _("Burning")
    MANUAL_TRANSFER = "manual_transfer", _("Manual transfer")
    PAYMENT = "payment", _("Payment")
    PURCHASE = "purchase", _("Purchase")
    CASH_OUT = "cash_out", _("Cash-out")
    RESELL = "resell", _("Resell")
    P2P_TRANSFER = "p2p_transfer", _("P2P transfer")
    LOYALTY_REWARD = "loyalty_reward", _("Loyalty reward")
    EXPIRY_RETURN = "expiry_return", _("Expiry return")
    LIMIT_RETURN = "limit_return", _("Limit return")
    REFUND = "refund", _("Refund")
    CHARGEBACK = "chargeback", _("Chargeback")
    FEE = "fee", _("Fee")
    EXCHANGE = "exchange", _("Exchange")
    TOP_UP = "top_up", _("Top-up")
    WITHDRAWAL = "withdrawal", _("Withdrawal")
    CASH_DESK = "cash_desk", _("Cash desk")
    ADJUSTMENT = "adjustment", _("Adjustment")


class OperationStatus(TextChoices):
    """Refused and cancelled ones moved nothing and have no entries: an optional member of a group that was refused alone, or what
    was tried and didn't come to a posting (TXN-04). The reason is stored."""

    POSTED = "posted", _("Posted")
    REFUSED = "refused", _("Refused")
    CANCELLED = "cancelled", _("Cancelled")


class AttemptReason(TextChoices):
    """Why something moved nothing, where it isn't the ledger that refused it (that has its own codes: services/refusals.py)."""

    REFUSED_BY_HAND = "refused_by_hand", _("Refused by the issuer")
    CANCELLED_BY_HAND = "cancelled_by_hand", _("Cancelled before payment")
    NOT_PAID = "not_paid", _("Not paid in time")
    LIMIT_EXCEEDED = "limit_exceeded", _("Above a limit")
    NO_LIMIT = "no_limit", _("No limit covers the client")
    RATE_MISSING = "rate_missing", _("No rate to check a limit with")
    HOLD_REFUSED = "hold_refused", _("Refused when it was checked again")
    HOLD_CANCELLED = "hold_cancelled", _("Cancelled while it was on hold")
    HOLD_EXPIRED = "hold_expired", _("On hold for too long")
    TIER_DOES_NOT_OPEN = "tier_does_not_open", _("The client's tier doesn't open this")


class ProofStatus(TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    HOLDS = "holds", _("Holds")
    BROKEN = "broken", _("Broken")


class Right(TextChoices):
    OPERATIONS_SEE = "operations.see", _("See blockchain transactions")
    PROOF = "ledger.proof", _("Prove the ledger")
