from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from ledger.enums import OperationType


class DictionaryType(TextChoices):
    """What an entry of the dictionaries names (TIE-01). An active one of the first type is a tier (TIE-02)."""

    VERIFICATION_LEVEL = "verification_level", _("Verification level")
    PERSON_TYPE = "person_type", _("Person type")
    COMPANY_TYPE = "company_type", _("Company type")


class Provider(TextChoices):
    """Who verifies the clients that ask for a tier (KYC-03)."""

    MANUAL = "manual", _("Manual")
    SHUFTI = "shufti", _("Shufti Pro")
    SUMSUB = "sumsub", _("Sumsub")


class Check(TextChoices):
    """What a provider is asked to verify (KYC-03)."""

    DOCUMENT = "document", _("Identity document")
    FACE = "face", _("Face")
    ADDRESS = "address", _("Address")
    CONSENT = "consent", _("Handwritten or printed consent")
    BACKGROUND = "background", _("Sanctions and politically exposed persons")


class Direction(TextChoices):
    """Which way a client changes its tier (FEE-02)."""

    UPGRADE = "upgrade", _("Upgrade")
    DOWNGRADE = "downgrade", _("Downgrade")


class Period(TextChoices):
    """How often a recurring fee is due (FEE-03)."""

    MONTHLY = "monthly", _("Monthly")
    YEARLY = "yearly", _("Yearly")

    @property
    def months(self) -> int:
        return 12 if self == Period.YEARLY else 1


class Payer(TextChoices):
    """Which side of an operation pays its fee (FEE-04)."""

    SENDER = "sender", _("Sender")
    RECEIVER = "receiver", _("Receiver")


class FeeSource(TextChoices):
    """Where an operation's fee was found, the first that exists (FEE-06)."""

    PRICE_LIST = "price_list", _("Price list")
    ASSET = "asset", _("Asset's default")


class FeeKind(TextChoices):
    """The tabs of a price list: what kind of fee a rule is."""

    LEVEL = "level", _("Change verification level fees")
    RECURRING = "recurring", _("Recurring fees")
    OPERATION = "operation", _("Operation fees")


class ChargeStatus(TextChoices):
    """A recurring charge (TIE-05). Unpaid: it was tried as often as the settings say, and an alert was raised."""

    DUE = "due", _("Due")
    PAID = "paid", _("Paid")
    UNPAID = "unpaid", _("Unpaid")


class RuleType(TextChoices):
    """What a threshold bounds (KYC-30): what a client sends, what it receives, or what its wallets hold after it received."""

    SEND = "send", _("Send")
    RECEIVE = "receive", _("Receive")
    BALANCE = "balance", _("Balance")


class Criterion(TextChoices):
    """By what a limit covers a client, the highest first (LIM-03, LIM-04)."""

    PERSONAL = "personal", _("Personal")
    CLIENT_TYPE = "client_type", _("Client type")
    KIND = "kind", _("Person or company type")
    TIER = "tier", _("Tier")
    LEVEL = "level", _("Verification level")
    LOWER_LEVEL = "lower_level", _("Next lower verification level")
    EVERYBODY = "everybody", _("Everybody")


class Exceeded(TextChoices):
    """How a transaction breaks a threshold."""

    AMOUNT = "amount", _("Amount")
    COUNT = "count", _("Number of transactions")
    MINIMUM = "minimum", _("Least of a transaction")
    RATE = "rate", _("No rate")


# What a client does, so that a tier can open it (TIE-07) and a fee be asked for it (FEE-04). The rest is the issuer's or the system's.
CLIENT_OPERATIONS = (
    OperationType.PURCHASE,
    OperationType.PAYMENT,
    OperationType.P2P_TRANSFER,
    OperationType.EXCHANGE,
    OperationType.RESELL,
    OperationType.CASH_OUT,
    OperationType.TOP_UP,
    OperationType.WITHDRAWAL,
)
LEVELS = range(1, 6)
# What a client's wallet can send or receive at all. The rest moves between the issuer, merchants and the outside world: their hot wallets
# have no rules.
SENT_BY_CLIENTS = (
    OperationType.PAYMENT,
    OperationType.P2P_TRANSFER,
    OperationType.EXCHANGE,
    OperationType.RESELL,
    OperationType.CASH_OUT,
    OperationType.WITHDRAWAL,
    OperationType.CASH_DESK,
    OperationType.FEE,
    OperationType.CHARGEBACK,
    OperationType.MANUAL_TRANSFER,
    OperationType.ADJUSTMENT,
)
RECEIVED_BY_CLIENTS = (
    OperationType.PURCHASE,
    OperationType.P2P_TRANSFER,
    OperationType.EXCHANGE,
    OperationType.TOP_UP,
    OperationType.CASH_DESK,
    OperationType.LOYALTY_REWARD,
    OperationType.REFUND,
    OperationType.CHARGEBACK,
    OperationType.MANUAL_TRANSFER,
    OperationType.ADJUSTMENT,
)


class Right(TextChoices):
    TIERS_SEE = "tiers.see", _("See dictionaries, tiers and limits")
    TIERS_EDIT = "tiers.edit", _("Edit dictionaries, tiers and limits, set a client's tier")
    PRICES_SEE = "prices.see", _("See price lists and fees")
    PRICES_EDIT = "prices.edit", _("Edit price lists and fees")
