"""Documents through the API, the pages and the store: sent once, kept encrypted, seen by those who may, decided with a reason (KYC-10)."""

import threading
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent
from clients.enums import ClientStatus
from clients.models import Client
from clients.tests.accounts import sign_in as sign_in_client
from clients.tests.accounts import with_password
from clients.tests.factories import client_of_type
from kyc.enums import DocumentStatus, Right
from kyc.models import Document
from kyc.services.documents import keeping, store
from kyc.services.documents.reading import examine
from kyc.tasks import sweep_document_files
from kyc.tests.documents import NEXT_YEAR, TESTS, approved, bill_file, document, image, passport_file
from kyc.tests.factories import case
from messaging.models import Notification, OutgoingMail
from orders.tests.api import Channel

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.spec("KYC-10")]
RIGHTS = [Right.KYC_SEE, Right.KYC_ACT, Right.KYC_DECIDE, "clients.see"]
_keys = count(1)


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def send(channel: Channel, client: Client, content: bytes, *, name: str = "passport.jpg", key: str = "", **fields: Any) -> Any:
    data = {"kind": "passport", "file": SimpleUploadedFile(name, content)} | fields
    headers = channel.headers(**{"idempotency-key": key or f"doc-{next(_keys)}"})
    return channel.http.post(f"/api/v1/clients/{client.reference}/documents", data, headers=headers)


def browser(*rights: str) -> Browser:
    return sign_in(user(rights=rights or RIGHTS))


def act(at: Browser, path: str, **data: Any) -> Any:
    return at.post(path, {"operation_key": at.get(path).context["key"], **data})


@pytest.mark.spec("API-01", "API-02")
def test_a_client_sends_a_document_by_the_api_and_reads_the_verdict():
    channel, opened = Channel(), case()
    opened.assigned_to = user(rights=RIGHTS)
    opened.save()
    content = passport_file()
    sent = send(channel, opened.client, content, key="k1", expires_on=NEXT_YEAR.isoformat())
    assert sent.status_code == 201, sent.content
    body = sent.json()
    assert (body["client"], body["case"], body["kind"], body["status"]) == (
        opened.client.reference,
        opened.reference,
        "passport",
        "uploaded",
    )
    assert (body["content_type"], body["pages"], body["name"], body["expires_on"]) == (
        "image/jpeg",
        1,
        "passport.jpg",
        NEXT_YEAR.isoformat(),
    )
    again = send(channel, opened.client, content, key="k1", expires_on=NEXT_YEAR.isoformat())
    assert (again.json(), Document.objects.count()) == (body, 1)
    assert send(channel, opened.client, passport_file(), key="k1").json()["code"] == "idempotency_key_reused"
    assert Notification.objects.get(user=opened.assigned_to).kind == "kyc.document_sent"

    one = Document.objects.get()
    assert (one.channel, one.uploaded_by) == (channel.key.reference, None)
    keeping.reject_document(document_id=one.pk, reason="unreadable", text="The left side.", actor=user(rights=RIGHTS), now=timezone.now())
    read = channel.get(f"/documents/{one.reference}").json()
    assert (read["status"], read["reason"]) == ("rejected", "unreadable")
    assert read["reason_text"] == "It can't be read: send a sharp, complete picture. The left side."
    listed = channel.get(f"/clients/{opened.client.reference}/documents", status="rejected").json()
    assert [row["reference"] for row in listed["items"]] == [one.reference]
    assert send(channel, opened.client, content).status_code == 201, "what was rejected may come again"


@pytest.mark.spec("API-02")
def test_what_can_not_be_a_document_is_refused_and_nothing_is_kept():
    channel, client = Channel(), client_of_type()
    for content, name in [(b"", "a.pdf"), (b"MZ", "a.pdf"), (b"<script>1</script>", "a.png")]:
        answer = send(channel, client, content, name=name)
        assert (answer.status_code, answer.json()["code"]) == (422, "unfit_document"), answer.content
        assert answer.json()["errors"][0]["field"] == "file"
    assert send(channel, client, b"\xff\xd8\xff" + b"x" * (16 * 1024 * 1024)).json()["code"] == "unfit_document"
    assert send(channel, client, image(), kind="diary").status_code == 422
    assert send(channel, client, image(), expires_on="3024-01-01").json()["code"] == "unfit_expiry"
    no_key = channel.http.post(
        f"/api/v1/clients/{client.reference}/documents", {"kind": "other", "file": SimpleUploadedFile("a", image())},
        headers={"authorization": f"Bearer {channel.secret}"},
    )  # fmt: skip
    assert no_key.status_code == 422
    assert not Document.objects.exists()
    assert not default_storage.exists(store.FOLDER) or not default_storage.listdir(store.FOLDER)[1]


