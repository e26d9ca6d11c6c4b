"""The ledger (LED, DESIGN section 4). Only the functions of `ledger/sql/` write these tables: the application's role can't.

Quantities are human units, numeric(38,18). A balance is the sum of its entries; a hot wallet's is that of its row plus its
pending credits. Foreign keys to wallets and assets are kept by triggers that refuse to delete those (`sql/tables.sql`):
a key share on the one row of an asset, taken by every operation, costs more than all the rest of them.
"""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Func, Q
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from clients.models import Client
from core.references import new_reference
from ledger.enums import OperationStatus, OperationType, ProofStatus
from wallets.models import Wallet

TOO_MUCH = Decimal(10) ** 20


class Quantity(models.DecimalField):  # type: ignore[type-arg]  # it takes no arguments when it runs
    """Human units of an asset. PostgreSQL's NaN passes a `>= 0` but is above every number: each column's check says how far
    it goes."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max_digits": 38, "decimal_places": 18} | options)


def holds(function: str, *columns: str) -> Func:
    """A check by a function of `sql/checks.sql`, where it says why."""
    return Func(*columns, function=function, output_field=models.BooleanField())


def known_row(to: type[models.Model], **options: Any) -> models.ForeignKey[Any, Any]:
    """A reference whose target is never deleted, which a trigger on the target ensures."""
    return models.ForeignKey(to, models.PROTECT, db_constraint=False, **options)


class Group(models.Model):
    """Operations that were posted together: all, or none but the optional ones. The idempotency key stands here (LED-03)."""

    idempotency_key = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001 - null is "none", and unique
    content_hash = models.BinaryField(max_length=32, null=True, blank=True)
    posted_at = models.DateTimeField(_("posted"))

    writes = "none"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["idempotency_key"], name="group_key_once")]

    def __str__(self) -> str:
        return f"group {self.pk}"


class Operation(models.Model):
    """One asset's movement from a sender to a receiver (LED-01). Never changed: corrections are new operations.

    `posted_at` is the entries' time, drawn after the locks. `salt` hides the record behind the chain's `ref`.
    `count_debit` and `count_credit` are what the sender's and the receiver's transaction counts lost and gained (TXL).
    """

    reference = models.CharField(_("transaction identifier"), max_length=20)
    group = models.ForeignKey(Group, models.PROTECT, related_name="operations", db_constraint=False, db_index=False)
    type = models.CharField(_("type"), max_length=20, choices=OperationType.choices)
    status = models.CharField(_("status"), max_length=10, choices=OperationStatus.choices)
    refused_reason = models.CharField(_("refused because"), max_length=40, blank=True)
    asset = known_row(Asset, related_name="operations", db_index=False, verbose_name=_("asset"))
    quantity = Quantity(_("quantity"))
    sender = known_row(Wallet, related_name="sent", db_index=False, verbose_name=_("sender"))
    receiver = known_row(Wallet, related_name="received", db_index=False, verbose_name=_("receiver"))
    count_debit = models.BigIntegerField(_("transactions taken"))
    count_credit = models.BigIntegerField(_("transactions given"))
    actor_type = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=60)
    actor_label = models.CharField(_("by"), max_length=80)
    comment = models.CharField(_("comment"), max_length=500, blank=True)
    cause_type = models.CharField(max_length=40, blank=True)
    cause_id = models.BigIntegerField(null=True, blank=True)
    cause_reference = models.CharField(_("caused by"), max_length=40, blank=True)
    reservation_id = models.BigIntegerField(null=True, blank=True)
    is_test = models.BooleanField(_("test mode"))
    posted_at = models.DateTimeField(_("processing date"))
    salt = models.BinaryField(max_length=16)

    writes = "none"

    class Meta:
        verbose_name = _("operation")
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="operation_reference_once"),
        ]
        indexes = [
            models.Index(fields=["-posted_at", "-id"], name="operation_newest"),
            models.Index(fields=["asset", "-posted_at", "-id"], name="operation_asset"),
            models.Index(fields=["type", "-posted_at", "-id"], name="operation_type"),
            models.Index(fields=["quantity"], name="operation_quantity"),
            models.Index(fields=["-posted_at", "-id"], condition=~Q(status=OperationStatus.POSTED), name="operation_unposted"),
            models.Index(fields=["sender", "-posted_at", "-id"], name="operation_sender"),
            models.Index(fields=["receiver", "-posted_at", "-id"], name="operation_receiver"),
            models.Index(fields=["group"], name="operation_group"),
            models.Index(fields=["cause_type", "cause_id"], condition=~Q(cause_type=""), name="operation_cause"),
        ]

    def __str__(self) -> str:
        return self.reference


class Entry(models.Model):
    """One leg: what a wallet gained or lost. A client's entry carries the running totals of its (client, asset, type,
    direction), itself included, so that any rolling window is the newest minus the last before it (LIM-08)."""

    pk = models.CompositePrimaryKey("operation_id", "is_credit")
    operation = models.ForeignKey(Operation, models.PROTECT, related_name="entries", db_constraint=False, db_index=False)
    is_credit = models.BooleanField(_("credit"))
    wallet = known_row(Wallet, related_name="entries", db_index=False)
    asset = known_row(Asset, related_name="+", db_index=False)
    client = known_row(Client, related_name="+", db_index=False, null=True, blank=True)
    type = models.CharField(_("type"), max_length=20, choices=OperationType.choices)
    quantity = Quantity(_("quantity"))
    at = models.DateTimeField(_("time"))
    running_quantity = Quantity(max_digits=50, null=True, blank=True)
    running_count = models.BigIntegerField(null=True, blank=True)

    writes = "none"

    class Meta:
        indexes = [
            models.Index(fields=["wallet", "asset", "at", "operation"], name="entry_wallet"),
            models.Index(
                fields=["client", "asset", "type", "is_credit", "at", "operation"],
                include=["running_quantity", "running_count"],
                condition=Q(client__isnull=False),
                name="entry_running",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity:+} in wallet {self.wallet_id}"


class Balance(models.Model):
    """What a wallet holds of an asset. The outside world has none (LED-02). For a hot wallet see PendingCredit.

    `last_at` is the time of its last entry that touched the row: entry times of a wallet never go back.
    """

    pk = models.CompositePrimaryKey("wallet_id", "asset_id")
    wallet = known_row(Wallet, related_name="balances", db_index=False)
    asset = known_row(Asset, related_name="balances", db_index=False)
    quantity = Quantity(_("balance"), db_default=0)
    reserved = Quantity(_("reserved"), db_default=0)
    remaining_count = models.BigIntegerField(_("remaining transactions"), db_default=0)
    last_at = models.DateTimeField(null=True, blank=True)

    writes = "none"

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=holds("ledger_balance_holds", "quantity", "reserved", "remaining_count"), name="balance_not_negative"
            ),
        ]

        # With the wallet: a statement by both columns that takes this one still reads one row, on a database without statistics, too.
        indexes = [models.Index(fields=["asset", "wallet"], name="balance_of_asset")]

    def __str__(self) -> str:
        return f"{self.quantity} in wallet {self.wallet_id}"


class Lot(models.Model):
    """A part of a client's balance of an expiring asset (EXP-01). It expires at 24:00 of `expires_on` in the instance's
    time zone. `is_open` stands for quantity > 0: an index on the quantity itself would make every change costlier."""

    wallet = known_row(Wallet, related_name="lots", db_index=False)
    asset = known_row(Asset, related_name="lots", db_index=False)
    operation = models.ForeignKey(Operation, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    expires_on = models.DateField(_("expires after"))
    quantity = Quantity(_("quantity"))
    reserved = Quantity(_("reserved"), db_default=0)
    is_open = models.BooleanField(db_default=True)

    writes = "none"

    class Meta:
        constraints = [
            models.CheckConstraint(condition=holds("ledger_lot_holds", "quantity", "reserved", "is_open"), name="lot_not_negative"),
        ]
        indexes = [
            models.Index(fields=["wallet", "asset", "expires_on", "id"], condition=Q(is_open=True), name="lot_nearest_first"),
            models.Index(fields=["expires_on", "wallet"], condition=Q(is_open=True), name="lot_due"),
            # Its condition says more than it needs to, so that no statement of a posting can take it for the wallet's own; of a column
            # that never changes, or each change of a lot would touch every index.
            models.Index(fields=["asset", "expires_on", "id"], condition=Q(is_open=True, wallet__gt=0), name="lot_of_asset"),
        ]

    def __str__(self) -> str:
        return f"lot {self.pk}"


class LotMove(models.Model):
    """What an operation took from a lot (negative) or made it of (positive)."""

    pk = models.CompositePrimaryKey("operation_id", "lot_id")
    operation = models.ForeignKey(Operation, models.PROTECT, related_name="lot_moves", db_constraint=False, db_index=False)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="moves", db_constraint=False)
    quantity = Quantity(_("quantity"))

    writes = "none"

    def __str__(self) -> str:
        return f"{self.quantity:+} of lot {self.lot_id}"


class Reservation(models.Model):
    """A quantity that a waiting thing (a redemption, a cash-out request) keeps from being spent or from expiring.

    `quantity` is what is still held; `purpose` names what it waits for, once while it is open.
    """

    wallet = known_row(Wallet, related_name="reservations", db_index=False)
    asset = known_row(Asset, related_name="+", db_index=False)
    quantity = Quantity(_("quantity"))
    purpose_type = models.CharField(max_length=40)
    purpose_id = models.BigIntegerField()
    is_open = models.BooleanField(db_default=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))

    writes = "none"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["purpose_type", "purpose_id"], condition=Q(is_open=True), name="reservation_once_per_purpose"),
            models.CheckConstraint(condition=Q(quantity__gte=0) & Q(quantity__lt=TOO_MUCH), name="reservation_not_negative"),
            models.CheckConstraint(
                condition=Q(is_open=True, quantity__gt=0) | Q(is_open=False, quantity=0), name="reservation_open_while_held"
            ),
        ]
        indexes = [
            models.Index(fields=["wallet", "asset"], condition=Q(is_open=True), name="reservation_wallet"),
            models.Index(fields=["expires_at"], condition=Q(is_open=True), name="reservation_due"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.purpose_type} {self.purpose_id}"


class ReservationLot(models.Model):
    """The lots that a reservation holds, nearest expiry first: a reserved lot doesn't expire."""

    pk = models.CompositePrimaryKey("reservation_id", "lot_id")
    reservation = models.ForeignKey(Reservation, models.PROTECT, related_name="lots", db_constraint=False, db_index=False)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", db_constraint=False)
    quantity = Quantity(_("quantity"))

    writes = "none"

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(quantity__gte=0) & Q(quantity__lt=TOO_MUCH), name="reservationlot_not_negative")]

    def __str__(self) -> str:
        return f"{self.quantity} of lot {self.lot_id}"


