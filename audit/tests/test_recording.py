"""Events are written with their change, hold no personal data, and nobody changes them (AUD-01, AUD-03, AUD-05)."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from hypothesis import assume, given
from hypothesis import strategies as st

from audit import payload, registry
from audit.models import AuditEvent, AuditPersonal
from audit.registry import UnfitField, UnknownAction
from audit.selectors import timeline
from audit.services import Deed, Happening, Subject, record, record_alike, record_many, verify
from audit.services.frames import COLUMNS, Frame
from audit.tests.linking import link_all
from core.actors import SystemActor
from core.context import client_address, request_id

NOW = datetime(2026, 11, 20, 10, 30, 15, 123456, tzinfo=UTC)
ACTOR = SystemActor("tests")
THING = Subject("tests.thing", "7", "THG-7")
ACTION = "audit.verification_requested"


@pytest.mark.spec("AUD-01")
@pytest.mark.django_db(transaction=True)
def test_an_event_tells_who_what_when_where_from_and_what_it_was_and_became():
    tokens = client_address.set("203.0.113.9"), request_id.set("req-1\r\nforged: line")
    with transaction.atomic():
        record(
            action=ACTION, actor=ACTOR, subject=THING, now=NOW.astimezone(timezone(timedelta(hours=2))), organisation="ORG-1",
            changes={"rate": (Decimal("1.50"), Decimal("1.60"))}, details={"day": date(2026, 1, 2)},
            personal={"email": ("a@example.org", "ā@example.org")}, comment="as agreed",
        )  # fmt: skip
    client_address.reset(tokens[0])
    request_id.reset(tokens[1])
    event = timeline(THING).get()
    assert (event.at, event.actor_type, event.actor_label, event.address) == (NOW, "system", "system:tests", "203.0.113.9")
    assert (event.changes, event.details) == ({"rate": ["1.50", "1.60"]}, {"day": "2026-01-02"})
    assert (event.subject_reference, event.organisation, event.comment) == ("THG-7", "ORG-1", "as agreed")
    assert event.request_id == "req-1\ufffd\ufffdforged: line"
    assert {row.field: (row.old, row.new) for row in event.personal.all()} == {
        "email": ("a@example.org", "ā@example.org"),
        "comment": (None, "as agreed"),
    }


@pytest.mark.spec("AUD-05")
@pytest.mark.django_db(transaction=True)
def test_the_event_itself_holds_no_personal_value_and_erasing_leaves_nothing_to_guess_by():
    with transaction.atomic():
        for _twice in range(2):
            record(action=ACTION, actor=ACTOR, subject=THING, now=NOW, personal={"phone": (None, "+37120000000")}, comment="Jānis called")
    events = list(AuditEvent.objects.all())
    assert all(secret not in bytes(event.payload).decode() for event in events for secret in ("+371", "Jānis"))
    assert events[0].body["personal"]["phone"][1] != events[1].body["personal"]["phone"][1], "the same value, another salt"
    AuditPersonal.objects.filter(event=events[0]).delete()
    assert AuditEvent.objects.prefetch_related("personal").get(pk=events[0].pk).comment == ""


@pytest.mark.spec("AUD-05")
@pytest.mark.parametrize("field", ["email", "iban", "password", "totp_secret", "api_key", "comment"])
@pytest.mark.django_db
def test_personal_fields_and_secrets_are_refused_where_they_would_stay(field):
    for place in ("changes", "details"):
        with pytest.raises(UnfitField):
            record(action=ACTION, actor=ACTOR, subject=THING, now=NOW, **{place: {field: ("a", "b")}})


@pytest.mark.spec("AUD-01")
@pytest.mark.django_db
def test_an_unregistered_action_is_refused():
    with pytest.raises(UnknownAction):
        record(action="nobody.knows", actor=ACTOR, subject=THING, now=NOW)


@pytest.mark.spec("AUD-03")
@pytest.mark.django_db(transaction=True)
def test_no_event_without_its_change():
    with pytest.raises(transaction.TransactionManagementError):
        record(action=ACTION, actor=ACTOR, subject=THING, now=NOW)

    @transaction.atomic
    def change_that_fails() -> None:
        record(action=ACTION, actor=ACTOR, subject=THING, now=NOW)
        raise RuntimeError("after its event")

    with pytest.raises(RuntimeError):
        change_that_fails()
    assert not AuditEvent.objects.exists()


@pytest.mark.spec("AUD-03")
@pytest.mark.django_db(transaction=True)
def test_one_statement_and_two_with_personal_values(django_assert_num_queries):
    with transaction.atomic(), django_assert_num_queries(1):
        record(action=ACTION, actor=ACTOR, subject=THING, now=NOW, details={"a": 1})
    with transaction.atomic(), django_assert_num_queries(2):
        record(action=ACTION, actor=ACTOR, subject=THING, now=NOW, personal={"email": (None, "x")}, comment="y")
    with transaction.atomic(), django_assert_num_queries(3):
        record_many(Happening(action=ACTION, actor=ACTOR, subject=THING, now=NOW, comment=f"{number}") for number in range(500))
    assert [event.comment for event in timeline(THING)[:2]] == ["499", "498"]


@pytest.mark.spec("AUD-01")
@pytest.mark.django_db(transaction=True)
def test_the_same_done_to_many_is_written_as_if_it_were_done_to_each():
    deed = {"action": ACTION, "actor": ACTOR, "now": NOW, "changes": {"tier": ("Tier 0", "Gold % “%s”")}, "comment": "as agreed"}
    things = [Subject("tests.thing", f"{number}", f"THG-{number}") for number in range(700)]
    with transaction.atomic():
        record_alike([(Deed(**deed), things[:400]), (Deed(**deed, details={"fee": "1.00 EUR"}), things[400:])])
        record_many(
            Happening(**deed, subject=one, details=None if place < 400 else {"fee": "1.00 EUR"}) for place, one in enumerate(things)
        )
    alike, one_by_one = told(AuditEvent.objects.order_by("id")[:700]), told(AuditEvent.objects.order_by("id")[700:])
    assert alike == one_by_one
    assert AuditEvent.objects.values("reference").distinct().count() == AuditPersonal.objects.values("salt").distinct().count() == 1400
    link_all()
    assert verify().broken is None


def told(events) -> list[tuple]:
    """All that the events say, but for their own references and hashes."""
    own = [field.attname for field in AuditEvent._meta.concrete_fields if field.name not in ("id", "reference", "payload", "recorded_at")]
    return [
        ([getattr(event, name) for name in own], event.comment, {**event.body, "reference": "", "personal": list(event.body["personal"])})
        for event in events.prefetch_related("personal")
    ]


HISTORY = ["audit_auditevent", "audit_auditlink", "audit_auditdigest", "audit_auditanchor"]


@pytest.mark.spec("AUD-03")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", HISTORY)
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_applications_role_can_only_add(table, statement):
    statement = statement.replace("id = id", "seq = seq") if table == "audit_auditlink" else statement
    with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


@pytest.mark.spec("AUD-03")
@pytest.mark.django_db(transaction=True)
def test_even_the_owner_is_refused_by_the_triggers():
    with transaction.atomic():
        record(action=ACTION, actor=ACTOR, subject=THING, now=NOW, comment="x")
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner:
        for statement in (
            "UPDATE audit_auditevent SET action = 'other'",
            "DELETE FROM audit_auditevent",
            "TRUNCATE audit_auditevent CASCADE",
            "UPDATE audit_auditpersonal SET new = 'other'",
            "TRUNCATE audit_auditpersonal",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                owner.execute(statement)


@pytest.mark.spec("AUD-04")
@pytest.mark.django_db(transaction=True)
def test_the_place_in_the_order_of_commits_is_the_databases_to_say():
    with transaction.atomic(), connection.cursor() as cursor:
        event = record(action=ACTION, actor=ACTOR, subject=THING, now=NOW)
        cursor.execute(
            "INSERT INTO audit_auditevent (reference, at, actor_type, actor_id, actor_label, address, request_id, action, subject_type, subject_id,"
            " subject_reference, organisation, payload, xid, recorded_at) SELECT 'EVT-FORGED', at, actor_type, actor_id, actor_label, address, request_id,"
            " action, subject_type, subject_id, subject_reference, organisation, payload, '0', '2001-01-01' FROM audit_auditevent"
        )
    forged = AuditEvent.objects.exclude(pk=event.pk).get()
    event.refresh_from_db()
    assert forged.xid == event.xid > 0
    assert forged.recorded_at.year > 2001


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.decimals(allow_nan=False, allow_infinity=False, places=18, max_value=10**18),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.spec("AUD-04")
@given(details=st.dictionaries(st.text(), JSON, max_size=4))
def test_any_text_makes_bytes_that_are_canonical_and_that_postgresql_can_read(details):
    written = payload.canonical(details)
    assert b"\\u0000" not in written
    assert written.decode()
    assert payload.canonical(dict(reversed(list(details.items())))) == written or len({payload.clean(key) for key in details}) < len(
        details
    )


TEXT = st.text(max_size=30) | st.sampled_from(["%s", "100 %", '"\\', "\u2028", "\ud800", "\0", ""])
PERSONAL = st.dictionaries(st.sampled_from(["email", "phone", "first_name"]), st.tuples(st.none() | TEXT, st.none() | TEXT))


@pytest.mark.spec("AUD-04")
@given(
    changes=st.dictionaries(TEXT.filter(lambda name: name.isalnum()), st.tuples(JSON, JSON), max_size=3), details=st.dictionaries(TEXT, JSON, max_size=3),
    personal=PERSONAL, comment=TEXT, organisation=TEXT, subjects=st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=3),
)  # fmt: skip
def test_bytes_made_for_many_at_once_are_the_canonical_ones_of_each(changes, details, personal, comment, organisation, subjects):
    assume(not any(registry.SECRET_FIELD.search(name) or name in registry.PERSONAL_FIELDS for name in (*changes, *details)))
    deed = Deed(
        action=ACTION, actor=ACTOR, now=NOW, changes=changes, details=details, personal=personal, comment=comment, organisation=organisation,
    )  # fmt: skip
    frame = Frame(deed)
    for subject in subjects:
        values, beside = frame.fill("EVT-1", Subject(*subject))
        columns = dict(zip(COLUMNS, values, strict=True))
        written = columns.pop("payload")
        body = {"v": 1, **columns}
        if changes:
            body["changes"] = changes
        if details:
            body["details"] = details
        if beside:
            body["personal"] = {
                name: [payload.personal_hash(salt, old), payload.personal_hash(salt, new)] for name, old, new, salt in beside
            }
        assert written == payload.canonical(body)
        assert {name for name, *_rest in beside} == {*personal, *(["comment"] if comment else [])}


@pytest.mark.spec("AUD-04")
@pytest.mark.parametrize("value", [1.5, float("nan"), b"bytes", object()])
def test_values_that_dont_say_what_they_mean_are_refused(value):
    with pytest.raises((TypeError, ValueError)):
        payload.canonical({"a": value})
