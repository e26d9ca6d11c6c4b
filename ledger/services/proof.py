"""The proof of the ledger: what all wallets hold is what was issued and not burnt, every balance is the sum of its entries, every
sum of lots is its balance, every running total is the sum of what it totals (LED-07)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from assets.models import Asset
from audit.services import record
from core.actors import Actor, SystemActor
from ledger.enums import ProofStatus
from ledger.models import ProofRun
from messaging.services import raise_alert

log = structlog.get_logger()
LEASE = timedelta(minutes=30)
FAULTS_KEPT = 50
CLOCK = SystemActor("ledger")


@dataclass(frozen=True)
class Supply:
    """One asset's figures in human units. For a currency, issued is what came in and burnt is what went out."""

    asset: str
    decimals: int
    issued: Decimal
    burnt: Decimal
    held: Decimal

    @property
    def holds(self) -> bool:
        return self.issued - self.burnt == self.held

    def in_decimals(self, quantity: Decimal) -> str:
        return f"{quantity:.{self.decimals}f}"


@dataclass(frozen=True)
class Fault:
    """A row that breaks what must hold."""

    name: str
    asset: str
    subject: str
    expected: Decimal
    found: Decimal

    def __str__(self) -> str:
        return f"{self.name}: {self.asset} {self.subject}: {self.expected.normalize():f} expected, {self.found.normalize():f} found"


@dataclass(frozen=True)
class Proof:
    supplies: list[Supply]
    faults: list[Fault]
    operations: int
    entries: int
    balances: int

    @property
    def holds(self) -> bool:
        return not self.faults


def prove() -> Proof:
    """All checks in one statement, so of one moment; others go on posting. Reads every entry once or twice."""
    codes = {asset.pk: (asset.code, asset.decimals) for asset in Asset.objects.order_by("code")}
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # it walks through the whole ledger
        cursor.execute(
            "SELECT name, asset, subject, expected, found FROM ledger_prove()"
            " UNION ALL SELECT name, asset, subject, expected, found FROM ledger_prove_days()"
        )
        rows = cursor.fetchall()
        cursor.execute("SELECT reference FROM ledger_broken_commitments()")
        broken = [reference for (reference,) in cursor.fetchall()]
    figures: dict[int | None, dict[str, Decimal]] = {}
    faults = [Fault("commitment", "", reference, Decimal(1), Decimal(0)) for reference in broken]
    for name, asset, subject, expected, found in rows:
        if name == "figure":
            figures.setdefault(asset, {})[subject] = found
        else:
            faults.append(Fault(name, codes[asset][0] if asset in codes else "", subject, expected, found))
    supplies = [
        Supply(code, decimals, figures[pk]["issued"], figures[pk]["burnt"], figures[pk]["held"])
        for pk, (code, decimals) in codes.items()
        if pk in figures
    ]
    whole = figures[None]
    return Proof(supplies, faults, int(whole["operations"]), int(whole["entries"]), int(whole["balances"]))


def verify(now: datetime) -> list[str]:
    """The ledger's part of `manage.py verify`: one line for each fault."""
    return [str(fault) for fault in prove().faults]


def request_proof(*, actor: Actor, now: datetime) -> ProofRun:
    """Ask for a proof; while one waits, that one is returned."""
    with transaction.atomic(durable=True):
        try:
            with transaction.atomic():
                run = ProofRun.objects.create(requested_by=actor.actor_label, requested_at=now)
        except IntegrityError:
            return ProofRun.objects.filter(status=ProofStatus.QUEUED).order_by("id").get()
        record(action="ledger.proof_requested", actor=actor, subject=run, now=now)
    return run


def run_due_proof(*, now: datetime) -> ProofRun | None:
    """Do one proof that waits, or one whose worker died (its lease is over). What breaks raises an alert."""
    with transaction.atomic(durable=True):
        run = (
            ProofRun.objects.select_for_update(skip_locked=True)
            .filter(Q(status=ProofStatus.QUEUED) | Q(status=ProofStatus.RUNNING, lease_until__lt=now))
            .order_by("id")
            .first()
        )
        if run is None:
            return None
        run.status, run.lease_until = ProofStatus.RUNNING, now + LEASE
        run.save(update_fields=["status", "lease_until"])
    proof = prove()
    with transaction.atomic(durable=True):
        run.status = ProofStatus.HOLDS if proof.holds else ProofStatus.BROKEN
        run.finished_at = timezone.now()
        run.operations, run.entries, run.balances, run.fault_count = proof.operations, proof.entries, proof.balances, len(proof.faults)
        run.figures = [_figures(supply) for supply in proof.supplies]
        run.faults = [str(fault) for fault in proof.faults[:FAULTS_KEPT]]
        run.save()
        if not proof.holds:
            message = _("The proof %(reference)s found %(count)s faults in the ledger.") % {
                "reference": run.reference,
                "count": len(proof.faults),
            }
            raise_alert(kind="ledger.proof_broken", subject=run, message=message, now=run.finished_at)
    log.info("ledger_proved", status=run.status, operations=run.operations, faults=run.fault_count)
    return run


def _figures(supply: Supply) -> dict[str, Any]:
    return {
        "asset": supply.asset,
        "decimals": supply.decimals,
        "issued": supply.in_decimals(supply.issued),
        "burnt": supply.in_decimals(supply.burnt),
        "held": supply.in_decimals(supply.held),
        "holds": supply.holds,
    }