class PendingCredit(models.Model):
    """A hot wallet's credit that its balance row doesn't hold yet (LED-08). Folded in by the settle step, or when it spends."""

    operation = models.OneToOneField(Operation, models.PROTECT, primary_key=True, related_name="+", db_constraint=False)
    wallet = known_row(Wallet, related_name="pending_credits", db_index=False)
    asset = known_row(Asset, related_name="+", db_index=False)
    quantity = Quantity(_("quantity"))

    writes = "none"

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0) & Q(quantity__lt=TOO_MUCH), name="pending_credit_positive")]
        indexes = [models.Index(fields=["wallet", "asset"], name="pending_credit_wallet")]

    def __str__(self) -> str:
        return f"{self.quantity} for wallet {self.wallet_id}"


class PendingFigure(models.Model):
    """An operation that the hourly figures and hot wallets' totals don't count yet."""

    operation = models.OneToOneField(Operation, models.PROTECT, primary_key=True, related_name="+", db_constraint=False)

    writes = "none"

    def __str__(self) -> str:
        return f"operation {self.operation_id}"


class HourlyFigure(models.Model):
    """How much of an asset moved in an hour (UTC), by type: what dashboards read (DSH-05)."""

    pk = models.CompositePrimaryKey("asset_id", "type", "hour")
    asset = known_row(Asset, related_name="+", db_index=False)
    type = models.CharField(_("type"), max_length=20, choices=OperationType.choices)
    hour = models.DateTimeField(_("hour"))
    quantity = Quantity(_("quantity"), max_digits=50)
    count = models.BigIntegerField(_("operations"))

    writes = "none"

    class Meta:
        indexes = [models.Index(fields=["hour"], name="hourly_figure_hour")]

    def __str__(self) -> str:
        return f"{self.hour}: {self.quantity}"


