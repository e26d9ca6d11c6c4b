"""The trail as a person sees it: list, search, event, verification, digests (AUD-01, AUD-04, AUD-05)."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client

from accounts.enums import Face
from accounts.tests.factories import sign_in, user
from audit.enums import Right
from audit.issuer.resources import DigestResource, EventResource, VerificationResource
from audit.models import AuditEvent, AuditPersonal, Verification
from audit.services import Subject, make_digest, record, store_anchor
from audit.tasks import verify_audit_trail
from audit.tests.linking import link_all
from core.actors import SystemActor
from core.context import client_address

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ACTOR = SystemActor("tests")
ACTION = "audit.verification_requested"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser() -> Client:
    return sign_in(user(rights=[Right.SEE, Right.VERIFY], first_name="Zane", last_name="Ozola"))


def write(reference: str = "THG-1", **fields: object) -> AuditEvent:
    with transaction.atomic():
        return record(**{"action": ACTION, "actor": ACTOR, "subject": Subject("tests.thing", reference, reference), "now": NOW} | fields)


def found(browser: Client, **criteria: str) -> list[str]:
    page = browser.get("/audit/", criteria)
    assert page.status_code == 200
    return [row.subject_reference for row in page.context["slice"].rows]


@pytest.mark.spec("AUD-01")
def test_the_list_names_who_did_what_to_what_and_keeps_to_six_statements(browser, django_assert_max_num_queries):
    person = user(rights=[], first_name="Līga", last_name="Bērziņa")
    for number in range(60):
        write(f"THG-{number}", actor=person)
    with django_assert_max_num_queries(6):
        page = browser.get("/audit/")
    html = page.content.decode()
    assert html.count("Līga Bērziņa") == 50
    assert "THG-59" in html
    assert "Verification of the trail requested" in html


@pytest.mark.spec("AUD-01")
def test_search_by_date_person_kind_object_and_organisation(browser):
    person = user(rights=[], first_name="Līga", last_name="Bērziņa")
    write("THG-1")
    write("THG-2", actor=person, organisation="ORG-7", now=NOW - timedelta(days=10))
    token = client_address.set("203.0.113.9")
    write("THG-3", action="audit.personal_erased", now=NOW - timedelta(days=3))
    client_address.reset(token)
    assert found(browser) == ["THG-1", "THG-3", "THG-2"]
    assert found(browser, who="bērz") == ["THG-2"]
    assert found(browser, who=person.reference.lower()) == ["THG-2"]
    assert found(browser, who="system:tests") == ["THG-1", "THG-3"]
    assert found(browser, who="nobody at all") == []
    assert found(browser, subject_reference="thg-3") == ["THG-3"]
    assert found(browser, action="audit.personal_erased") == ["THG-3"]
    assert found(browser, organisation="org-7") == ["THG-2"]
    assert found(browser, address="203.0.113.9") == ["THG-3"]
    assert found(browser, actor_type="user", organisation="ORG-7") == ["THG-2"]
    assert found(browser, at_from="2026-11-15", at_to="2026-11-18") == ["THG-3"]
    assert found(browser, sort="at") == ["THG-2", "THG-3", "THG-1"]


@pytest.mark.spec("AUD-01")
@pytest.mark.parametrize("query", ["at_from=x", "action=nobody.knows", "who=%00", "sort=payload", "after=zzz", "actor_type[]=1", "size=-1"])
def test_bad_addresses_are_answered(browser, query):
    write()
    assert browser.get(f"/audit/?{query}").status_code == 200


@pytest.mark.spec("AUD-01")
@pytest.mark.spec("AUD-05")
def test_the_event_shows_before_and_after_and_what_was_erased(browser):
    event = write(
        changes={"name": ("<b>old</b>", "<script>alert(1)</script>")}, details={"reason": "it's \"quoted\""},
        personal={"email": ("a@example.org", "b@example.org")}, comment="as <i>agreed</i>",
    )  # fmt: skip
    link_all()
    html = browser.get(f"/audit/events/{event.reference}/").content.decode()
    for shown in (
        "&lt;b&gt;old&lt;/b&gt;",
        "&lt;script&gt;alert(1)",
        "a@example.org",
        "b@example.org",
        "as &lt;i&gt;agreed",
        "system:tests",
    ):
        assert shown in html
    AuditPersonal.objects.filter(event=event).delete()
    html = browser.get(f"/audit/events/{event.reference}/").content.decode()
    assert "b@example.org" not in html
    assert "Erased" in html


@pytest.mark.spec("AUD-01")
def test_an_event_links_to_the_page_of_its_object(browser):
    person = user(rights=[])
    event = write(subject=person)
    html = browser.get(f"/audit/events/{event.reference}/").content.decode()
    assert person.reference in html
    assert f"/audit/?subject_reference={person.reference}" in html


@pytest.mark.spec("AUD-04")
def test_a_person_asks_for_a_verification_once_and_sees_its_result(browser):
    write()
    link_all()
    form = browser.get("/audit/verifications/new/")
    key = form.content.decode().split('name="operation_key" value="')[1].split('"')[0]
    for _twice in range(2):
        answer = browser.post("/audit/verifications/new/", {"operation_key": key})
        assert answer.status_code in (200, 204, 302)
    run = Verification.objects.get()
    assert AuditEvent.objects.filter(subject_type="audit.verification").count() == 1
    assert run.requested_by.startswith("USR-")
    link_all()
    verify_audit_trail()
    html = browser.get("/audit/verifications/").content.decode()
    assert "Sound" in html
    assert run.requested_by in html


@pytest.mark.spec("AUD-04")
def test_a_digest_is_listed_with_its_anchor_and_given_as_a_file(browser):
    write()
    link_all()
    digest = make_digest(NOW.date(), now=NOW + timedelta(days=1))
    store_anchor(digest, transaction_hash=f"0x{'ab' * 32}", block=9, now=NOW)
    html = browser.get("/audit/digests/").content.decode()
    assert bytes(digest.digest).hex() in html
    assert "ab" * 32 in html
    file = browser.get("/audit/digests/2026-11-20/")
    assert json.loads(file.content)["sha256"] == bytes(digest.digest).hex()
    assert file.headers["Content-Disposition"] == 'attachment; filename="audit-digest-2026-11-20.json"'
    assert browser.get("/audit/digests/2026-11-21/").status_code == browser.get("/audit/digests/x/").status_code == 404


@pytest.mark.spec("AUD-01")
def test_without_the_right_there_is_nothing_and_a_merchant_has_no_such_page():
    event = write()
    addresses = ["/audit/", f"/audit/events/{event.reference}/", "/audit/verifications/", "/audit/verifications/new/", "/audit/digests/"]
    stranger, merchant = sign_in(user(rights=[])), sign_in(user(face=Face.MERCHANT, rights=[Right.SEE, Right.VERIFY]))
    assert [stranger.get(address).status_code for address in addresses] == [403, 404, 403, 403, 403]
    assert {merchant.get(address).status_code for address in addresses} == {404}
    reader = sign_in(user(rights=[Right.SEE]))
    assert reader.post("/audit/verifications/new/", {}).status_code == 403
    assert not Verification.objects.exists()


@pytest.mark.spec("EXP-X1")
@pytest.mark.spec("AUD-05")
def test_exports_hold_every_stored_field_and_no_personal_value():
    browser = sign_in(user(rights=[Right.SEE, "exports.make"]))
    event = write(
        changes={"rate": ("1", "=2+3")}, details={"day": "x"}, personal={"email": (None, "secret@example.org")}, comment="private"
    )
    write("THG-2")
    link_all()
    make_digest(NOW.date(), now=NOW + timedelta(days=1))
    for resource in (EventResource, VerificationResource, DigestResource):
        assert resource.unexplained() == []
    file = text_of(browser.post("/audit/?subject_reference=THG-1", {"export": "csv"}))
    rows = list(csv.DictReader(io.StringIO(file, newline="")))
    assert [(row["reference"], json.loads(row["changes"])) for row in rows] == [(event.reference, {"rate": ["1", "=2+3"]})]
    assert "secret@example.org" not in file
    assert "private" not in file
    digests = text_of(browser.post("/audit/digests/", {"export": "csv"}))
    assert "last_seq" in digests
    assert "requested_at" in text_of(browser.post("/audit/verifications/", {"export": "csv"}))


def text_of(response) -> str:
    return b"".join(response.streaming_content).decode("utf-8-sig")
