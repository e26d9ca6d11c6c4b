"""One chainer at a time links events in the order of their commits (AUD-04).

An event may be linked once every transaction that could still commit before it is over: `xid < xmin of the snapshot`.
By id alone a third of the events was missed, since ids are drawn long before commits.
"""

from typing import Any

import structlog
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from audit.chain import chain_key, genesis, link_hash

log = structlog.get_logger()
LOCK = "audit chain"
BATCH = 5000

HEAD = """
    SELECT l.seq, l.hash, e.xid::text::numeric, e.id, pg_snapshot_xmax(pg_current_snapshot())::text::numeric
    FROM audit_auditlink l JOIN audit_auditevent e ON e.id = l.event_id ORDER BY l.seq DESC LIMIT 1
"""
# Epoch arithmetic in numeric is exact to the microsecond.
WAITING = """
    SELECT id, (extract(epoch FROM recorded_at) * 1000000)::bigint, payload FROM audit_auditevent
    WHERE (xid, id) > (%(xid)s::text::xid8, %(id)s) AND (%(settled)s OR xid < pg_snapshot_xmin(pg_current_snapshot()))
    ORDER BY xid, id LIMIT %(batch)s
"""
LINK = "INSERT INTO audit_auditlink (seq, event_id, hash) SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[])"


class ForeignHistory(RuntimeError):
    """The chain's last event has a transaction id that this cluster hasn't reached: a restore that wasn't settled."""


def chain_events(*, limit: int = 1_000_000) -> int:
    """Link what can be linked, at most `limit` events; how many it was. 0 where another chainer is at work.

    Raises ForeignHistory after a restore that `settle_after_restore` has not finished.
    """
    done = 0
    while done < limit:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [LOCK])
            if not cursor.fetchone()[0]:
                return done
            linked = _link_batch(cursor, min(BATCH, limit - done))
        done += linked
        if linked < BATCH:
            return done
    return done


def _link_batch(cursor: Any, batch: int, *, settled: bool = False) -> int:
    cursor.execute(HEAD)
    seq, head, xid, last_id = 0, genesis(), 0, 0
    if last := cursor.fetchone():
        seq, head, xid, last_id = last[0], bytes(last[1]), int(last[2]), last[3]
        if xid > int(last[4]) and not settled:
            raise ForeignHistory("the trail was restored from another cluster: run `manage.py settle_audit_restore` first")
        if xid == 0:  # settled history: all of it is linked, whatever its ids
            last_id = 2**63 - 1
    cursor.execute(WAITING, {"xid": str(xid), "id": last_id, "batch": batch, "settled": settled})
    key, seqs, events, hashes = chain_key(), [], [], []
    for event_id, recorded, payload in cursor.fetchall():
        seq += 1
        head = link_hash(key, head, seq, event_id, recorded, bytes(payload))
        seqs.append(seq)
        events.append(event_id)
        hashes.append(head)
    if seqs:
        cursor.execute(LINK, [seqs, events, hashes])
    return len(seqs)


def settle_after_restore(owner: BaseDatabaseWrapper) -> int:
    """Finish a restore from another cluster, as the tables' owner and before anybody writes: link every event, then set
    their transaction ids to 0, for they are numbers of the other cluster. How many events it linked; repeating it is harmless.

    Without it the chainer would wait for ids that never come, or skip new events that look older than the last link.
    """
    linked = 0
    with transaction.atomic(using=owner.alias), owner.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK])
        cursor.execute("LOCK TABLE audit_auditevent IN ACCESS EXCLUSIVE MODE")
        while batch := _link_batch(cursor, BATCH, settled=True):
            linked += batch
        cursor.execute("ALTER TABLE audit_auditevent DISABLE TRIGGER audit_append_only")
        cursor.execute("UPDATE audit_auditevent SET xid = '0'::xid8 WHERE xid <> '0'::xid8")
        cursor.execute("ALTER TABLE audit_auditevent ENABLE ALWAYS TRIGGER audit_append_only")
    log.info("audit_restore_settled", linked=linked)
    return linked
