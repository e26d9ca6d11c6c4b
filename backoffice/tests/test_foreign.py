"""Guard 2 of DESIGN section 3: whatever belongs to another organisation, or to a wallet that one isn't given, is not there (USR-04,
USR-14, A2). Every door with a name in its address, every list, export, form and prefill, for a merchant's person, an
administrator confined to one organisation and a cashier restricted to one wallet."""

import csv
import io
import re
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Face
from accounts.models import Profile, User
from accounts.services import erase_user
from accounts.services.granting import NotYours
from accounts.services.invitations import invite_user
from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent
from backoffice.tests.doors import MATRIX, address_of, pages
from backoffice.tests.makers import TESTS
from core.registries import is_narrowed, visible
from ledger.models import Operation
from orders.tests.factories import asset_for_sale, stock
from organisations.api_keys import UnfitScopes, create_key
from organisations.models import ApiKey
from organisations.tests.factories import organisation
from wallets.access import choose_wallets
from wallets.models import Wallet
from wallets.selectors import issuer_wallet
from wallets.services import InvalidWallet, create_wallet
from wallets.tests.factories import organisation_wallet

pytestmark = pytest.mark.django_db

# What doesn't belong to any organisation: everybody's with the right (assets, rates, the profiles to give), or one's own.
EVERYBODYS = (
    "asset", "rate", "profile", "export", "view", "schedule", "notification", "branding", "settings", "account", "mfa", "session",
    "commission", "mail-template",
)  # fmt: skip


def everybodys(name: str) -> bool:
    return f"{name.removeprefix('merchant-').replace('_', '-')}-".startswith(tuple(f"{one}-" for one in EVERYBODYS))


def text_of(response) -> str:
    return unescape(response.content.decode())


@pytest.mark.spec("USR-04", "A2")
@pytest.mark.parametrize("face", Face.values)
def test_every_door_to_somebody_else_s_row_is_404_whatever_one_s_rights(face):
    confined, stranger = user(face, organisations=[organisation()]), user(Face.MERCHANT, organisations=[organisation()])
    browser, made, wrong, tried = sign_in(confined), {}, [], 0
    for door in pages():
        if "<" not in door.route or door.right == "public" or door.face not in (face, "any") or everybodys(door.name):
            continue
        address = address_of(door, stranger, made)
        tried += 1
        for method in ("get", "post"):
            status = getattr(browser, method)(address).status_code
            if status != 404 and (method, status) != ("post", 405):
                wrong.append((door.name, method, status))
    assert wrong == []
    assert tried > 15


@pytest.mark.spec("USR-04", "A2")
def test_a_merchant_gets_404_on_every_page_for_what_is_not_there():
    browser, wrong = sign_in(user(Face.MERCHANT, organisations=[organisation()])), []
    for door in pages():
        if "<" in door.route and door.face == Face.MERCHANT:
            address = "/" + re.sub(r"<\w+:\w+>", "XXX-00000000", door.route)
            wrong += [(door.name, method) for method in ("get", "post") if getattr(browser, method)(address).status_code not in (404, 405)]
    assert wrong == []


class Shops:
    """Two organisations with people, wallets that moved something, keys and events; and names that give them away."""

    def __init__(self) -> None:
        self.ours, self.theirs = organisation(name="Kafejnīca Mēs"), organisation(name="Boulangerie Eux")
        self.asset = asset_for_sale(code="AMBER")
        stock(self.asset)
        for name, one in (("ours", self.ours), ("theirs", self.theirs)):
            wallets = [organisation_wallet(one, name=f"{name} till {number}") for number in (1, 2)]
            setattr(self, f"{name}_wallets", wallets)
            setattr(self, f"{name}_person", user(Face.MERCHANT, rights=[], organisations=[one], last_name=f"Person{name}"))
            setattr(
                self,
                f"{name}_key",
                create_key(actor=TESTS, now=timezone.now(), name=f"Key{name}", scopes=["wallets.see"], organisation=one)[0],
            )
            for wallet in wallets:
                move(self.asset, wallet)

    @property
    def foreign(self) -> list[str]:
        """What must never be read."""
        return [
            self.theirs.name, self.theirs.reference, self.theirs_person.reference, self.theirs_person.last_name, self.theirs_key.reference,
            *(wallet.reference for wallet in self.theirs_wallets), *(wallet.address for wallet in self.theirs_wallets),
        ]  # fmt: skip