class DailyFigure(models.Model):
    """The same by day (UTC): what totals of all time and of long periods read."""

    pk = models.CompositePrimaryKey("asset_id", "type", "day")
    asset = known_row(Asset, related_name="+", db_index=False)
    type = models.CharField(_("type"), max_length=20, choices=OperationType.choices)
    day = models.DateTimeField(_("day"))
    quantity = Quantity(_("quantity"), max_digits=50)
    count = models.BigIntegerField(_("operations"))

    writes = "none"

    class Meta:
        indexes = [models.Index(fields=["day"], name="daily_figure_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.quantity}"


class WalletTotal(models.Model):
    """All that a hot wallet ever received or sent of an asset by one type; as of the settle step (DSH-03)."""

    pk = models.CompositePrimaryKey("wallet_id", "asset_id", "type", "is_credit")
    wallet = known_row(Wallet, related_name="totals", db_index=False)
    asset = known_row(Asset, related_name="+", db_index=False)
    type = models.CharField(_("type"), max_length=20, choices=OperationType.choices)
    is_credit = models.BooleanField(_("credit"))
    quantity = Quantity(_("quantity"), max_digits=50)
    count = models.BigIntegerField(_("operations"))

    writes = "none"

    def __str__(self) -> str:
        return f"{self.quantity} in wallet {self.wallet_id}"


def proof_reference() -> str:
    return new_reference("PRO")


class ProofRun(models.Model):
    """A proof of the whole ledger, asked for by a person or the clock, done by a worker, with its figures (LED-07)."""

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=proof_reference, editable=False)
    status = models.CharField(_("result"), max_length=10, choices=ProofStatus.choices, default=ProofStatus.QUEUED)
    requested_by = models.CharField(_("requested by"), max_length=80)
    requested_at = models.DateTimeField(_("requested"))
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    operations = models.BigIntegerField(_("operations"), default=0)
    entries = models.BigIntegerField(_("entries"), default=0)
    balances = models.BigIntegerField(_("balances"), default=0)
    fault_count = models.BigIntegerField(_("faults"), default=0)
    figures = models.JSONField(_("figures"), default=list)  # asset code, issued, burnt, held
    faults = models.JSONField(_("faults"), default=list)  # the first ones

    writes = "all"

    class Meta:
        verbose_name = _("proof")
        indexes = [models.Index(fields=["-requested_at", "-id"], name="proofrun_newest")]
        constraints = [
            models.UniqueConstraint(fields=["status"], condition=Q(status=ProofStatus.QUEUED), name="proofrun_one_waits"),
        ]

    def __str__(self) -> str:
        return self.reference
