"""Walk the whole chain and name the first event that isn't what it was (AUD-04).

In chunks along the keys: memory stays flat and no statement runs long, whatever the number of events. What only the
outside can show (a tail cut off, a chain made anew by somebody who has the key) is shown by digests that left the
database: pass the anchored or exported ones.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from audit import chain, payload
from audit.models import AuditDigest, AuditEvent

CHUNK = 5000
ID_RANGE = 200_000

LINKS = """
    SELECT l.seq, l.event_id, l.hash, e.payload, (extract(epoch FROM e.recorded_at) * 1000000)::bigint
    FROM audit_auditlink l LEFT JOIN audit_auditevent e ON e.id = l.event_id
    WHERE l.seq > %s ORDER BY l.seq LIMIT %s
"""
# After the hashes of these links have held, so that the bytes are known to be ours.
COLUMNS_DIFFER = """
    SELECT l.seq, l.event_id FROM audit_auditlink l JOIN audit_auditevent e ON e.id = l.event_id
    WHERE l.seq > %s AND l.seq <= %s AND NOT convert_from(e.payload, 'UTF8')::jsonb @> jsonb_build_object(
        'at', to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'reference', e.reference, 'actor_type', e.actor_type, 'actor_id', e.actor_id, 'actor_label', e.actor_label, 'address', e.address,
        'request_id', e.request_id, 'action', e.action, 'subject_type', e.subject_type, 'subject_id', e.subject_id,
        'subject_reference', e.subject_reference, 'organisation', e.organisation)
    ORDER BY l.seq LIMIT 1
"""
PERSONAL = """
    SELECT l.seq, l.event_id, p.field, p.old, p.new, p.salt, convert_from(e.payload, 'UTF8')::jsonb -> 'personal' -> p.field
    FROM audit_auditlink l JOIN audit_auditpersonal p ON p.event_id = l.event_id JOIN audit_auditevent e ON e.id = l.event_id
    WHERE l.seq > %s AND l.seq <= %s ORDER BY l.seq
"""
# Everything up to the chain's last event in commit order was linked when that one was.
LEFT_OUT = """
    SELECT e.id FROM audit_auditevent e
    WHERE e.id > %(after)s AND e.id <= %(until)s AND NOT EXISTS (SELECT FROM audit_auditlink l WHERE l.event_id = e.id)
    AND (e.xid = '0'::xid8 OR (e.xid, e.id) <= (SELECT last.xid, last.id FROM audit_auditevent last WHERE last.id = %(last)s))
    ORDER BY e.id LIMIT 1
"""


@dataclass(frozen=True)
class Broken:
    """The first thing wrong: the link, the event where one is at fault, and what is wrong with it."""

    seq: int
    event_id: int | None
    reason: str

    @property
    def event_name(self) -> str:
        """The event's reference; "number 7" where the event is gone, "" where none is at fault."""
        if self.event_id is None:
            return ""
        return AuditEvent.objects.filter(pk=self.event_id).values_list("reference", flat=True).first() or f"number {self.event_id}"


@dataclass(frozen=True)
class Verified:
    """What a walk found. `events` held up to `head` (the last hash); `personal` values were still there to compare."""

    events: int
    head: bytes
    personal: int
    digests: int
    broken: Broken | None

    @property
    def sound(self) -> bool:
        return self.broken is None


