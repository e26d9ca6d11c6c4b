"""Wake-up calls and the sweepers that need none (DESIGN section 6)."""

import structlog
from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from transactions.services import holds, p2p

log = structlog.get_logger()


@shared_task
def recheck_holds(client_id: int) -> None:
    """Woken on commit of an approval or of a change of the client's level."""
    holds.recheck(client_id=client_id, now=timezone.now())


@shared_task
def sweep_holds() -> None:
    """Whatever became of the messages: whoever is above the held levels gets what is on hold checked again."""
    for client_id in holds.clients_to_recheck():
        try:
            holds.recheck(client_id=client_id, now=timezone.now())
        except SoftTimeLimitExceeded:
            raise
        except Exception:  # the other clients don't wait for it
            log.exception("recheck_failed", client_id=client_id)


@shared_task
def expire_holds() -> None:
    holds.expire_holds(now=timezone.now())


@shared_task
def forget_quotes() -> None:
    p2p.forget_quotes(now=timezone.now())
