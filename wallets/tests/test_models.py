"""What PostgreSQL itself holds of wallets (WAL, API-05)."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from clients.enums import ClientType
from clients.models import Client
from organisations.models import Organisation
from wallets.enums import WalletOwner
from wallets.models import Wallet

pytestmark = pytest.mark.django_db


def wallet(owner_type=WalletOwner.ISSUER, **values):
    defaults = {"address": "0x" + "aB" * 20, "address_scheme": "create2-v1", "is_hot": owner_type != WalletOwner.CLIENT}
    return Wallet.objects.create(owner_type=owner_type, created_at=timezone.now(), **(defaults | values))


def client(**values):
    return Client.objects.create(
        type=ClientType.PERSON, email="a@example.com", first_name="Anna", last_name="Ozola", created_at=timezone.now(), **values
    )


@pytest.mark.spec("WAL-02")
@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "0x12"},
        {"address": "0x" + "zz" * 20},
        {"owner_type": WalletOwner.CLIENT},
        {"owner_type": WalletOwner.ORGANISATION},
        {"is_hot": False},
        {"status": "closed"},
        {"closed_at": datetime(2026, 1, 2, tzinfo=UTC)},
        {"owner_type": "nobody"},
    ],
    ids=str,
)
def test_the_database_refuses_what_no_wallet_can_be(wrong):
    with pytest.raises(IntegrityError):
        wallet(**wrong)


@pytest.mark.spec("API-05")
def test_a_test_client_has_no_live_wallet():
    with pytest.raises(IntegrityError, match="do not meet"):
        wallet(WalletOwner.CLIENT, client=client(is_test=True))


@pytest.mark.spec("WAL-02")
def test_what_a_wallet_is_stays():
    organisation = Organisation.objects.create(name="Shop", created_at=timezone.now())
    row = wallet()
    for change in (
        {"address": "0x" + "00" * 20},
        {"owner_type": WalletOwner.ORGANISATION, "organisation": organisation},
        {"is_hot": False},
        {"is_test": True},
    ):
        with pytest.raises(IntegrityError, match="fixed after creation"), transaction.atomic():
            Wallet.objects.filter(pk=row.pk).update(**change)
