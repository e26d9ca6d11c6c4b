"""What the database refuses about clients, and who sees them."""

import pytest
from django.db import IntegrityError, transaction

from accounts.enums import Face
from accounts.tests.factories import user
from clients.enums import ClientType, PersonRole
from clients.models import Client, CompanyPerson
from clients.tests.factories import client_of_type
from core.registries import visible
from organisations.tests.factories import organisation

pytestmark = pytest.mark.django_db


@pytest.mark.spec("CLI-02")
@pytest.mark.parametrize(
    ("client_type", "fields"),
    [
        (ClientType.PERSON, {"company_name": "SIA Bērzs"}),
        (ClientType.PERSON, {"registration_number": "40001"}),
        (ClientType.PERSON, {"first_name": "", "last_name": ""}),
        (ClientType.COMPANY, {"company_name": ""}),
        (ClientType.COMPANY, {"first_name": "Anna"}),
        (ClientType.COMPANY, {"birth_date": "1990-01-01"}),
    ],
)
def test_data_of_the_other_type_are_refused(client_type, fields):
    with pytest.raises(IntegrityError, match="client_data_fits_type"), transaction.atomic():
        client_of_type(client_type, **fields)


@pytest.mark.spec("CLI-02")
@pytest.mark.parametrize(("role", "share"), [(PersonRole.REPRESENTATIVE, 10), (PersonRole.OWNER, None), (PersonRole.OWNER, 0)])
def test_a_share_belongs_to_owners_alone(role, share):
    company = client_of_type(ClientType.COMPANY)
    with pytest.raises(IntegrityError, match="company_person_share_fits_role"), transaction.atomic():
        CompanyPerson.objects.create(client=company, role=role, first_name="Anna", last_name="Ozola", share=share)


@pytest.mark.spec("CLI-02")
def test_an_address_is_unique_without_regard_to_case_live_and_test_apart():
    client_of_type(email="anna@example.com")
    client_of_type(email="anna@example.com", is_test=True)
    with pytest.raises(IntegrityError, match="client_email_unique"), transaction.atomic():
        client_of_type(email="Anna@Example.com")


@pytest.mark.spec("USR-04")
def test_whoever_is_confined_to_organisations_sees_no_clients():
    somebody, ours = client_of_type(), organisation()
    assert set(visible(Client, user())) == {somebody}
    assert set(visible(Client, user(organisations=[ours]))) == set()
    assert set(visible(Client, user(Face.MERCHANT, organisations=[ours]))) == set()
