"""The door for a tier change (TIE-04, KYC-02, KYC-03, KYC-13)."""

import threading
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.models import AuditEvent
from clients.models import Client
from core.errors import DomainError
from kyc import services
from kyc.enums import CaseStatus
from kyc.models import Case
from kyc.services.requests import CaseOpen, ClientCannotChoose, TierNotSelectable
from kyc.tests.factories import TESTS, case, euros, offered, rich, set_to
from ledger.models import Operation, Reservation
from messaging.models import OutgoingMail
from tiers.models import TierChange
from tiers.selectors.terms import terms_of
from tiers.services.changes import SameTier
from tiers.services.fees import FeeNotCovered
from tiers.tests.factories import tier


def ask(wallet, wanted):
    return services.request_tier(client_id=wallet.client.pk, tier_id=wanted.pk, actor=TESTS, now=timezone.now())


@pytest.mark.django_db
@pytest.mark.spec("TIE-04", "KYC-03", "KYC-04", "KYC-14")
def test_a_level_not_reached_opens_a_case_and_reserves_the_fee():
    wallet, gold = rich(), offered(2, "12.50")
    requested = ask(wallet, gold)
    opened = requested.case
    assert requested.change is None
    assert (opened.status, opened.tier, opened.level, opened.provider) == (CaseStatus.AWAITING_DECISION, gold, 2, "manual")
    assert (opened.fee, opened.fee_asset.code) == (Decimal("12.5"), "EUR")
    assert Reservation.objects.get(pk=opened.reservation_id).quantity == Decimal("12.5")
    assert euros(wallet) == Decimal("87.5")
    assert terms_of(wallet.client.pk).tier is None, "nothing of the tier holds before the approval"
    assert AuditEvent.objects.get(action="kyc.opened").details["fee"] == "12.50 EUR"
    mail = OutgoingMail.objects.get(template="kyc.opened")
    assert (mail.to, mail.context["tier"], mail.context["fee"]) == (wallet.client.email, gold.label, "12.50 EUR")


@pytest.mark.django_db
@pytest.mark.spec("TIE-04")
def test_a_level_that_is_reached_changes_the_tier_at_once():
    wallet, gold, silver = rich(), offered(3, "20"), offered(2, "10")
    Client.objects.filter(pk=wallet.client.pk).update(verification_level=3)
    change = ask(wallet, gold).change
    assert (change.new_tier, change.fee, change.direction) == (gold, 20, "upgrade")
    assert ask(wallet, silver).change.direction == "downgrade"
    assert (euros(wallet), terms_of(wallet.client.pk).tier) == (80, silver)
    assert not Case.objects.exists()
    wallet.client.refresh_from_db()
    assert wallet.client.verification_level == 3
    with pytest.raises(SameTier):
        ask(wallet, silver)


@pytest.mark.django_db
@pytest.mark.spec("TIE-04")
def test_without_the_fee_no_case_opens_and_nothing_changes():
    wallet = rich("9.99")
    with pytest.raises(FeeNotCovered, match=r"10\.00 EUR"):
        ask(wallet, offered(2, "10"))
    Client.objects.filter(pk=wallet.client.pk).update(verification_level=2)
    with pytest.raises(FeeNotCovered):
        ask(wallet, offered(2, "10"))
    assert not Case.objects.exists()
    assert not TierChange.objects.exists()
    assert not OutgoingMail.objects.exists()
    assert not AuditEvent.objects.filter(action__startswith="kyc.").exists()


@pytest.mark.django_db
@pytest.mark.spec("TIE-03", "KYC-12", "KYC-13")
def test_what_cant_be_chosen_is_refused_with_what_it_lacks():
    wallet = rich()
    with pytest.raises(TierNotSelectable, match="no active limit"):
        ask(wallet, tier(2))
    with pytest.raises(TierNotSelectable, match="other type"):
        ask(wallet, offered(2, client_type="company"))
    gold, five = offered(3), offered(5)
    with pytest.raises(TierNotSelectable, match="Verification level 5 is not in use"):
        ask(wallet, five)
    set_to(enabled=False)
    with pytest.raises(TierNotSelectable, match="KYC is switched off"):
        ask(wallet, gold)
    Client.objects.filter(pk=wallet.client.pk).update(verification_level=3)
    assert ask(wallet, gold).change.new_tier == gold, "a level that is reached needs no case"
    Client.objects.filter(pk=wallet.client.pk).update(status="deactivated")
    with pytest.raises(ClientCannotChoose):
        ask(wallet, gold)


@pytest.mark.django_db
@pytest.mark.spec("KYC-02", "KYC-08")
def test_a_second_case_waits_for_the_first_to_be_decided():
    wallet = rich()
    first = case(wallet=wallet)
    with pytest.raises(CaseOpen, match=first.reference):
        ask(wallet, offered(3))
    with pytest.raises(IntegrityError, match="kyc_case_one_open"), transaction.atomic():
        Case.objects.create(
            client=first.client, tier=first.tier, level=2, provider="manual", opened_at=timezone.now(), waiting_since=timezone.now()
        )
    services.decline(case_id=first.pk, reason="unreadable", actor=TESTS, now=timezone.now())
    assert ask(wallet, first.tier).case.reference != first.reference


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("KYC-02", "TIE-04")
def test_of_twenty_requests_at_once_one_opens_a_case_and_one_fee_is_reserved():
    wallet = rich()
    wanted = [offered(2, "10"), offered(3, "10")]
    start, opened, refused = threading.Barrier(20), [], []

    def work(number):
        try:
            start.wait()
            opened.append(ask(wallet, wanted[number % 2]).case)
        except DomainError as error:
            refused.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(opened), refused) == (1, ["case_open"] * 19)
    assert Case.objects.count() == 1
    assert (euros(wallet), Reservation.objects.filter(is_open=True).count()) == (90, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("KYC-02")
def test_the_database_refuses_a_second_open_case_whatever_comes_around_the_service():
    """Twenty rows written straight into the table by twenty connections, past every lock of ours."""
    client, wanted = rich().client, tier(2)
    start, written, refused = threading.Barrier(20), [], []

    def work():
        try:
            start.wait()
            now = timezone.now()
            written.append(Case.objects.create(client=client, tier=wanted, level=2, provider="manual", opened_at=now, waiting_since=now))
        except IntegrityError as error:
            refused.append("kyc_case_one_open" in str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(written), refused) == (1, [True] * 19)


@pytest.mark.django_db
@pytest.mark.spec("API-05")
def test_a_test_client_gets_no_mail():
    wallet = rich("0", is_test=True)
    made = case(wallet=wallet, fee="0")
    services.decline(case_id=made.pk, reason="unreadable", actor=TESTS, now=timezone.now())
    assert not OutgoingMail.objects.exists()
    assert not Operation.objects.filter(is_test=True, cause_id=made.pk, cause_type="kyc.case").exists()
