"""Approved, declined, cancelled: what each brings about, once (KYC-04, KYC-07 to KYC-09, TIE-04)."""

import threading
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.tests.factories import user
from approvals.models import ApprovalPolicy
from approvals.services import ApprovalNeeded
from audit.models import AuditEvent
from clients.models import Client
from core.errors import DomainError
from core.transactions import enclosing
from kyc import services
from kyc.enums import CaseStatus, DecidedHow, ProviderResult, Right
from kyc.services.cases import CaseAlreadyDecided, TextMissing
from kyc.services.decisions import NoSuchReason, OverrideNeeded
from kyc.tests.factories import TESTS, case, euros, result, rich, set_to, with_provider
from ledger.models import Operation, Reservation
from messaging.models import OutgoingMail
from tiers.models import TierChange
from tiers.selectors.terms import terms_of


def approve(one, actor=TESTS, **options):
    return services.approve(case_id=one.pk, actor=actor, now=timezone.now(), **options)


def decline(one, actor=TESTS, **options):
    return services.decline(case_id=one.pk, actor=actor, now=timezone.now(), **{"reason": "unreadable"} | options)


@pytest.mark.django_db
@pytest.mark.spec("KYC-09", "TIE-04", "TIE-06")
def test_an_approval_raises_level_and_tier_charges_the_fee_and_tells_the_client():
    wallet, admin = rich(), user()
    one = case(wallet=wallet, level=3)
    approve(one, admin, note="Seen in person.")
    one.refresh_from_db()
    client = Client.objects.get(pk=wallet.client.pk)
    assert (one.status, one.decided_by, one.decided_how, one.note) == (CaseStatus.APPROVED, admin, DecidedHow.BY_HAND, "Seen in person.")
    assert client.verification_level == 3
    assert terms_of(client.pk).tier == one.tier
    operation = Operation.objects.get(cause_type="kyc.case", cause_id=one.pk)
    change = TierChange.objects.get()
    assert (operation.quantity, operation.receiver.code) == (Decimal(10), "fees")
    assert (change.case_reference, change.fee, change.operation_reference) == (one.reference, 10, operation.reference)
    assert euros(wallet) == 90
    assert not Reservation.objects.filter(is_open=True).exists()
    mail = OutgoingMail.objects.get(template="kyc.approved")
    assert (mail.context["tier"], mail.context["level"], mail.context["fee"]) == (one.tier.label, "3", "10.00 EUR")
    assert "Seen in person" not in str(mail.context)
    actions = AuditEvent.objects.filter(action__in=["kyc.approved", "clients.level_changed", "tiers.changed"]).values_list(
        "action", flat=True
    )
    assert sorted(actions) == ["clients.level_changed", "kyc.approved", "tiers.changed"]


@pytest.mark.django_db
@pytest.mark.spec("KYC-09", "TIE-04")
def test_a_decline_releases_the_fee_and_keeps_the_note_from_the_client():
    wallet = rich()
    Client.objects.filter(pk=wallet.client.pk).update(language="lv")
    wallet.client.refresh_from_db()
    one = case(wallet=wallet)
    decline(one, user(), reason_text="Uzņemiet to dienasgaismā.", note="Third try of this person.")
    one.refresh_from_db()
    assert (one.status, one.reason_code, one.note) == (CaseStatus.DECLINED, "unreadable", "Third try of this person.")
    assert euros(wallet) == 100
    assert terms_of(wallet.client.pk).tier is None
    mail = OutgoingMail.objects.get(template="kyc.declined")
    assert mail.language == "lv"
    assert mail.context["reason"].endswith("Uzņemiet to dienasgaismā.")
    assert "Third try" not in str(mail.context)


@pytest.mark.django_db
@pytest.mark.spec("KYC-09")
def test_a_decline_needs_a_reason_for_the_client():
    one = case()
    for unfit in ("", "nonsense", "by_client", "not_finished"):
        with pytest.raises(NoSuchReason):
            decline(one, reason=unfit)
    with pytest.raises(TextMissing) as refused:
        decline(one, reason="other")
    assert refused.value.field == "reason_text"
    decline(one, reason="other", reason_text="You live where we may not serve you.")
    assert OutgoingMail.objects.get(template="kyc.declined").context["reason"] == "You live where we may not serve you."


@pytest.mark.django_db
@pytest.mark.spec("KYC-08", "KYC-14")
def test_what_is_decided_stays_decided():
    done = case()
    approve(done)
    for verb in (approve, decline, lambda one: services.cancel(case_id=one.pk, actor=TESTS, now=timezone.now())):
        with pytest.raises(CaseAlreadyDecided) as refused:
            verb(done)
        assert refused.value.status == 409
    with pytest.raises(CaseAlreadyDecided):
        services.ask_more(case_id=done.pk, asked="More?", actor=TESTS, now=timezone.now())
    assert TierChange.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.spec("TIE-04")
