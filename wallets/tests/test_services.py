"""Making, closing, reopening and finding wallets (WAL-01, WAL-02, WAL-03, WAL-06)."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.enums import Face
from accounts.tests.factories import user
from assets.tests.factories import digital_asset
from audit.models import AuditEvent
from audit.services import IllegalTransition
from clients.enums import ClientType
from clients.services import create_client
from clients.tests.factories import client_of_type
from core.actors import SystemActor
from core.registries import visible
from organisations.tests.factories import organisation
from wallets import services
from wallets.enums import WalletOwner
from wallets.models import Wallet
from wallets.selectors import issuer_wallet, issuing_wallet, matching, outside_wallet, wallet_of
from wallets.tests.factories import client_wallet, issued_by, organisation_wallet, own_wallet

pytestmark = pytest.mark.django_db
ACTOR = SystemActor("tests")


@pytest.mark.spec("WAL-02", "WAL-06")
def test_each_wallet_has_an_address_in_eip_55_form():
    wallets = [client_wallet(), organisation_wallet(), own_wallet()]
    addresses = {wallet.address for wallet in wallets}
    assert len(addresses) == 3
    assert all(re.fullmatch(r"0x[0-9a-fA-F]{40}", address) and address.lower() != address for address in addresses)
    assert [wallet.is_hot for wallet in wallets] == [False, True, True]
    assert AuditEvent.objects.filter(action="wallets.created").count() == 3


@pytest.mark.spec("WAL-02")
def test_the_owner_fits_the_type():
    for wrong in (
        {"owner_type": WalletOwner.CLIENT},
        {"owner_type": WalletOwner.ORGANISATION, "client": client_of_type()},
        {"owner_type": WalletOwner.ISSUER, "organisation": organisation()},
        {"owner_type": WalletOwner.CLIENT, "client": client_of_type(is_test=True)},
        {"owner_type": WalletOwner.ISSUER, "name": "two\nlines"},
    ):
        with pytest.raises(services.InvalidWallet):
            services.create_wallet(actor=ACTOR, now=timezone.now(), **wrong)


@pytest.mark.spec("WAL-03")
def test_closed_and_reopened():
    wallet = organisation_wallet()
    services.close_wallet(wallet_id=wallet.pk, reason="Shop closed", actor=ACTOR, now=timezone.now())
    wallet.refresh_from_db()
    assert not wallet.is_open
    assert wallet.closed_at is not None
    with pytest.raises(IllegalTransition), transaction.atomic():
        services.close_wallet(wallet_id=wallet.pk, actor=ACTOR, now=timezone.now())
    assert services.reopen_wallet(wallet_id=wallet.pk, actor=ACTOR, now=timezone.now()).is_open
    event = AuditEvent.objects.get(action="wallets.closed")
    assert event.organisation == wallet.organisation.reference


@pytest.mark.spec("WAL-03")
def test_wallets_that_are_needed_stay_open():
    asset = digital_asset()
    issued_by(asset, own_wallet())
    for wallet in (issuer_wallet(), outside_wallet(), issuing_wallet(asset)):
        with pytest.raises(services.WalletNeeded), transaction.atomic():
            services.close_wallet(wallet_id=wallet.pk, actor=ACTOR, now=timezone.now())


@pytest.mark.spec("WAL-03")
@pytest.mark.django_db(transaction=True)
def test_of_those_who_close_at_once_one_does():
    wallet = organisation_wallet()

    def close(_number):
        try:
            services.close_wallet(wallet_id=wallet.pk, actor=ACTOR, now=timezone.now())
        except IllegalTransition:
            return 0
        finally:
            connection.close()
        return 1

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(close, range(6))) == 1
    assert AuditEvent.objects.filter(action="wallets.closed").count() == 1


@pytest.mark.spec("WAL-01", "WAL-06")
def test_an_address_is_found_in_any_case_and_by_a_fragment():
    wallet, _other = client_wallet(), client_wallet()
    for text in (wallet.address, wallet.address.upper(), wallet.address.lower()[9:25], wallet.reference.lower(), f" {wallet.address} "):
        assert Wallet.objects.filter(matching(text)).get() == wallet
    assert not Wallet.objects.filter(matching("0x1")).exists()
    assert not Wallet.objects.filter(matching("%" * 8)).exists()


@pytest.mark.spec("WAL-01")
def test_a_fragment_is_found_by_its_index():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Wallet.objects.filter(matching("abcdef12")).explain()
    assert "wallet_search" in plan


@pytest.mark.spec("WAL-01", "USR-04")
def test_a_merchant_sees_its_own_wallets_alone():
    own, _other, _client = organisation_wallet(), organisation_wallet(), client_wallet()
    cashier = user(Face.MERCHANT, organisations=[own.organisation])
    assert list(visible(Wallet, cashier)) == [own]
    confined = user(Face.ISSUER, organisations=[own.organisation])
    assert list(visible(Wallet, confined)) == [own]
    assert visible(Wallet, user(Face.ISSUER)).count() == Wallet.objects.count()


@pytest.mark.spec("WAL-02")
def test_a_clients_wallet_is_its_oldest_open_one():
    client = client_of_type()
    with pytest.raises(Wallet.DoesNotExist):
        wallet_of(client.pk)
    first, second = client_wallet(client), client_wallet(client)
    assert wallet_of(client.pk) == first
    services.close_wallet(wallet_id=first.pk, actor=ACTOR, now=timezone.now())
    assert wallet_of(client.pk) == second


def test_a_name_changes_and_is_written_down():
    wallet = own_wallet("Till")
    assert services.rename_wallet(wallet_id=wallet.pk, name=" Front till ", actor=ACTOR, now=timezone.now()).name == "Front till"
    services.rename_wallet(wallet_id=wallet.pk, name="Front till", actor=ACTOR, now=timezone.now())
    assert AuditEvent.objects.filter(action="wallets.renamed").count() == 1


@pytest.mark.spec("WAL-02")
@pytest.mark.parametrize("is_test", [False, True])
def test_a_client_gets_a_wallet_at_sign_up(is_test):
    client = create_client(
        type=ClientType.PERSON,
        email="new@example.com",
        first_name="Anna",
        last_name="Ozola",
        is_test=is_test,
        actor=ACTOR,
        now=timezone.now(),
    )
    assert wallet_of(client.pk).is_test is is_test
