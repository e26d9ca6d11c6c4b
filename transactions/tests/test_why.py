"""*Why?* and *What if*: the rules in plain words (UIX-09, LIM-10)."""

from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.enums import Face
from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent
from clients.enums import ClientStatus
from clients.models import Client
from core import instance
from ledger.enums import OperationStatus, OperationType
from ledger.enums import Right as LedgerRight
from ledger.models import Entry, Operation
from ledger.services.attempts import note_attempt
from ledger.services.posting import Move
from ledger.tests.factories import ACTOR, buy, make_asset, make_wallet
from messaging.models import Alert
from organisations.tests.factories import organisation
from tiers.enums import Right as TiersRight
from tiers.services.limits import LimitExceeded
from tiers.tests.factories import operation_fee
from tiers.tests.limits import limit, threshold
from transactions.models import Decision
from transactions.services import pipeline
from transactions.services.decisions import keeping_refusals

pytestmark = pytest.mark.django_db(transaction=True)
P2P = OperationType.P2P_TRANSFER


@pytest.fixture
def browser():
    return sign_in(user(Face.ISSUER))


@pytest.fixture
def scene():
    """Anna has 1,000 and may send 100 a month; a transfer costs 1."""
    asset, anna, ben = make_asset(issued=100_000), make_wallet(), make_wallet()
    buy(asset, anna, 1000)
    threshold(limit(name="Level <b>zero</b>"), asset, 100, types=[P2P], period_days=30)
    operation_fee(asset, P2P, fixed=Decimal(1))
    return asset, anna, ben


def send(asset, sender, receiver, quantity):
    now = timezone.now()
    with keeping_refusals(actor=ACTOR, now=now), transaction.atomic():
        moved = pipeline.move(moves=[Move(P2P, asset, sender, receiver, Decimal(quantity))], actor=ACTOR, now=now)
        return moved.posted.operations[0].reference


@pytest.mark.spec("UIX-09")
def test_the_page_of_an_operation_says_which_rules_were_asked_and_what_was_left(scene, browser):
    asset, anna, ben = scene
    page = browser.get(f"/transactions/{send(asset, anna, ben, 70)}/", {"tab": "why"}).content.decode()
    for words in ("Allowed", "Level &lt;b&gt;zero&lt;/b&gt;", "100.00", "Fees", "Asset&#x27;s default"):
        assert words in page, words
    with pytest.raises(LimitExceeded):
        send(asset, anna, ben, 31)
    refused = Operation.objects.get(status=OperationStatus.REFUSED)
    page = browser.get(f"/transactions/{refused.reference}/", {"tab": "why"}).content.decode()
    for words in ("Refused", "30.00", "31.00", "70.00"):
        assert words in page, words
    attempt = Move(P2P, asset, anna, ben, Decimal(1))
    with transaction.atomic():
        by_hand = note_attempt(
            move=attempt, status=OperationStatus.CANCELLED, reason="cancelled_by_hand", cause=None, actor=ACTOR, now=timezone.now()
        )
    assert "Cancelled before payment" in browser.get(f"/transactions/{by_hand}/", {"tab": "why"}).content.decode()
    bought = Operation.objects.get(type=OperationType.PURCHASE)
    assert "No rule was asked" in browser.get(f"/transactions/{bought.reference}/", {"tab": "why"}).content.decode()


@pytest.mark.spec("UIX-09", "USR-04", "A2")
def test_whoever_is_confined_to_organisations_reads_nothing_of_clients_limits(scene):
    asset, anna, _ben = scene
    shop = make_wallet("organisation", organisation=(own := organisation()))
    threshold(limit(name="Shops", client_type="person"), asset, 100, types=[OperationType.PAYMENT])
    with transaction.atomic():
        moved = pipeline.move(moves=[Move(OperationType.PAYMENT, asset, anna, shop, Decimal(5))], actor=ACTOR, now=timezone.now())
    confined = sign_in(user(Face.ISSUER, [LedgerRight.OPERATIONS_SEE], organisations=[own]))
    page = confined.get(f"/transactions/{moved.posted.operations[0].reference}/", {"tab": "why"})
    assert page.status_code == 200
    assert "Shops" not in page.content.decode()


@pytest.mark.spec("LIM-10", "A1")
def test_what_if_shows_every_rule_and_the_verdict_and_changes_nothing(scene, browser):
    asset, anna, ben = scene
    before = (Operation.objects.count(), Entry.objects.count(), AuditEvent.objects.count())
    question = {"client": anna.client.reference.lower(), "type": P2P, "asset": asset.code, "quantity": "100.01", "other": ben.reference}
    page = browser.get("/what-if/", question).content.decode()
    for words in ("Refused", "100.00", "100.01", "Level &lt;b&gt;zero&lt;/b&gt;", "1 " + asset.code, "1\u202f000.00 are available"):
        assert words in page or words.replace("\u202f", "\u2009") in page, words
    allowed = browser.get("/what-if/", question | {"quantity": "100", "client": anna.client.email}).content.decode()
    assert "Every rule was kept" in allowed
    assert (Operation.objects.count(), Entry.objects.count(), AuditEvent.objects.count()) == before
    assert not Decision.objects.exists()
    assert not Alert.objects.exists()


@pytest.mark.spec("LIM-10", "LIM-09")
def test_what_if_says_what_would_be_held_or_stopped_before_any_limit(scene, browser):
    asset, anna, ben = scene
    question = {"client": anna.client.reference, "type": P2P, "asset": asset.code, "quantity": "5", "other": ben.reference}
    instance.assume({"transactions.held_levels": ["0"]})
    assert "It would be held" in browser.get("/what-if/", question).content.decode()
    Client.objects.filter(pk=anna.client_id).update(status=ClientStatus.FROZEN)
    assert "The client is frozen" in browser.get("/what-if/", question).content.decode()
    purchase = browser.get("/what-if/", question | {"type": "purchase", "other": ""}).content.decode()
    assert "Every rule was kept" in purchase


@pytest.mark.spec("LIM-10", "LED-04", "A8")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"client": "CLT-00000000"}, "No client has this"),
        ({"client": "x\0y"}, "Null characters"),
        ({"quantity": "1e3"}, "Write the amount with digits"),
        ({"quantity": "1.234"}, "Too many decimals"),
        ({"quantity": "0"}, "more than zero"),
        ({"asset": "NONE"}, "Select a valid choice"),
        ({"other": "WAL-00000000"}, "No wallet has this"),
        ({"type": "burning"}, "Select a valid choice"),
    ],
)
def test_a_question_that_can_not_be_asked_says_how_to_mend_it(scene, browser, change, words):
    asset, anna, ben = scene
    question = {"client": anna.client.reference, "type": P2P, "asset": asset.code, "quantity": "5", "other": ben.reference}
    response = browser.get("/what-if/", question | change)
    assert response.status_code == 200
    assert words in response.content.decode()


@pytest.mark.spec("USR-02", "A3")
def test_what_if_asks_the_right_to_see_tiers():
    assert sign_in(user(Face.ISSUER, [LedgerRight.OPERATIONS_SEE])).get("/what-if/").status_code == 403
    page = sign_in(user(Face.ISSUER, [TiersRight.TIERS_SEE])).get("/what-if/").content.decode()
    assert "Choose a client and a transaction" in page