def test_a_client_cancels_its_case_and_has_its_fee_again():
    wallet = rich()
    one = services.cancel(case_id=case(wallet=wallet).pk, actor=TESTS, now=timezone.now())
    assert (one.status, one.decided_how, one.reason_code) == (CaseStatus.DECLINED, DecidedHow.BY_CLIENT, "by_client")
    assert euros(wallet) == 100
    assert not OutgoingMail.objects.filter(template="kyc.declined").exists()


@pytest.mark.django_db
@pytest.mark.spec("KYC-07")
def test_approving_against_declined_has_its_own_right_and_needs_a_reason():
    one = with_provider()
    set_to(decline_automatically=False)
    result(one, ProviderResult.DECLINED)
    assert one.status == CaseStatus.AWAITING_DECISION
    clerk, officer = user(rights=[Right.KYC_DECIDE]), user(rights=[Right.KYC_DECIDE, Right.KYC_OVERRIDE])
    with pytest.raises(OverrideNeeded):
        approve(one, clerk, note="I know her.")
    with pytest.raises(TextMissing):
        approve(one, officer)
    approve(one, officer, note="The provider took the new passport for the old one.")
    one.refresh_from_db()
    assert (one.status, one.provider_result) == (CaseStatus.APPROVED, ProviderResult.DECLINED)


@pytest.mark.django_db
@pytest.mark.spec("KYC-04", "KYC-06")
def test_without_a_result_of_the_provider_nothing_can_be_approved_but_declined():
    one = with_provider()
    with pytest.raises(DomainError) as refused:
        approve(one)
    assert refused.value.code == "illegal_transition"
    decline(one)
    assert one.client.kyc_cases.get().status == CaseStatus.DECLINED


@pytest.mark.django_db
@pytest.mark.spec("USR-05")
def test_above_the_level_that_is_set_an_approval_is_under_four_eyes():
    ApprovalPolicy.objects.create(action="kyc.approve", is_required=True, changed_at=timezone.now())
    above, below = case(level=3), case(level=2)
    set_to(second_person_above=2)
    with pytest.raises(ApprovalNeeded):
        approve(above)
    approve(below)


@pytest.mark.django_db
@pytest.mark.spec("TIE-04")
def test_where_the_fee_cant_be_charged_any_more_the_approval_changes_nothing():
    from ledger.services.closing import close  # noqa: PLC0415

    wallet = rich()
    one = case(wallet=wallet)
    with enclosing():
        close(wallet_id=wallet.pk, release_reserved=True, actor=TESTS, now=timezone.now(), reason="Lost")
    with pytest.raises(DomainError), transaction.atomic(), enclosing():
        approve(one)
    one.refresh_from_db()
    assert one.status == CaseStatus.AWAITING_DECISION
    assert Client.objects.get(pk=wallet.client.pk).verification_level == 1


@pytest.mark.django_db
@pytest.mark.spec("TIE-08")
def test_a_tier_that_was_given_meanwhile_is_not_paid_for_again():
    from tiers.services.assignment import set_tier  # noqa: PLC0415

    wallet = rich()
    one = case(wallet=wallet)
    set_tier(client=wallet.client, tier=one.tier, actor=TESTS, now=timezone.now(), with_fee=False, reason="By contract")
    approve(one)
    assert (euros(wallet), TierChange.objects.count()) == (100, 1)
    assert Client.objects.get(pk=wallet.client.pk).verification_level == 2


def at_once(*verbs):
    """Each in a thread and connection of its own, all started together; what each came to."""
    start, outcomes = threading.Barrier(len(verbs)), [""] * len(verbs)

    def work(place, verb):
        try:
            start.wait()
            verb()
            outcomes[place] = "done"
        except DomainError as error:
            outcomes[place] = f"{error.status} {error.code}"
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def cancel(one):
    return services.cancel(case_id=one.pk, actor=TESTS, now=timezone.now())


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("KYC-08", "KYC-09")
@pytest.mark.parametrize("others", [(approve,), (decline,), (cancel,), (approve, approve, decline, decline, cancel, cancel)])
def test_of_those_who_decide_at_once_one_wins_and_the_others_are_told(others):
    """C2: in whatever order they come, the fee is charged or released, never both."""
    for _round in range(5):
        wallet = rich()
        one = case(wallet=wallet)
        outcomes = at_once(lambda one=one: approve(one), *(lambda one=one, verb=verb: verb(one) for verb in others))
        one.refresh_from_db()
        assert outcomes.count("done") == 1, outcomes
        assert set(outcomes) - {"done"} <= {"409 case_already_decided"}, outcomes
        approved = one.status == CaseStatus.APPROVED
        assert euros(wallet) == (90 if approved else 100)
        assert TierChange.objects.filter(client=wallet.client).count() == int(approved)
        assert Client.objects.get(pk=wallet.client.pk).verification_level == (2 if approved else 1)
        decided = AuditEvent.objects.filter(subject_reference=one.reference, action__in=["kyc.approved", "kyc.declined"])
        assert decided.count() == 1


@pytest.mark.django_db
@pytest.mark.spec("TIE-04", "KYC-08")
def test_what_a_decline_releases_pays_for_the_next_case():
    wallet = rich("15")
    one = case(wallet=wallet)
    decline(one)
    case(wallet=wallet)
    assert euros(wallet) == 5
