"""The daily digest: what leaves the database, so that even its owner can't rewrite the past unseen (AUD-04)."""

import hashlib
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from audit import chain
from audit.models import AuditAnchor, AuditDigest, AuditLink
from audit.payload import VERSION, canonical

LOCK = "audit digest"


def make_digest(day: date, *, now: datetime) -> AuditDigest:
    """The digest of a day that is over, made once: it binds the chain's head, the number of links and the digest before.

    Returns the existing one on a repeat; whoever anchors it passes `bytes(digest.digest)` and stores the place with
    `store_anchor`. Raises ValueError for a day that isn't over, or that lies before one whose digest stands.
    """
    if day >= now.date():
        raise ValueError(f"{day} isn't over yet")
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK])
        if existing := AuditDigest.objects.filter(day=day).first():
            return existing
        last = AuditLink.objects.order_by("-seq").first()
        before = AuditDigest.objects.order_by("-day").first()
        if before and before.day > day:
            raise ValueError(f"the digest of {before.day} stands already: one of {day} can't come before it")
        document = canonical(
            {
                "v": VERSION,
                "day": day,
                "last_seq": last.seq if last else 0,
                "head": (bytes(last.hash) if last else chain.genesis()).hex(),
                "previous": bytes(before.digest).hex() if before else "",
            }
        )
        return AuditDigest.objects.create(
            day=day,
            last_seq=last.seq if last else 0,
            events=(last.seq if last else 0) - (before.last_seq if before else 0),
            document=document,
            digest=hashlib.sha256(document).digest(),
            signature=chain.sign(document),
            made_at=now,
        )


def digest_due(now: datetime) -> date | None:
    """Yesterday, if its digest hasn't been made."""
    yesterday = now.date() - timedelta(days=1)
    return None if AuditDigest.objects.filter(day=yesterday).exists() else yesterday


def store_anchor(digest: AuditDigest, *, transaction_hash: str, block: int, now: datetime) -> AuditAnchor:
    """Remember where on the chain a digest stands, once it is confirmed there; a repeat changes nothing."""
    anchor, _created = AuditAnchor.objects.get_or_create(
        digest=digest, transaction_hash=transaction_hash, defaults={"block": block, "anchored_at": now}
    )
    return anchor


def exported(digest: AuditDigest) -> dict[str, Any]:
    """What is given to an auditor: the document, its SHA-256, the signature and the key to check it, and the anchors."""
    return {
        "document": bytes(digest.document).decode(),
        "sha256": bytes(digest.digest).hex(),
        "signature": bytes(digest.signature).hex(),
        "public_key": chain.public_key(),
        "anchors": [{"transaction": anchor.transaction_hash, "block": anchor.block} for anchor in digest.anchors.order_by("id")],
    }
