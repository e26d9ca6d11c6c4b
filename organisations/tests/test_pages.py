"""Organisations and keys through their pages (ORG-02, API-03)."""

import re

import pytest

from accounts.enums import Face
from accounts.tests.factories import sign_in, user
from organisations.api_keys import authenticate
from organisations.enums import Right, Scope
from organisations.models import ApiKey, Organisation
from organisations.tests.factories import organisation

pytestmark = pytest.mark.django_db
EVERY = [*Right.values, *Scope.values, "users.see"]


def send(browser, address: str, **values: object):
    key = re.search(r'name="operation_key" value="([^"]+)"', browser.get(address).content.decode())[1]
    return browser.post(address, {"operation_key": key, **values}), key


@pytest.mark.spec("ORG-02")
def test_an_organisation_is_created_found_and_edited():
    browser = sign_in(user(rights=EVERY))
    send(browser, "/organisations/new/", name="Kafejnīca Rīga", external_reference="K-77")
    made = Organisation.objects.get()
    organisation(name="Cits")
    for term in ("kafejnīca", "K-77", made.reference.lower()):
        assert [row.pk for row in browser.get("/organisations/", {"q": term}).context["slice"].rows] == [made.pk]
    send(browser, f"/organisations/{made.reference}/edit/", name="Kafejnīca", external_reference="")
    assert Organisation.objects.get(pk=made.pk).name == "Kafejnīca"
    user(Face.MERCHANT, organisations=[made], last_name="Cashier")
    assert "Cashier" in browser.get(f"/organisations/{made.reference}/?tab=users").content.decode()


@pytest.mark.spec("USR-04")
def test_somebody_with_an_account_is_added_on_the_organisation_s_page_and_sees_it_at_once():
    ours, theirs = organisation(), organisation()
    person, administrator = user(Face.MERCHANT, organisations=[theirs]), user(rights=["organisations.see"])
    confined, browser = sign_in(user(organisations=[ours])), sign_in(user())
    address = f"/organisations/{ours.reference}/add-user/"
    response, _key = send(confined, address, person=person.email)
    assert (response.status_code, "Nobody has this login" in response.content.decode()) == (422, True), "whom one doesn't see one can't add"
    assert sign_in(person).get(f"/merchant/organisations/{ours.reference}/").status_code == 404
    for added in (person.email.upper(), administrator.reference):
        assert send(browser, address, person=added)[0].status_code == 302
    assert sign_in(person).get(f"/merchant/organisations/{ours.reference}/").status_code == 200
    assert [row.pk for row in sign_in(administrator).get("/organisations/").context["slice"].rows] == [ours.pk]
    people = browser.get(f"/organisations/{ours.reference}/?tab=users").content.decode()
    assert person.email in people
    assert administrator.email in people
    merchant = sign_in(person).get(f"/merchant/organisations/{ours.reference}/?tab=users").content.decode()
    assert administrator.email not in merchant, "the issuer's people aren't shown to a merchant"


@pytest.mark.spec("USR-04")
def test_a_merchant_renames_its_organisation_and_its_external_reference_stays():
    ours = organisation(external_reference="K-77")
    browser = sign_in(user(Face.MERCHANT, organisations=[ours]))
    assert browser.get("/merchant/organisations/")["Location"] == f"/merchant/organisations/{ours.reference}/"
    send(browser, f"/merchant/organisations/{ours.reference}/edit/", name="Kafejnīca Mēs", external_reference="X")
    ours.refresh_from_db()
    assert (ours.name, ours.external_reference) == ("Kafejnīca Mēs", "K-77")
    several = sign_in(user(Face.MERCHANT, organisations=[ours, organisation()]))
    assert len(several.get("/merchant/organisations/").context["slice"].rows) == 2


@pytest.mark.spec("API-03", "USR-04")
def test_a_merchant_makes_keys_of_its_own_with_a_merchant_s_scopes():
    ours = organisation()
    browser = sign_in(user(Face.MERCHANT, organisations=[ours]))
    page = browser.get("/merchant/keys/new/").content.decode()
    assert "wallets.see" in page
    assert "clients.see" not in page
    response, _key = send(browser, "/merchant/keys/new/", name="Till", scopes=["wallets.see"], organisation=ours.reference)
    raw = re.search(r'id="new-key">([^<]+)<', response.content.decode())[1]
    key = authenticate(raw)
    assert key.organisation == ours
    send(browser, f"/merchant/keys/{key.reference}/revoke/")
    assert authenticate(raw) is None


@pytest.mark.spec("USR-04")
def test_a_confined_administrator_gets_404_for_every_other_organisation():
    ours, theirs = organisation(), organisation()
    browser = sign_in(user(organisations=[ours]))
    assert browser.get(f"/organisations/{ours.reference}/").status_code == 200
    for path in ("", "edit/"):
        assert browser.get(f"/organisations/{theirs.reference}/{path}").status_code == 404
        assert browser.post(f"/organisations/{theirs.reference}/{path}").status_code in (404, 405)
    assert [row.pk for row in browser.get("/organisations/").context["slice"].rows] == [ours.pk]


@pytest.mark.spec("API-03")
def test_a_key_is_shown_once_works_and_is_revoked():
    browser = sign_in(user(rights=EVERY))
    shown, operation_key = send(browser, "/keys/new/", name="Mobile app", scopes=[Scope.ORDERS_SEE, Scope.ORDERS_ACT])
    raw = re.search(r'id="new-key">([^<]+)<', shown.content.decode())[1]
    key = ApiKey.objects.get()
    assert authenticate(raw) == key
    assert "no-store" in shown["Cache-Control"]
    again = browser.post(
        "/keys/new/", {"operation_key": operation_key, "name": "Mobile app", "scopes": [Scope.ORDERS_SEE, Scope.ORDERS_ACT]}
    )
    assert (again.status_code, again["Location"]) == (302, f"/keys/{key.reference}/")
    assert ApiKey.objects.count() == 1
    for address in ("/keys/", f"/keys/{key.reference}/"):
        page = browser.get(address).content.decode()
        assert key.prefix in page
        assert raw not in page
        assert key.secret_hash not in page
    send(browser, f"/keys/{key.reference}/revoke/", comment="Lost")
    assert authenticate(raw) is None
    assert "Revoked" in browser.get(f"/keys/{key.reference}/").content.decode()


@pytest.mark.spec("API-03", "USR-03")
def test_nobody_is_offered_scopes_they_do_not_hold():
    browser = sign_in(user(rights=[Right.KEYS_SEE, Right.KEYS_EDIT, "orders.see"]))
    page = browser.get("/keys/new/").content.decode()
    assert "orders.see" in page
    assert "orders.act" not in page
    response, _key = send(browser, "/keys/new/", name="Channel", scopes=["orders.act"])
    assert response.status_code == 422
    assert ApiKey.objects.count() == 0


@pytest.mark.spec("USR-04", "API-03")
def test_a_confined_administrator_makes_keys_for_its_organisations_alone():
    ours, theirs = organisation(), organisation()
    browser = sign_in(user(organisations=[ours]))
    for wanted in ("", theirs.reference):
        response, _key = send(browser, "/keys/new/", name="Till", scopes=[Scope.ASSETS_SEE], organisation=wanted)
        assert response.status_code == 422
    response, _key = send(browser, "/keys/new/", name="Till", scopes=[Scope.ASSETS_SEE], organisation=ours.reference)
    assert (response.status_code, ApiKey.objects.get().organisation) == (200, ours)
