from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class Right(TextChoices):
    CHAIN_SEE = "chain.see", _("See the settlement on the chain")
    CHAIN_RESOLVE = "chain.resolve", _("Retry or void a failed settlement")
    CHAIN_REPLACE = "chain.replace", _("Speed up or cancel a transaction on the chain")
    CHAIN_COMPARE = "chain.compare", _("Compare the chain with the ledger")


class ChainOpKind(IntegerChoices):
    """What the contract is asked to do; stored in the event as uint8."""

    TRANSFER = 1, _("Transfer")
    ISSUE = 2, _("Issue")
    BURN = 3, _("Burn")
    EXPIRY_RETURN = 4, _("Expiry return")
    LIMIT_RETURN = 5, _("Limit return")
    COUNTER_CORRECTION = 6, _("Counter correction")
    CREATE_ASSET = 10, _("Asset creation")
    ANCHOR = 11, _("Anchor")


# The kinds that travel together in one settle() call; the others take a transaction each.
BATCHED_KINDS = frozenset({kind for kind in ChainOpKind if kind < ChainOpKind.CREATE_ASSET})


class ChainOpStatus(TextChoices):
    """Queued, submitted, confirmed, failed on pages (CHN-05)."""

    PENDING = "pending", _("Queued")
    ASSIGNED = "assigned", _("Submitted")
    SETTLED = "settled", _("Confirmed")
    REJECTED = "rejected", _("Failed")
    VOIDED = "voided", _("Voided")


class RejectCode(IntegerChoices):
    """Why the contract rejected an operation; the numbers are the contract's."""

    UNKNOWN_ASSET = 1, _("The contract does not know the asset")
    BALANCE = 2, _("The sender's balance on the chain is too small")
    COUNT = 3, _("The sender's remaining count on the chain is too small")
    BALANCE_OVERFLOW = 4, _("The balance would overflow")
    COUNT_OVERFLOW = 5, _("The receiver's remaining count would overflow")
    MALFORMED = 6, _("The operation is malformed")
    SEQUENCE_GAP = 9, _("An operation before it is missing")


class TxStatus(TextChoices):
    """Prepared: signed and stored. Mined: seen in a block, not deep enough. Superseded: its nonce went to another."""

    PREPARED = "prepared", _("Prepared")
    SENT = "sent", _("Sent")
    MINED = "mined", _("Mined")
    CONFIRMED = "confirmed", _("Confirmed")
    REVERTED = "reverted", _("Reverted")
    SUPERSEDED = "superseded", _("Superseded")


OPEN_TX = (TxStatus.PREPARED, TxStatus.SENT, TxStatus.MINED)
ENDED_TX = (TxStatus.CONFIRMED, TxStatus.REVERTED, TxStatus.SUPERSEDED)


class TxPurpose(TextChoices):
    SETTLE = "settle", _("Batch of operations")
    CREATE_ASSET = "create_asset", _("Asset creation")
    ANCHOR = "anchor", _("Anchor of the audit trail")
    VOID = "void", _("Void")
    FILLER = "filler", _("Filler of a nonce")


class ReplacementKind(TextChoices):
    """What a person may have done about a transaction that no block takes (CHN-09)."""

    SPEED_UP = "speed_up", _("Speed up")
    CANCEL = "cancel", _("Cancel")


class ReplacementStatus(TextChoices):
    QUEUED = "queued", _("Waits for the settlement")
    SENT = "sent", _("Replaced")
    REFUSED = "refused", _("Not possible any more")


class IdentityStatus(TextChoices):
    DEPLOYING = "deploying", _("Being deployed")
    ACTIVE = "active", _("In use")
    RETIRED = "retired", _("Retired")


class HaltReason(TextChoices):
    """Why a lane stands still until somebody decides (CHN-04)."""

    REJECTED = "rejected", _("The contract rejected an operation")
    MISMATCH = "mismatch", _("The chain holds another operation under this number")
    WRONG_CHAIN = "wrong_chain", _("The node shows another chain, or the contract is gone")
    CHAIN_AHEAD = "chain_ahead", _("The chain has operations that this database does not know")
    WRONG_SIGNER = "wrong_signer", _("The operator's key does not belong to this lane")
    REVERTING = "reverting", _("Transactions keep reverting")


class ComparisonStatus(TextChoices):
    """What a comparison of the chain with the ledger has found (CHN-08)."""

    QUEUED = "queued", _("Queued")
    EQUAL = "equal", _("Equal")
    DIFFERENT = "different", _("Different")
    FAILED = "failed", _("Not possible")
