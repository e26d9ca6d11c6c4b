"""Whatever is done to the past is named at its first event, also by somebody who owns the tables (AUD-04)."""

import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction

from audit import chain
from audit.enums import VerificationStatus
from audit.models import AuditDigest, AuditEvent, AuditLink, AuditPersonal, Verification
from audit.services import Happening, Subject, make_digest, record, record_many, store_anchor, verify
from audit.services import verification as verification_module
from audit.services.digests import digest_due, exported
from audit.services.runs import request_verification
from audit.tasks import verify_audit_nightly, verify_audit_trail
from audit.tests.linking import link_all
from core.actors import SystemActor
from core.registries import _extensions
from messaging.models import Alert

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ACTOR = SystemActor("tests")
pytestmark = [pytest.mark.spec("AUD-04"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ten() -> list[int]:
    """The ids of ten linked events, in the order of the chain; the chunks are smaller than that."""
    return write_and_link(10)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    monkeypatch.setattr(verification_module, "CHUNK", 4)
    monkeypatch.setattr(verification_module, "ID_RANGE", 3)


def write_and_link(number: int) -> list[int]:
    with transaction.atomic():
        record_many(
            Happening(
                action="audit.verification_requested", actor=ACTOR, subject=Subject("tests.thing", f"{place}", f"THG-{place}"), now=NOW,
                details={"place": place}, personal={"email": (None, f"person{place}@example.org")},
            )
            for place in range(number)
        )  # fmt: skip
    link_all()
    return list(AuditEvent.objects.filter(subject_type="tests.thing").order_by("link__seq").values_list("pk", flat=True))


def as_owner(*statements: str) -> None:
    """With the triggers and foreign keys out of the way, as the owner of the tables can have it."""
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner:
        for table in ("audit_auditevent", "audit_auditlink", "audit_auditdigest", "audit_auditanchor", "audit_auditpersonal"):
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for (constraint,) in owner.execute(
                "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass", [table]
            ).fetchall():
                owner.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
        for statement in statements:
            owner.execute(statement)


def first_broken() -> tuple[int, int | None]:
    found = verify().broken
    assert found is not None, "nothing was found"
    assert found.reason
    return found.seq, found.event_id


def test_an_untouched_chain_is_sound_and_says_what_it_walked(ten):
    seen: list[int] = []
    result = verify(progress=seen.append)
    assert (result.sound, result.events, result.personal, seen) == (True, 10, 10, [4, 8, 10])
    assert result.head == bytes(AuditLink.objects.get(seq=10).hash)


def test_an_empty_chain_is_sound():
    assert verify().sound


@pytest.mark.parametrize("place", [1, 4, 5, 10])
def test_one_flipped_byte(ten, place):
    event = ten[place - 1]
    as_owner(f"UPDATE audit_auditevent SET payload = set_byte(payload, 30, get_byte(payload, 30) # 1) WHERE id = {event}")
    assert first_broken() == (place, event)


@pytest.mark.parametrize(
    "change",
    [
        "reference = 'EVT-OTHER'", "action = 'orders.other'", "at = at + interval '1 second'", "actor_label = 'USR-OTHER'", "subject_reference = 'THG-X'",
        "address = '203.0.113.1'", "organisation = 'ORG-X'", "actor_id = 'x'", "subject_id = '99'", "request_id = 'x'",
        "recorded_at = recorded_at - interval '1 microsecond'",
    ],
)  # fmt: skip
def test_a_changed_column(ten, change):
    as_owner(f"UPDATE audit_auditevent SET {change} WHERE id = {ten[5]}")
    assert first_broken() == (6, ten[5])


def test_a_deleted_middle_row(ten):
    as_owner(f"DELETE FROM audit_auditevent WHERE id = {ten[4]}")
    assert first_broken() == (5, ten[4])


def test_a_deleted_middle_row_with_its_link(ten):
    as_owner(f"DELETE FROM audit_auditlink WHERE event_id = {ten[4]}", f"DELETE FROM audit_auditevent WHERE id = {ten[4]}")
    assert first_broken() == (5, None)


def test_a_deleted_middle_row_and_the_rest_renumbered(ten):
    as_owner(
        f"DELETE FROM audit_auditlink WHERE event_id = {ten[4]}",
        f"DELETE FROM audit_auditevent WHERE id = {ten[4]}",
        "UPDATE audit_auditlink SET seq = -seq WHERE seq > 5",
        "UPDATE audit_auditlink SET seq = -seq - 1 WHERE seq < 0",
    )
    assert first_broken() == (5, ten[5])


def test_two_swapped_events(ten):
    as_owner(
        f"UPDATE audit_auditlink SET event_id = -{ten[3]} WHERE event_id = {ten[3]}",
        f"UPDATE audit_auditlink SET event_id = {ten[3]} WHERE event_id = {ten[7]}",
        f"UPDATE audit_auditlink SET event_id = {ten[7]} WHERE event_id = -{ten[3]}",
    )
    assert first_broken() == (4, ten[7])


def test_a_link_cut_out_to_hide_an_event(ten):
    as_owner("DELETE FROM audit_auditlink WHERE seq = 10", "DELETE FROM audit_auditlink WHERE seq = 9")
    with transaction.atomic():
        record(action="audit.verification_requested", actor=ACTOR, subject=Subject("tests.thing", "1"), now=NOW)
    as_owner("UPDATE audit_auditevent SET xid = '0' WHERE xid < (SELECT max(xid) FROM audit_auditevent)")
    link_all()
    assert first_broken() == (0, ten[8])


def test_an_event_slipped_into_the_past(ten):
    as_owner(
        "INSERT INTO audit_auditevent (reference, at, actor_type, actor_id, actor_label, address, request_id, action, subject_type, subject_id,"
        " subject_reference, organisation, payload, xid, recorded_at) SELECT 'EVT-FORGED', at, actor_type, actor_id, actor_label, address, request_id,"
        f" action, subject_type, subject_id, subject_reference, organisation, payload, '3', recorded_at FROM audit_auditevent WHERE id = {ten[0]}"
    )
    assert first_broken() == (0, AuditEvent.objects.latest("id").pk)


def test_a_changed_personal_value_is_found_and_an_erased_one_is_not_missed(ten):
    AuditPersonal.objects.filter(event_id=ten[2]).delete()
    result = verify()
    assert (result.sound, result.personal) == (True, 9)
    as_owner(f"UPDATE audit_auditpersonal SET new = 'other@example.org' WHERE event_id = {ten[6]}")
    assert first_broken() == (7, ten[6])


def rewrite(key: bytes) -> None:
    """The whole chain made anew over changed events, as somebody would who knows how it is computed."""
    statements, head = [], chain.genesis()
    rows = AuditLink.objects.order_by("seq").values_list("seq", "event_id", "event__recorded_at", "event__payload")
    for seq, event_id, recorded, payload in rows:
        forged = bytes(payload).replace(b'"place":3', b'"place":4')
        head = chain.link_hash(key, head, seq, event_id, chain.microseconds(recorded), forged)
        statements += [
            rf"UPDATE audit_auditevent SET payload = '\x{forged.hex()}' WHERE id = {event_id}",
            rf"UPDATE audit_auditlink SET hash = '\x{head.hex()}' WHERE seq = {seq}",
        ]
    as_owner(*statements)


def test_everything_rewritten_without_the_key(ten):
    rewrite(b"another key")
    assert first_broken() == (1, ten[0])


def test_everything_rewritten_with_the_key_stumbles_over_the_digest(ten):
    make_digest(NOW.date(), now=NOW + timedelta(days=1))
    rewrite(chain.chain_key())
    assert first_broken() == (10, ten[9])


def test_everything_and_the_digests_rewritten_with_the_key_stumbles_over_the_anchor(ten):
    day = NOW.date()
    anchored = bytes(make_digest(day, now=NOW + timedelta(days=1)).digest)
    assert verify(anchors={day: anchored}).sound
    rewrite(chain.chain_key())
    as_owner("DELETE FROM audit_auditdigest")
    assert "missing" in verify(anchors={day: anchored}).broken.reason
    make_digest(day, now=NOW + timedelta(days=1))
    assert verify().sound, "from inside there is nothing left to see"
    assert "anchored" in verify(anchors={day: anchored}).broken.reason


def test_a_deleted_tail_is_seen_by_the_digest_alone(ten):
    tail = ", ".join(str(event) for event in ten[7:])
    cut = (f"DELETE FROM audit_auditlink WHERE event_id IN ({tail})", f"DELETE FROM audit_auditevent WHERE id IN ({tail})")
    digest = make_digest(NOW.date(), now=NOW + timedelta(days=1))
    as_owner(*cut)
    assert first_broken() == (8, None)
    as_owner("DELETE FROM audit_auditdigest")
    assert verify().sound, "from inside there is nothing left to see"
    assert verify(heads={10: b"\0" * 32}).broken.seq == 8
    assert "missing" in verify(anchors={NOW.date(): bytes(digest.digest)}).broken.reason


@pytest.mark.parametrize(
    "change", [r"document = convert_to(replace(convert_from(document, 'UTF8'), '10', '09'), 'UTF8')", "last_seq = 9", "events = 9"]
)
def test_a_changed_digest(ten, change):
    make_digest(NOW.date(), now=NOW + timedelta(days=1))
    as_owner(f"UPDATE audit_auditdigest SET {change}")
    assert "digest" in verify().broken.reason


def test_digests_are_made_once_and_bind_each_other(ten):
    first = make_digest(NOW.date(), now=NOW + timedelta(days=1))
    assert digest_due(NOW + timedelta(days=1)) is None
    assert make_digest(NOW.date(), now=NOW + timedelta(days=3)) == first
    write_and_link(3)
    assert digest_due(NOW + timedelta(days=2)) == NOW.date() + timedelta(days=1)
    second = make_digest(NOW.date() + timedelta(days=1), now=NOW + timedelta(days=2))
    assert (first.events, second.events, second.last_seq, AuditDigest.objects.count()) == (10, 3, 13, 2)
    assert json.loads(bytes(second.document))["previous"] == bytes(first.digest).hex()
    assert store_anchor(second, transaction_hash="0x1", block=7, now=NOW) == store_anchor(second, transaction_hash="0x1", block=9, now=NOW)
    assert exported(second)["anchors"] == [{"transaction": "0x1", "block": 7}]
    assert verify().sound
    with pytest.raises(ValueError, match="before"):
        make_digest(NOW.date() - timedelta(days=1), now=NOW)
    with pytest.raises(ValueError, match="over"):
        make_digest(NOW.date(), now=NOW)


def test_the_command_names_the_first_broken_event_and_holds_an_exported_digest_against_the_chain(ten, tmp_path, capsys):
    file = tmp_path / "digest.json"
    file.write_text(json.dumps(exported(make_digest(NOW.date(), now=NOW + timedelta(days=1)))))
    call_command("verify_audit", digest=[file])
    assert "sound: 10 events, 1 digests" in capsys.readouterr().out
    as_owner("DELETE FROM audit_auditdigest")
    with pytest.raises(CommandError, match="missing"):
        call_command("verify_audit", digest=[file])
    file.write_text(file.read_text().replace('last_seq\\":10', 'last_seq\\":11'))
    with pytest.raises(CommandError, match="signature"):
        call_command("verify_audit", digest=[file])
    as_owner(f"UPDATE audit_auditevent SET action = 'other' WHERE id = {ten[1]}")
    with pytest.raises(CommandError, match=f"broken at event {AuditEvent.objects.get(pk=ten[1]).reference}:"):
        call_command("verify_audit")


def test_a_run_asked_for_is_done_by_the_worker_and_a_broken_chain_raises_an_alert(ten):
    run = request_verification(actor=ACTOR, now=NOW)
    assert request_verification(actor=ACTOR, now=NOW) == run, "one at a time"
    verify_audit_trail()
    verify_audit_trail()
    run.refresh_from_db()
    assert (run.status, run.events) == (VerificationStatus.SOUND, 10)
    as_owner(f"UPDATE audit_auditevent SET action = 'other' WHERE id = {ten[1]}")
    verify_audit_nightly()
    verify_audit_trail()
    run = Verification.objects.latest("id")
    assert (run.status, run.broken_event, Alert.objects.get().kind) == (
        VerificationStatus.BROKEN,
        AuditEvent.objects.get(pk=ten[1]).reference,
        "audit.broken",
    )


def test_a_run_whose_worker_died_is_taken_up_again(ten):
    run = request_verification(actor=ACTOR, now=NOW)
    Verification.objects.filter(pk=run.pk).update(status=VerificationStatus.RUNNING, lease_until=NOW)
    verify_audit_trail()
    run.refresh_from_db()
    assert run.status == VerificationStatus.SOUND


def test_anchors_that_a_higher_app_knows_are_held_against_the_digests(ten, monkeypatch):
    monkeypatch.setitem(_extensions, ("audit.verify", "anchors"), [lambda: {NOW.date(): b"\1" * 32}])
    make_digest(NOW.date(), now=NOW + timedelta(days=1))
    request_verification(actor=ACTOR, now=NOW)
    verify_audit_trail()
    assert "anchored" in Verification.objects.get().reason


def test_a_node_that_is_down_does_not_keep_the_trail_from_being_verified(ten, monkeypatch, capsys):
    def unreachable() -> dict:
        raise ConnectionError("no answer")

    monkeypatch.setitem(_extensions, ("audit.verify", "anchors"), [unreachable])
    request_verification(actor=ACTOR, now=NOW)
    verify_audit_trail()
    run = Verification.objects.get()
    assert run.status == VerificationStatus.SOUND
    assert "Not compared with the anchors" in run.reason
    call_command("verify_audit")
    assert "no answer" in capsys.readouterr().out
