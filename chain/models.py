"""Settlement on the chain: the outbox of operations, the lane, its transactions (CHN, DESIGN section 5)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from chain.enums import (
    ChainOpKind,
    ChainOpStatus,
    ComparisonStatus,
    HaltReason,
    IdentityStatus,
    RejectCode,
    ReplacementKind,
    ReplacementStatus,
    TxPurpose,
    TxStatus,
)
from core.references import new_reference


class ChainIdentity(models.Model):
    """The chain and contract that we settle on. What the node shows is compared with it on every tick: another genesis
    block, chain id, contract or code halts the lane. Its deployment is stored signed before it is sent, like all else."""

    status = models.CharField(max_length=10, choices=IdentityStatus.choices, default=IdentityStatus.DEPLOYING)
    chain_id = models.BigIntegerField(_("chain id"))
    genesis_hash = models.CharField(_("genesis block"), max_length=66)
    contract = models.CharField(_("contract"), max_length=42)
    code_hash = models.CharField(_("code hash"), max_length=66, blank=True)
    owner = models.CharField(_("contract owner"), max_length=42)
    deployer = models.CharField(max_length=42)
    deploy_nonce = models.BigIntegerField()
    deploy_raw = models.BinaryField()
    deploy_hash = models.CharField(max_length=66)
    deployed_block = models.BigIntegerField(_("deployed in block"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    writes = "all"

    class Meta:
        verbose_name = _("contract")
        constraints = [
            models.UniqueConstraint(fields=["status"], condition=models.Q(status=IdentityStatus.ACTIVE), name="one_active_chain"),
            models.UniqueConstraint(fields=["status"], condition=models.Q(status=IdentityStatus.DEPLOYING), name="one_deployment_at_once"),
        ]

    def __str__(self) -> str:
        return f"{self.contract} on chain {self.chain_id}"


class Lane(models.Model):
    """One signer's queue: its row lock is what keeps nonces and sequences in order. What a tick last saw of the node
    stands here too, so that pages and the health check never ask the node."""

    signer = models.CharField(_("operator"), max_length=42)
    identity = models.ForeignKey(ChainIdentity, models.PROTECT, related_name="lanes")
    first_nonce = models.BigIntegerField()
    next_nonce = models.BigIntegerField()
    next_sequence = models.BigIntegerField(default=1)
    reverts_in_a_row = models.PositiveIntegerField(default=0)

    halted_at = models.DateTimeField(_("halted"), null=True, blank=True)
    halt_reason = models.CharField(_("reason"), max_length=12, choices=HaltReason.choices, blank=True)
    halt_detail = models.CharField(_("detail"), max_length=300, blank=True)

    seen_at = models.DateTimeField(_("node last seen"), null=True, blank=True)
    head_block = models.BigIntegerField(_("block height"), null=True, blank=True)
    confirmed_block = models.BigIntegerField(_("confirmed height"), null=True, blank=True)
    seen_cursor = models.BigIntegerField(_("contract's cursor"), null=True, blank=True)
    seen_nonce = models.BigIntegerField(null=True, blank=True)
    seen_funds = models.DecimalField(_("operator's balance"), max_digits=60, decimal_places=0, null=True, blank=True)
    seen_paused = models.BooleanField(_("paused"), default=False)
    seen_operator = models.BooleanField(_("is an operator"), default=True)
    head_at = models.DateTimeField(_("newest block made"), null=True, blank=True)
    seen_base_fee = models.DecimalField(max_digits=40, decimal_places=0, null=True, blank=True)
    node_error = models.CharField(_("node's error"), max_length=300, blank=True)
    node_error_at = models.DateTimeField(null=True, blank=True)

    writes = "all"

    class Meta:
        verbose_name = _("settlement")
        constraints = [models.UniqueConstraint(models.Value(1), name="one_lane")]

    def __str__(self) -> str:
        return self.signer


class ChainTx(models.Model):
    """A signed transaction, stored before it is sent and never deleted: any rollback can be refilled by sending it again.

    A replacement has the same nonce and calldata, higher fees and the next version. Fees are in wei."""

    identity = models.ForeignKey(ChainIdentity, models.PROTECT, related_name="transactions")
    signer = models.CharField(_("operator"), max_length=42)
    nonce = models.BigIntegerField(_("nonce"))
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    purpose = models.CharField(_("purpose"), max_length=12, choices=TxPurpose.choices)
    hash = models.CharField(_("transaction hash"), max_length=66)
    raw = models.BinaryField()
    to = models.CharField(max_length=42)
    data = models.BinaryField()
    gas = models.BigIntegerField()
    max_fee = models.DecimalField(max_digits=40, decimal_places=0)
    priority_fee = models.DecimalField(max_digits=40, decimal_places=0)
    status = models.CharField(_("status"), max_length=10, choices=TxStatus.choices, default=TxStatus.PREPARED)
    block_number = models.BigIntegerField(_("block"), null=True, blank=True)
    block_hash = models.CharField(max_length=66, blank=True)
    created_at = models.DateTimeField(_("built"))
    sent_at = models.DateTimeField(_("first sent"), null=True, blank=True)
    sent_block = models.BigIntegerField(null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    error = models.CharField(_("node's last answer"), max_length=300, blank=True)

    writes = "all"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identity", "signer", "nonce", "version"], name="nonce_version_once"),
            # A chain that was lost and rebuilt may see the very same transaction again: only together with the chain is it one.
            models.UniqueConstraint(fields=["hash", "identity"], name="hash_once_per_chain"),
        ]
        verbose_name = _("transaction on the chain")
        verbose_name_plural = _("transactions on the chain")
        indexes = [
            models.Index(fields=["nonce"], condition=models.Q(status__in=["prepared", "sent", "mined"]), name="chaintx_open"),
            models.Index(fields=["hash"], name="chaintx_hash"),
            models.Index(fields=["status", "-id"], name="chaintx_status"),
        ]

    def __str__(self) -> str:
        return self.hash

    @property
    def reference(self) -> str:
        """Its public name."""
        return self.hash


class ChainOp(models.Model):
    """One thing to be done on the chain, written in the transaction of the ledger operation that asks for it (CHN-02).

    `id` is drawn after the ledger's last lock, so that for one wallet and asset the order of ids is the order of commits.
    `sequence` is the lane's gapless number, given when a batch is built and never changed. Amounts are base units.
    What it asks for never changes either (a trigger refuses it); only its way to the chain does.
    """

    operation_id = models.BigIntegerField(null=True, blank=True, unique=True)
    kind = models.SmallIntegerField(_("kind"), choices=ChainOpKind.choices)
    asset_id = models.BigIntegerField(null=True, blank=True)
    source = models.CharField(_("source"), max_length=42, blank=True, db_default="")
    destination = models.CharField(_("destination"), max_length=42, blank=True, db_default="")
    amount = models.DecimalField(_("amount"), max_digits=39, decimal_places=0, default=0, db_default=0)
    count_debit = models.BigIntegerField(default=0, db_default=0)
    count_credit = models.BigIntegerField(default=0, db_default=0)
    ref = models.BinaryField(max_length=32)
    payload = models.JSONField(null=True, blank=True)
    status = models.CharField(
        _("settlement"), max_length=10, choices=ChainOpStatus.choices, default=ChainOpStatus.PENDING, db_default=ChainOpStatus.PENDING
    )
    sequence = models.BigIntegerField(null=True, blank=True)
    is_void = models.BooleanField(_("to be voided"), default=False, db_default=False)
    chain_tx = models.ForeignKey(ChainTx, models.PROTECT, null=True, blank=True, related_name="operations", db_index=False)
    attempts = models.IntegerField(_("attempts"), default=0, db_default=0)
    failure_code = models.SmallIntegerField(_("failure"), choices=RejectCode.choices, null=True, blank=True)
    created_at = models.DateTimeField(_("queued"))
    settled_at = models.DateTimeField(_("confirmed"), null=True, blank=True)

    writes = "all"

    class Meta:
        verbose_name = _("operation on the chain")
        constraints = [
            # Every posting writes one: a single check by a function costs a fraction of five (`sql/checks.sql` says what it holds).
            models.CheckConstraint(
                name="chainop_moves_or_tells",
                condition=models.Func(
                    *("kind", "operation_id", "asset_id", "source", "destination", "amount", "payload", "status", "sequence", "attempts"),
                    function="chain_op_holds",
                    output_field=models.BooleanField(),
                ),
            ),
            models.UniqueConstraint(fields=["sequence"], condition=models.Q(sequence__isnull=False), name="chainop_sequence_once"),
        ]
        indexes = [
            models.Index(fields=["sequence", "id"], condition=models.Q(status="pending"), name="chainop_pending"),
            models.Index(fields=["id"], condition=models.Q(status__in=["pending", "assigned", "rejected"]), name="chainop_open"),
            models.Index(fields=["id"], condition=models.Q(is_void=True), name="chainop_void"),
            models.Index(fields=["chain_tx"], condition=models.Q(chain_tx__isnull=False), name="chainop_sent"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """Its public name."""
        return f"CHN-{self.pk}"


def replacement_reference() -> str:
    return new_reference("RPL")


class Replacement(models.Model):
    """What a person asked for about a transaction that no block takes: higher fees, or nothing in its place (CHN-09).

    A page only writes this row; the settlement's worker, which alone holds the key, acts on it, once. Whichever of the versions of
    a nonce is mined, the contract does each operation once.
    """

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=replacement_reference, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=ReplacementKind.choices)
    identity = models.ForeignKey(ChainIdentity, models.PROTECT, related_name="+")
    signer = models.CharField(_("operator"), max_length=42)
    nonce = models.BigIntegerField(_("nonce"))
    status = models.CharField(_("status"), max_length=10, choices=ReplacementStatus.choices, default=ReplacementStatus.QUEUED)
    transaction = models.ForeignKey(ChainTx, models.PROTECT, null=True, blank=True, related_name="replacements")
    requested_by = models.CharField(_("requested by"), max_length=80)
    requested_at = models.DateTimeField(_("requested"))
    decided_at = models.DateTimeField(_("acted on"), null=True, blank=True)
    refusal = models.CharField(_("reason"), max_length=300, blank=True)

    writes = "all"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["identity", "signer", "nonce"], condition=models.Q(status="queued"), name="one_replacement_waits"
            ),
            models.CheckConstraint(
                name="replacement_sent_has_one", condition=~models.Q(status="sent") | models.Q(transaction__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=models.Q(status="queued"), name="replacement_waits")]

    def __str__(self) -> str:
        return self.reference


class NodeSample(models.Model):
    """How the node and the queue stood, once a minute; kept for a day (CHN-07)."""

    at = models.DateTimeField(unique=True)
    answers = models.BooleanField()
    head_block = models.BigIntegerField(null=True)
    queue = models.PositiveIntegerField()
    oldest_seconds = models.PositiveIntegerField()

    writes = "all"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


def comparison_reference() -> str:
    return new_reference("CMP")


class Comparison(models.Model):
    """One comparison of every balance and count on the chain with the ledger, at one block (CHN-08).

    `differences` holds at most a few hundred: asset, wallet, address, and both sides' balance and count as text.
    """

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=comparison_reference, editable=False)
    status = models.CharField(_("result"), max_length=10, choices=ComparisonStatus.choices, default=ComparisonStatus.QUEUED)
    requested_by = models.CharField(_("requested by"), max_length=80)
    requested_at = models.DateTimeField(_("requested"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    block = models.BigIntegerField(_("block"), null=True, blank=True)
    wallets = models.PositiveIntegerField(_("balances compared"), default=0)
    unsettled = models.PositiveIntegerField(_("operations on their way"), default=0)
    different = models.PositiveIntegerField(_("differences"), default=0)
    differences = models.JSONField(default=list)
    error = models.CharField(_("reason"), max_length=300, blank=True)

    writes = "all"

    class Meta:
        verbose_name = _("comparison with the ledger")
        indexes = [models.Index(fields=["-requested_at", "-id"], name="comparison_newest")]

    def __str__(self) -> str:
        return self.reference