def move(asset, wallet) -> Operation:
    from transactions.services.transfers import transfer_manually  # noqa: PLC0415 - only these tests need it

    transfer_manually(
        asset=asset, sender=issuer_wallet(), receiver=wallet, quantity=Decimal(5), comment="Start", expires_on=None, count=None,
        actor=TESTS, now=timezone.now(),
    )  # fmt: skip
    return Operation.objects.latest("id")


def lists_of(face: str) -> list[str]:
    """The addresses of the face's lists, its first page and its forms without a row."""
    return [
        "/" + door.route
        for door in pages()
        if door.face == face and "<" not in door.route and door.right != "public" and not door.name.startswith(("account", "mfa"))
    ]


@pytest.mark.spec("USR-04", "A2", "EXP-X1")
@pytest.mark.parametrize("face", Face.values)
def test_no_list_form_prefill_or_export_tells_of_another_organisation(face):
    shops = Shops()
    browser, told, exported = sign_in(user(face, organisations=[shops.ours])), [], 0
    queries = [{}, {"organisation": shops.theirs.reference}, {"q": "till"}, {"owner": "Boulangerie"}]
    queries += [{"sender": shops.theirs_wallets[0].reference, "receiver": shops.theirs_wallets[0].reference, "asset": "AMBER"}]
    for address in lists_of(face):
        for query in queries:
            response = browser.get(address, query)
            page = text_of(response) if response.get("Content-Type", "").startswith("text/html") else ""
            for echoed in query.values():
                page = page.replace(f'value="{echoed}"', "").replace(f"{echoed}", "") if echoed else page
            told += [(address, query, word) for word in shops.foreign if word in page]
        answer = browser.post(address, {"export": "csv-all"})
        if answer.status_code == 200 and "attachment" in answer.get("Content-Disposition", ""):
            exported += 1
            file = b"".join(answer.streaming_content).decode()
            told += [(address, "export", word) for word in shops.foreign if word in file]
            assert list(csv.reader(io.StringIO(file)))
    assert told == []
    assert exported >= 4


@pytest.mark.spec("USR-04", "A2", "A3")
@pytest.mark.parametrize(("face", "root"), [(Face.ISSUER, ""), (Face.MERCHANT, "/merchant")])
def test_no_form_takes_another_organisation_s_name(face, root):
    shops = Shops()
    browser = sign_in(user(face, organisations=[shops.ours]))
    desk = user(Face.MERCHANT, rights=["wallets.see"]).profiles.get()
    person = {"email": "x@example.com", "first_name": "X", "last_name": "Y", "language": "en", "profiles": [desk.reference]}
    ours, theirs = shops.ours_person.reference, shops.theirs
    invite = "/users/invite/merchant/" if face == Face.ISSUER else "/merchant/users/invite/"
    before = (User.objects.count(), Wallet.objects.count(), ApiKey.objects.count())
    for address, values in (
        (f"{root}/wallets/new/", {"owner_type": "organisation", "organisation": theirs.reference, "name": "Mine"}),
        (f"{root}/wallets/new/", {"owner_type": "issuer", "name": "Mine"}),
        (f"{root}/keys/new/", {"name": "Mine", "scopes": ["wallets.see"], "organisation": theirs.reference}),
        (f"{root}/users/{ours}/organisations/", {"organisations": [theirs.reference]}),
        (f"{root}/users/{ours}/wallets/", {"wallets": [shops.theirs_wallets[0].reference]}),
    ):
        key = re.search(r'name="operation_key" value="([^"]+)"', text_of(browser.get(address)))[1]
        assert browser.post(address, {"operation_key": key, **values}).status_code == 422, address
    key = re.search(r'name="operation_key" value="([^"]+)"', text_of(browser.get(invite)))[1]
    browser.post(invite, {"operation_key": key, **person, "organisations": [theirs.reference]})
    made = User.objects.filter(email="x@example.com").first()
    assert made is None or made.organisation_ids == {shops.ours.pk}, "who has one organisation isn't asked: it is theirs"
    User.objects.filter(email="x@example.com").delete()
    assert (User.objects.count(), Wallet.objects.count(), ApiKey.objects.count()) == before
    assert shops.ours_person.organisation_ids == {shops.ours.pk}


