"""The ledger's jobs; each can be repeated, late, or run by many at once."""

import structlog
from celery import shared_task
from django.utils import timezone

from ledger.services import issuing, proof, settling

log = structlog.get_logger()


@shared_task
def settle() -> None:
    """Every few seconds: hot wallets' credits and the figures (LED-08)."""
    settling.settle()


@shared_task(time_limit=1700, soft_time_limit=1690)
def prove() -> None:
    """Do the proof that somebody asked for, if there is one (LED-07)."""
    proof.run_due_proof(now=timezone.now())


@shared_task
def prove_nightly() -> None:
    proof.request_proof(actor=proof.CLOCK, now=timezone.now())


@shared_task
def reissue_where_due() -> None:
    """Issue more of what has run below its mark (AST-04)."""
    posted = issuing.reissue_where_due(now=timezone.now())
    if posted:
        log.info("reissued_automatically", operations=[operation.reference for operation in posted])