@pytest.mark.spec("U4")
def test_a_request_that_says_it_is_huge_is_not_read(monkeypatch):
    monkeypatch.setattr("kit.uploads.LARGEST_REQUEST", 1000)
    channel, client = Channel(), client_of_type()
    answer = send(channel, client, b"x" * 2000)
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "application/problem+json"), answer.content
    at = browser()
    path = f"/clients/{client.reference}/documents/upload/"
    assert act(at, path, kind="other", file=SimpleUploadedFile("a.pdf", b"x" * 2000)).status_code == 400
    assert not Document.objects.exists()


@pytest.mark.spec("API-03", "API-05")
def test_scopes_and_modes_hold():
    client = client_of_type()
    assert send(Channel("kyc.see"), client, image()).status_code == 403
    assert send(Channel(is_test=True), client, image()).status_code == 404
    one = document(client=client)
    assert Channel("kyc.act").get(f"/documents/{one.reference}").status_code == 403
    assert Channel(is_test=True).get(f"/documents/{one.reference}").status_code == 404
    assert Channel("kyc.see").get(f"/documents/{one.reference}").status_code == 200


@pytest.mark.spec("CLI-11")
def test_a_clients_own_token_reaches_its_own_documents_alone():
    channel, client, other = Channel(), with_password(), document()
    sign_in_client(channel, client)
    assert send(channel, other.client, image()).status_code == 404
    own = send(channel, client, image()).json()
    assert AuditEvent.objects.get(action="kyc.document_uploaded", subject_reference=own["reference"]).actor_label == client.reference
    assert channel.get(f"/documents/{own['reference']}").json() == own
    assert channel.get(f"/documents/{other.reference}").status_code == 404
    assert channel.get(f"/clients/{other.client.reference}/documents").status_code == 404
    assert [row["reference"] for row in channel.get(f"/clients/{client.reference}/documents").json()["items"]] == [own["reference"]]