def restricted(shops: Shops, rights: list[str] | None = None) -> User:
    """A person of ours who is given the first till's wallet alone."""
    cashier = user(Face.MERCHANT, rights=rights, organisations=[shops.ours])
    choose_wallets(user=cashier, wallets=[shops.ours_wallets[0]], actor=TESTS, now=timezone.now())
    return User.objects.get(pk=cashier.pk)


@pytest.mark.spec("USR-14", "A2")
def test_a_cashier_sees_the_till_s_wallet_and_nothing_of_the_others():
    shops = Shops()
    mine, other = shops.ours_wallets
    cashier = restricted(shops)
    browser = sign_in(cashier)
    assert [row.pk for row in browser.get("/merchant/wallets/").context["slice"].rows] == [mine.pk]
    assert browser.get(f"/merchant/wallets/{mine.reference}/").status_code == 200
    assert mine.reference in text_of(browser.get(f"/merchant/wallets/{mine.reference}/?tab=operations"))
    for path in ("", "?tab=operations", "rename/", "close/", "reopen/"):
        assert browser.get(f"/merchant/wallets/{other.reference}/{path}").status_code == 404
        assert browser.post(f"/merchant/wallets/{other.reference}/{path}").status_code in (404, 405)
    file = b"".join(browser.post("/merchant/wallets/", {"export": "csv-all"}).streaming_content).decode()
    assert mine.reference in file
    assert other.reference not in file
    assert set(visible(Wallet, cashier)) == {mine}
    operations = visible(Operation, cashier)
    assert operations.exists()
    assert all(mine.pk in (row.sender_id, row.receiver_id) for row in operations)
    told = [
        (address, word)
        for address in lists_of(Face.MERCHANT)
        for word in (other.reference, other.name)
        if word in text_of(browser.get(address))
    ]
    assert told == []


@pytest.mark.spec("USR-14")
def test_without_wallet_rows_all_of_the_organisation_s_are_seen_and_a_new_choice_bites_at_once():
    shops = Shops()
    cashier = user(Face.MERCHANT, organisations=[shops.ours])
    browser = sign_in(cashier)

    def seen() -> set[int]:
        return {row.pk for row in browser.get("/merchant/wallets/").context["slice"].rows}

    first, second = shops.ours_wallets
    assert seen() == {first.pk, second.pk}
    choose_wallets(user=cashier, wallets=[second], actor=TESTS, now=timezone.now())
    assert seen() == {second.pk}
    choose_wallets(user=cashier, wallets=[], actor=TESTS, now=timezone.now())
    assert seen() == {first.pk, second.pk}
    events = AuditEvent.objects.filter(action="users.wallets_chosen").order_by("id")
    assert [event.changes["wallets"] for event in events] == [[[], [second.reference]], [[second.reference], []]]
    assert {event.organisation for event in events} == {shops.ours.reference}


@pytest.mark.spec("USR-14", "USR-03")
def test_who_sees_some_wallets_alone_hands_nothing_on():
    shops = Shops()
    cashier, now = restricted(shops), timezone.now()
    assert is_narrowed(cashier)
    with pytest.raises(NotYours):
        invite_user(
            actor=cashier, now=now, face=Face.MERCHANT, email="a@example.com", first_name="A", last_name="B", profiles=[],
            organisations=[shops.ours.pk],
        )  # fmt: skip
    with pytest.raises(NotYours):
        choose_wallets(user=shops.ours_person, wallets=[], actor=cashier, now=now)
    with pytest.raises(UnfitScopes):
        create_key(actor=cashier, now=now, name="All", scopes=["wallets.see"], organisation=shops.ours)
    with pytest.raises(InvalidWallet):
        create_wallet(owner_type="organisation", organisation=shops.ours, actor=cashier, now=now)
    assert not visible(ApiKey, cashier).exists()
    assert not visible(AuditEvent, cashier).exists()
    with pytest.raises(NotYours):
        choose_wallets(user=shops.ours_person, wallets=[shops.theirs_wallets[0]], actor=TESTS, now=now)
    with pytest.raises(NotYours):
        choose_wallets(user=user(), wallets=[shops.ours_wallets[0]], actor=TESTS, now=now)


@pytest.mark.spec("USR-14", "USR-11")
def test_a_deleted_cashier_s_wallets_are_forgotten():
    shops = Shops()
    cashier = restricted(shops)
    erase_user(user=cashier, actor=user(), now=timezone.now())
    assert not Wallet.objects.filter(accesses__user=cashier).exists()