def verify(
    *,
    heads: Mapping[int, bytes] | None = None,
    anchors: Mapping[date, bytes] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Verified:
    """Verify every link, event, column, personal value and digest; stops at the first that is broken.

    `heads` are hashes of links noted outside (seq -> hash), `anchors` digests that stand outside (day -> SHA-256);
    `progress` is told the number of links after each chunk. Reads only; the chainer may go on meanwhile.
    """
    walk = _Walk(dict(heads or {}))
    broken = _check_digests(walk.heads, dict(anchors or {}))
    while broken is None:
        links, broken = walk.next_chunk()
        if progress:
            progress(walk.seq)
        if links < CHUNK:
            break
    broken = broken or _check_tail(walk) or _check_left_out(walk)
    return Verified(walk.seq, walk.head, walk.personal, AuditDigest.objects.count(), broken)


class _Walk:
    def __init__(self, heads: dict[int, bytes]) -> None:
        self.heads = heads
        self.key = chain.chain_key()
        self.seq, self.head, self.last_event, self.personal = 0, chain.genesis(), 0, 0

    def next_chunk(self) -> tuple[int, Broken | None]:
        before = self.seq
        with connection.cursor() as cursor:
            cursor.execute(LINKS, [before, CHUNK])
            links = cursor.fetchall()
            broken = next(filter(None, (self._check(*link) for link in links)), None)
            # What stands before the broken link may be broken in another way, and earlier.
            cursor.execute(COLUMNS_DIFFER, [before, self.seq])
            if row := cursor.fetchone():
                return len(links), Broken(row[0], row[1], _("its columns don't say what its signed content says"))
            cursor.execute(PERSONAL, [before, self.seq])
            for row in cursor:
                self.personal += 1
                if wrong := _check_personal(*row):
                    return len(links), wrong
        return len(links), broken

    def _check(self, seq: int, event_id: int, stored: Any, content: Any, recorded: int | None) -> Broken | None:
        if seq != self.seq + 1:
            return Broken(self.seq + 1, None, _("the link is missing"))
        if content is None or recorded is None:
            return Broken(seq, event_id, _("the event is missing"))
        computed = chain.link_hash(self.key, self.head, seq, event_id, recorded, bytes(content))
        if computed != bytes(stored):
            return Broken(seq, event_id, _("the hash differs: the event, its place or the chain before it was changed"))
        if seq in self.heads and self.heads[seq] != computed:
            return Broken(seq, event_id, _("the chain up to here isn't the one that was noted outside: it was made anew"))
        self.seq, self.head, self.last_event = seq, computed, event_id
        return None


def _check_personal(
    seq: int, event_id: int, field: str, old: str | None, new: str | None, salt: Any, kept: str | list[str | None] | None
) -> Broken | None:
    hashes = json.loads(kept) if isinstance(kept, str) else kept
    if hashes == [payload.personal_hash(bytes(salt), old), payload.personal_hash(bytes(salt), new)]:
        return None
    return Broken(seq, event_id, _("the personal value %(field)s isn't the one that was recorded") % {"field": field})


def _check_digests(heads: dict[int, bytes], anchors: dict[date, bytes]) -> Broken | None:
    """Each digest by itself; the heads that they bind are added to `heads`, for the walk to compare."""
    previous, last_seq = "", 0
    for digest in AuditDigest.objects.order_by("day").iterator(chunk_size=1000):
        wrong = Broken(digest.last_seq, None, _("the digest of %(day)s was changed") % {"day": digest.day})
        document = bytes(digest.document)
        if not chain.signature_holds(document, bytes(digest.signature)) or hashlib.sha256(document).digest() != bytes(digest.digest):
            return wrong
        content = json.loads(document)
        columns = (digest.day.isoformat(), digest.last_seq, digest.last_seq - last_seq, previous)
        if columns != (content["day"], content["last_seq"], digest.events, content["previous"]):
            return wrong
        if anchors.pop(digest.day, bytes(digest.digest)) != bytes(digest.digest):
            return Broken(digest.last_seq, None, _("the digest of %(day)s isn't the one that was anchored") % {"day": digest.day})
        if digest.last_seq:
            heads.setdefault(digest.last_seq, bytes.fromhex(content["head"]))
        previous, last_seq = bytes(digest.digest).hex(), digest.last_seq
    if anchors:
        return Broken(last_seq, None, _("the digest of %(day)s, which was anchored, is missing") % {"day": min(anchors)})
    return None


def _check_tail(walk: _Walk) -> Broken | None:
    if beyond := [seq for seq in walk.heads if seq > walk.seq]:
        return Broken(walk.seq + 1, None, _("the end of the chain is missing: it once reached link %(seq)s") % {"seq": max(beyond)})
    return None


def _check_left_out(walk: _Walk) -> Broken | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(id), 0) - 1, coalesce(max(id), 0) FROM audit_auditevent")
        after, end = cursor.fetchone()
        while after < end:
            cursor.execute(LEFT_OUT, {"after": after, "until": after + ID_RANGE, "last": walk.last_event})
            if row := cursor.fetchone():
                return Broken(0, row[0], _("the event has no place in the chain, though later ones have"))
            after += ID_RANGE
    return None