def test_the_same_file_is_one_document_however_often_and_beside_itself_it_is_sent():
    channel, client, content = Channel(), client_of_type(), image()
    outcomes: list[int] = []

    def one() -> None:
        try:
            outcomes.append(send(channel, client, content).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [201, 409, 409, 409]
    assert Document.objects.count() == 1
    assert len(default_storage.listdir(store.FOLDER)[1]) == 1, "what lost the race leaves no file"


def test_who_is_deactivated_sends_nothing_and_nobody_floods_the_desk():
    client = client_of_type(status=ClientStatus.DEACTIVATED)
    assert send(Channel(), client, image()).json()["code"] == "client_not_active"
    full = client_of_type()
    examined = examine(image(), name="a")
    Document.objects.bulk_create(
        Document(
            client=full, kind="other", name="a", stored=f"documents/{number}", content_type="image/png", size=1, pages=1, sha256=str(number),
            uploaded_at=timezone.now(),
        )
        for number in range(keeping.MOST_WAITING)
    )  # fmt: skip
    with pytest.raises(keeping.TooManyDocuments):
        keeping.upload_document(client_id=full.pk, kind="other", examined=examined, actor=TESTS, now=timezone.now())


@pytest.mark.spec("U4")
def test_files_lie_encrypted_under_names_of_ours_outside_of_every_address(settings):
    content = bill_file()
    one = document(content=content)
    path = default_storage.path(one.stored)
    assert path.startswith(str(django_settings.MEDIA_ROOT))
    assert one.name not in path
    with open(path, "rb") as file:
        sealed = file.read()
    assert b"%PDF" not in sealed
    assert b"Electricity" not in sealed
    assert store.content_of(one) == content
    assert Browser().get(f"/{one.stored}").status_code == 404
    assert Browser().get(f"/media/{one.stored}").status_code == 404

    settings.DOCUMENTS_KEYS = ["another key that is long enough for everybody here", *settings.DOCUMENTS_KEYS]
    assert store.content_of(one) == content, "a key that was replaced still reads"
    settings.DOCUMENTS_KEYS = settings.DOCUMENTS_KEYS[:1]
    with pytest.raises(store.DocumentUnreadable):
        store.content_of(one)


@pytest.mark.spec("U4")
def test_a_changed_or_exchanged_file_is_not_shown():
    one, other = document(), document()
    paths = [default_storage.path(each.stored) for each in (one, other)]
    with open(paths[0], "rb") as first, open(paths[1], "r+b") as second:
        second.write(first.read())
        second.truncate()
    page = browser().get(f"/kyc/documents/{other.reference}/pages/1/")
    assert page.status_code == 503
    assert "can&#x27;t be read on this server" in page.content.decode()
    assert not AuditEvent.objects.filter(action="kyc.document_read").exists()


def test_uploads_that_never_came_to_a_row_are_swept_a_day_later(settings):
    kept = document()
    orphan = store.keep(b"left behind")
    sweep_document_files()
    assert default_storage.exists(orphan), "its row may be on the way"
    assert store.sweep(now=timezone.now() + timedelta(days=2)) == 1
    assert not default_storage.exists(orphan)
    assert store.content_of(kept)


@pytest.mark.spec("U4", "AUD-06")
def test_looking_is_for_those_who_may_and_is_an_event():
    one = document(content=bill_file(), kind="proof_of_address")
    addresses = [f"/kyc/documents/{one.reference}/{part}" for part in ("", "pane/", "pages/1/", "file/")]
    for address in addresses:
        assert browser("clients.see").get(address).status_code == 403
    at = browser()
    page = at.get(addresses[2])
    assert page.headers["Content-Type"] == "image/jpeg"
    assert page.content.startswith(b"\xff\xd8\xff")
    file = at.get(addresses[3])
    assert file.headers["Content-Disposition"] == f'attachment; filename="{one.reference}.pdf"'
    for answer in (page, file):
        assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer.headers["Cache-Control"]
    event = AuditEvent.objects.get(action="kyc.document_read")
    assert event.subject_reference == one.reference
    assert at.get(f"/kyc/documents/{one.reference}/pages/3/").status_code == 404
    assert at.get(f"/kyc/documents/{one.reference}/pages/0/").status_code == 404


def test_an_administrator_uploads_what_it_has_in_its_hands():
    client, at = client_of_type(), browser()
    path = f"/clients/{client.reference}/documents/upload/"
    answer = act(at, path, kind="proof_of_address", file=SimpleUploadedFile("../bill.exe", bill_file()))
    assert answer.status_code == 302, answer.content
    one = Document.objects.get()
    assert (one.name, one.uploaded_by is not None, one.channel) == ("bill.exe.pdf", True, "")
    assert one.reference in at.get(f"/clients/{client.reference}/?tab=documents").content.decode()
    wrong = act(at, path, kind="proof_of_address", file=SimpleUploadedFile("bill.pdf", b"MZ"))
    assert wrong.status_code == 422
    assert "no JPEG, PNG or PDF" in wrong.context["form"].errors["file"][0]
    assert "The file is empty" in act(at, path, kind="other", file=SimpleUploadedFile("bill.pdf", b"")).context["form"].errors["file"][0]


def test_a_verdict_is_given_once_with_a_date_or_a_reason(django_capture_on_commit_callbacks):
    at, passport = browser(), document(kind="passport", content=passport_file())
    path = f"/kyc/documents/{passport.reference}"
    assert "expires_on" in act(at, f"{path}/approve/").context["form"].errors, "a passport has a date"
    past = act(at, f"{path}/approve/", expires_on="2020-01-01")
    assert "no longer valid" in past.context["form"].errors["expires_on"][0]
    assert act(at, f"{path}/approve/", expires_on=NEXT_YEAR.isoformat()).status_code == 302
    passport.refresh_from_db()
    assert (passport.status, passport.expires_on) == (DocumentStatus.APPROVED, NEXT_YEAR)
    assert not OutgoingMail.objects.exists()
    assert act(at, f"{path}/approve/", expires_on=NEXT_YEAR.isoformat()).context["form"].non_field_errors()

    bill = document(content=bill_file())
    path = f"/kyc/documents/{bill.reference}/reject/"
    assert "reason_text" in act(at, path, reason="other").context["form"].errors
    assert act(at, path, reason="too_old").status_code == 302
    bill.refresh_from_db()
    assert (bill.status, bill.reason) == (DocumentStatus.REJECTED, "too_old")
    mail = OutgoingMail.objects.get()
    assert (mail.template, mail.to, mail.context["reason"]) == ("kyc.document_rejected", bill.client.email, "It is too old.")
    assert AuditEvent.objects.filter(action__in=["kyc.document_approved", "kyc.document_rejected"]).count() == 2


def test_two_verdicts_at_once_are_one():
    one = document()
    outcomes: list[str] = []

    def decide(to: str) -> None:
        try:
            if to == "approve":
                keeping.approve_document(document_id=one.pk, actor=TESTS, now=timezone.now())
            else:
                keeping.reject_document(document_id=one.pk, reason="too_old", actor=TESTS, now=timezone.now())
            outcomes.append(to)
        except Exception as error:
            outcomes.append(getattr(error, "code", repr(error)))
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=["approve"]) for _number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["approve", "illegal_transition", "illegal_transition"]