@pytest.mark.spec("USR-14", "UIX-01")
def test_the_restriction_costs_no_statement():
    shops = Shops()
    counts = []
    for person in (user(Face.MERCHANT, organisations=[shops.ours]), restricted(shops)):
        browser = sign_in(person)
        browser.get("/merchant/wallets/")
        with CaptureQueriesContext(
            connection,
        ) as statements:
            browser.get("/merchant/wallets/")
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 6


@pytest.mark.spec("USR-04", "AUD-02", "A2")
def test_a_merchant_s_trail_is_its_own_and_names_nobody_of_the_issuer():
    shops, administrator = Shops(), user(first_name="Marta", last_name="Vanaga")
    sign_in(administrator)
    merchant = user(Face.MERCHANT, organisations=[shops.ours])
    issuer_browser, browser = sign_in(administrator), sign_in(merchant)
    address = f"/organisations/{shops.ours.reference}/edit/"
    key = re.search(r'name="operation_key" value="([^"]+)"', text_of(issuer_browser.get(address)))[1]
    issuer_browser.post(address, {"operation_key": key, "name": "Kafejnīca Jaunā", "external_reference": ""})
    trail = text_of(browser.get("/merchant/audit/"))
    assert "Organisation edited" in trail
    assert shops.theirs.reference not in trail
    event = AuditEvent.objects.get(action="organisations.edited")
    for page in ("/merchant/audit/", f"/merchant/audit/{event.reference}/", f"/merchant/organisations/{shops.ours.reference}/"):
        words = text_of(browser.get(page))
        assert administrator.reference in words
        assert "Vanaga" not in words
        assert "127.0.0.1" not in words
    confined = sign_in(user(organisations=[shops.ours]))
    listed = confined.get("/audit/").context["slice"].rows
    assert listed
    assert {row.organisation for row in listed} == {shops.ours.reference}


@pytest.mark.spec("USR-10", "USR-04")
def test_a_merchant_administrator_manages_the_own_people_through_pages():
    ours = organisation(name="Kafejnīca Mēs")
    cashier = Profile.objects.create(name="Till", face=Face.MERCHANT, rights=["wallets.see"])
    browser = sign_in(user(Face.MERCHANT, organisations=[ours]))
    address = "/merchant/users/invite/"
    key = re.search(r'name="operation_key" value="([^"]+)"', text_of(browser.get(address)))[1]
    values = {"email": "pauls@example.com", "first_name": "Pauls", "last_name": "Ozols", "language": "lv", "profiles": [cashier.reference]}
    assert browser.post(address, {"operation_key": key, **values}).status_code == 302
    made = User.objects.get(email="pauls@example.com")
    assert (made.face, made.organisation_ids, made.status) == (Face.MERCHANT, {ours.pk}, "invited")
    place = f"/merchant/users/{made.reference}/"
    page = text_of(browser.get(place))
    for word in ("Send invitation again", "Till", "Kafejnīca Mēs", "Restrict to wallets"):
        assert word in page
    assert 'href="/users/' not in page
    for tab in ("rights", "activity", "sessions", "wallets"):
        assert browser.get(f"{place}?tab={tab}").status_code == 200, tab
    revoke = place + "revoke-invitation/"
    key = re.search(r'name="operation_key" value="([^"]+)"', text_of(browser.get(revoke)))[1]
    assert browser.post(revoke, {"operation_key": key})["Location"] == place
    assert User.objects.get(pk=made.pk).status == "deactivated"


@pytest.mark.spec("USR-04")
def test_no_link_on_the_merchant_face_leads_to_the_issuer_s():
    shops = Shops()
    merchant = user(Face.MERCHANT, organisations=[shops.ours])
    browser, made, wrong = sign_in(merchant), {}, []
    issuers = [re.compile("^/" + re.sub(r"<\w+:\w+>", "[^/]+", door.route) + "$") for door in pages() if door.face == Face.ISSUER]
    for door in pages():
        if door.face != Face.MERCHANT:
            continue
        page = text_of(browser.get(address_of(door, merchant, made)))
        for link in set(re.findall(r'(?:href|hx-get|action)="(/[^"?#]*)', page)):
            if any(pattern.match(link) for pattern in issuers):
                wrong.append((door.name, link))
    assert wrong == []


def test_the_merchant_face_is_walked():
    assert sum(face == "merchant" for face, _right in MATRIX.values()) > 25