def test_a_file_is_deleted_for_good_and_the_verdict_stays():
    at, one = browser(), approved(kind="passport", content=passport_file())
    stored = one.stored
    assert act(at, f"/kyc/documents/{one.reference}/delete/", comment="Asked for by the client").status_code == 302
    one.refresh_from_db()
    assert (one.stored, one.status) == ("", DocumentStatus.APPROVED)
    assert not default_storage.exists(stored)
    assert at.get(f"/kyc/documents/{one.reference}/pages/1/").status_code == 404
    assert at.get(f"/kyc/documents/{one.reference}/file/").status_code == 404
    assert "The file was deleted." in at.get(f"/kyc/documents/{one.reference}/").content.decode()


@pytest.mark.spec("U6")
def test_names_and_texts_do_nothing_on_any_page():
    at, client = browser(), client_of_type(first_name="<script>alert(2)</script>")
    examined = examine(image(), name='"><script>alert(1)</script>.png')
    one = keeping.upload_document(client_id=client.pk, kind="other", examined=examined, actor=TESTS, now=timezone.now())
    keeping.reject_document(document_id=one.pk, reason="other", text="<img src=x onerror=alert(3)>", actor=TESTS, now=timezone.now())
    for path in (
        f"/kyc/documents/{one.reference}/",
        f"/kyc/documents/{one.reference}/?tab=summary",
        f"/kyc/documents/{one.reference}/pane/",
        f"/clients/{client.reference}/?tab=documents",
        "/kyc/documents/",
    ):
        html = at.get(path).content.decode()
        assert "<script>alert" not in html, path
        assert "<img src=x" not in html, path


@pytest.mark.spec("KYC-01")
def test_the_documents_tab_of_a_case_shows_the_clients_data_beside_them():
    opened = case()
    first, second = document(client=opened.client), document(client=opened.client, kind="proof_of_funds")
    page = browser().get(f"/kyc/cases/{opened.reference}/?tab=documents").content.decode()
    assert opened.client.last_name in page
    assert f'src="/kyc/documents/{second.reference}/pages/1/"' in page, "the newest that waits for a verdict is shown"
    assert f'hx-get="/kyc/documents/{first.reference}/pane/" hx-target="#document-second"' in page


def test_documents_are_found_by_what_lapses_when(django_assert_max_num_queries):
    old = approved(kind="passport", expires_on=keeping.today(timezone.now()) - timedelta(days=3))
    soon = approved(kind="id_card", expires_on=keeping.today(timezone.now()) + timedelta(days=10))
    late = approved(kind="passport")
    document()
    at = browser()

    def found(**criteria: str) -> set[str]:
        with django_assert_max_num_queries(6):
            page = at.get("/kyc/documents/", criteria)
        return {row.reference for row in page.context["slice"].rows}

    assert found(lapsed="yes") == {old.reference}
    month = keeping.today(timezone.now()) + timedelta(days=30)
    assert found(expires_on_from=keeping.today(timezone.now()).isoformat(), expires_on_to=month.isoformat()) == {soon.reference}
    assert found(kind="passport", status="approved") == {old.reference, late.reference}
    assert "Lapsed" in at.get("/kyc/documents/").content.decode()
