"""Users and profiles through their pages, as an administrator uses them (USR-03, USR-10, USR-11, USR-13)."""

import re
from html import unescape

import pytest
from django.utils import timezone

from accounts.enums import Face, UserStatus
from accounts.models import Profile, User
from accounts.services import sync_default_profiles
from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent
from core.actors import SystemActor
from messaging.models import OutgoingMail
from organisations.tests.factories import organisation

pytestmark = pytest.mark.django_db
PERSON = {"first_name": "Ilze", "last_name": "Kalna", "phone": "+371 20 000 123", "language": "lv"}


def text_of(response) -> str:
    return unescape(response.content.decode())


def fill(browser, address: str, **values: object):
    """Open the form and send it."""
    page = browser.get(address)
    assert page.status_code == 200, page.status_code
    key = re.search(r'name="operation_key" value="([^"]+)"', page.content.decode())[1]
    return browser.post(address, {"operation_key": key, **values})


def profile(*rights: str, face: str = Face.ISSUER, name: str = "") -> Profile:
    return Profile.objects.create(name=name or f"Profile {Profile.objects.count()}", face=face, rights=sorted(rights))


@pytest.mark.spec("USR-10")
def test_a_colleague_is_invited_found_and_shown():
    browser, support, ours = sign_in(user()), profile("clients.see", name="Front desk"), organisation(name="Kafejnīca Ostā")
    sent = fill(browser, "/users/invite/", email="ilze@example.com", profiles=[support.reference], organisations=[ours.reference], **PERSON)
    assert sent.status_code == 302
    made = User.objects.get(email="ilze@example.com")
    assert (made.status, made.language, made.phone, made.organisation_ids) == (UserStatus.INVITED, "lv", "+37120000123", {ours.pk})
    assert OutgoingMail.objects.get().to == "ilze@example.com"
    for query in ({"q": "kalna"}, {"status": "invited"}, {"profiles": support.reference}, {"organisation": "ostā"}):
        assert [row.pk for row in browser.get("/users/", query).context["slice"].rows] == [made.pk], query
    listed = text_of(browser.get("/users/"))
    assert "Front desk" in listed
    assert "Kafejnīca Ostā" in listed
    page = text_of(browser.get(f"/users/{made.reference}/"))
    for word in ("Invited", "Front desk", "Kafejnīca Ostā", "Invitation works until", "Send invitation again", "Revoke invitation"):
        assert word in page
    assert "Deactivate user" not in page


@pytest.mark.spec("USR-10")
def test_bad_input_is_said_at_its_field_and_makes_nobody():
    browser, desk = sign_in(user()), profile("clients.see")
    existing, before = user(), User.objects.count()
    good = {"email": "ilze@example.com", "profiles": [desk.reference], **PERSON}
    for wrong, words in (
        ({"email": "nobody"}, "Write an e-mail address"),
        ({"email": existing.email.upper()}, "Another user has this e-mail address."),
        ({"phone": "12"}, "country's code"),
        ({"first_name": "Il\u202eze"}, "invisible"),
        ({"profiles": []}, "required"),
        ({"profiles": [profile(face=Face.MERCHANT).reference]}, "valid choice"),
        ({"language": "xx"}, "valid choice"),
    ):
        answer = fill(browser, "/users/invite/", **good | wrong)
        assert (answer.status_code, words in text_of(answer)) == (422, True), (wrong, text_of(answer)[-3000:])
    assert User.objects.count() == before
    assert not OutgoingMail.objects.exists()


@pytest.mark.spec("USR-10", "USR-03")
def test_profiles_above_one_s_own_rights_are_not_offered_nor_taken():
    lower = user(rights=["users.see", "users.edit", "clients.see"])
    user()
    mine, above = profile("clients.see", name="Reader"), profile("clients.edit", name="Editor")
    browser, someone = sign_in(lower), user(rights=[])
    for address in ("/users/invite/", f"/users/{someone.reference}/profiles/"):
        page = text_of(browser.get(address))
        assert "Reader" in page
        assert "Editor" not in page
    assert fill(browser, f"/users/{someone.reference}/profiles/", profiles=[above.reference]).status_code == 422
    assert fill(browser, f"/users/{someone.reference}/profiles/", profiles=[mine.reference]).status_code == 302
    assert User.objects.get(pk=someone.pk).rights == {"clients.see"}


@pytest.mark.spec("USR-11", "USR-13")
def test_a_user_is_edited_deactivated_reactivated_and_deleted_by_pages_that_say_what_happens():
    administrator, someone = user(first_name="Marta"), user(rights=["clients.see"], email="old@example.com")
    browser, place = sign_in(administrator), f"/users/{someone.reference}/"
    assert fill(browser, place + "edit/", **PERSON).status_code == 302
    assert fill(browser, place + "deactivate/", comment="On leave").status_code == 302
    page = text_of(browser.get(place))
    for word in ("Deactivated", "On leave", "Marta", "Ilze", "Reactivate user"):
        assert word in page
    assert fill(browser, place + "reactivate/").status_code == 302
    dialog = text_of(browser.get(place + "delete/"))
    for word in ("for ever", "audit trail", someone.reference, "login is free again", "can't be undone"):
        assert word in dialog
    assert fill(browser, place + "delete/", login="other@example.com").status_code == 422
    assert fill(browser, place + "delete/", login="Old@example.com").status_code == 302
    page = text_of(browser.get(place))
    assert "Deleted" in page
    assert "Kalna" not in page
    assert "On leave" not in page
    assert "old@example.com" not in text_of(browser.get("/users/"))
    for word in ("Edit user", "Reactivate", "Change profiles"):
        assert word not in page


@pytest.mark.spec("USR-11", "USR-03")
def test_one_s_own_account_and_those_above_offer_no_change_and_say_why():
    administrator, lower = user(), user(rights=["users.see", "users.edit"])
    own = text_of(sign_in(administrator).get(f"/users/{administrator.reference}/"))
    above = text_of(sign_in(lower).get(f"/users/{administrator.reference}/"))
    assert "Nobody does this to their own account" in own
    assert "You can't give or take away what you don't hold yourself" in above
    for page in (own, above):
        for word in ("Deactivate user", "Change profiles", "Delete user"):
            assert word not in page
        assert "Edit user" in page
    refused = fill(sign_in(lower), f"/users/{administrator.reference}/deactivate/")
    assert (refused.status_code, User.objects.get(pk=administrator.pk).is_active) == (422, True)


@pytest.mark.spec("USR-13")
def test_the_page_shows_rights_with_their_profiles_what_was_done_and_sessions():
    administrator, someone = user(), user(rights=["clients.see"])
    someone.profiles.add(profile("clients.see", "wallets.see", name="Second"))
    sign_in(someone)
    browser = sign_in(administrator)
    rights = text_of(browser.get(f"/users/{someone.reference}/?tab=rights"))
    assert "clients.see" in rights
    assert "Second" in rights
    assert "2 rights" in rights
    fill(browser, f"/users/{someone.reference}/edit/", **PERSON)
    did = text_of(browser.get(f"/users/{administrator.reference}/?tab=activity"))
    assert "User edited" in did
    assert someone.reference in did
    assert browser.get(f"/users/{someone.reference}/?tab=sessions").status_code == 200
    reader = sign_in(user(rights=["users.see"]))
    assert reader.get(f"/users/{someone.reference}/?tab=activity").status_code == 404, "the trail has a right of its own"


@pytest.mark.spec("USR-03")
def test_a_profile_is_created_and_its_change_is_shown_before_it_is_saved():
    browser = sign_in(user())
    assert fill(browser, "/profiles/new/", name="Front desk", rights=["clients.see", "orders.see"]).status_code == 302
    desk = Profile.objects.get(name="Front desk")
    person, address = user(profile=desk), f"/profiles/{desk.reference}/edit/"
    key = re.search(r'name="operation_key" value="([^"]+)"', text_of(browser.get(address)))[1]
    values = {"operation_key": key, "name": "Desk", "rights": ["clients.see", "clients.edit"]}
    shown = browser.post(address, values)
    page = text_of(shown)
    assert shown.status_code == 422
    for word in ("1 user has this profile", "Save changes", "Create and edit clients", "See orders", "has it"):
        assert word in page
    assert Profile.objects.get(pk=desk.pk).rights == ["clients.see", "orders.see"]
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', page)[1]
    assert browser.post(address, values | {"rights": ["clients.edit"], "seen": seen}).status_code == 422, (
        "another difference is shown first"
    )
    assert browser.post(address, values | {"seen": seen}).status_code == 302
    desk.refresh_from_db()
    assert (desk.name, desk.rights) == ("Desk", ["clients.edit", "clients.see"])
    assert User.objects.get(pk=person.pk).rights == {"clients.edit", "clients.see"}
    assert AuditEvent.objects.filter(action="profiles.edited", subject_id=str(desk.pk)).count() == 1


@pytest.mark.spec("USR-03")
def test_a_change_by_somebody_else_meanwhile_is_shown_instead_of_lost():
    browser, desk = sign_in(user()), profile("clients.see")
    address = f"/profiles/{desk.reference}/edit/"
    key = re.search(r'name="operation_key" value="([^"]+)"', text_of(browser.get(address)))[1]
    values = {"operation_key": key, "name": desk.name, "rights": ["clients.see", "clients.edit"]}
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', text_of(browser.post(address, values)))[1]
    Profile.objects.filter(pk=desk.pk).update(rights=["clients.see", "wallets.see"])
    again = browser.post(address, values | {"seen": seen})
    assert (again.status_code, "See wallets" in text_of(again)) == (422, True)
    assert Profile.objects.get(pk=desk.pk).rights == ["clients.see", "wallets.see"]


@pytest.mark.spec("USR-03")
def test_rights_not_held_stand_locked_and_stay_whatever_is_posted():
    user()
    lower, desk = user(rights=["profiles.see", "profiles.edit", "clients.see"]), profile("clients.edit", "clients.see")
    browser, address = sign_in(lower), f"/profiles/{desk.reference}/edit/"
    page = text_of(browser.get(address))
    assert re.search(r'value="clients.edit"[^>]*checked[^>]*disabled', page)
    key = re.search(r'name="operation_key" value="([^"]+)"', page)[1]
    values = {"operation_key": key, "name": desk.name, "rights": ["users.edit"]}
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', text_of(browser.post(address, values)))[1]
    browser.post(address, values | {"seen": seen})
    assert Profile.objects.get(pk=desk.pk).rights == ["clients.edit"]


@pytest.mark.spec("USR-03")
def test_one_s_own_profile_offers_a_copy_alone_and_one_in_use_asks_where_its_users_go():
    administrator = user()
    browser, own = sign_in(administrator), administrator.profiles.get()
    page = text_of(browser.get(f"/profiles/{own.reference}/"))
    assert "You have this profile yourself" in page
    assert "Edit profile" not in page
    assert fill(browser, f"/profiles/{own.reference}/copy/", name="Deputy").status_code == 302
    deputy = Profile.objects.get(name="Deputy")
    assert deputy.rights == own.rights
    person, desk = user(profile=deputy), profile("clients.see", name="Front desk")
    assert fill(browser, f"/profiles/{deputy.reference}/delete/").status_code == 422
    assert fill(browser, f"/profiles/{deputy.reference}/delete/", move_to=desk.reference).status_code == 302
    assert list(person.profiles.all()) == [desk]
    assert browser.get(f"/profiles/{deputy.reference}/").status_code == 404


@pytest.mark.spec("USR-03", "USR-02")
def test_a_default_profile_that_was_changed_is_reset_by_its_page():
    sync_default_profiles(actor=SystemActor("test"), now=timezone.now())
    support, browser = Profile.objects.get(name="Support"), sign_in(user())
    before = sorted(support.rights)
    assert "Reset to default" not in text_of(browser.get(f"/profiles/{support.reference}/"))
    Profile.objects.filter(pk=support.pk).update(rights=["clients.see", "keys.see"])
    page = text_of(browser.get(f"/profiles/{support.reference}/"))
    assert "Reset to default" in page
    assert "Delete profile" not in page
    assert fill(browser, f"/profiles/{support.reference}/reset/").status_code == 302
    assert sorted(Profile.objects.get(pk=support.pk).rights) == before


@pytest.mark.spec("USR-01", "USR-03")
def test_a_right_taken_away_bites_at_the_next_page():
    someone = user(rights=["clients.see"])
    browser, desk = sign_in(someone), someone.profiles.get()
    assert browser.get("/clients/").status_code == 200
    administrator = sign_in(user())
    address = f"/profiles/{desk.reference}/edit/"
    key = re.search(r'name="operation_key" value="([^"]+)"', text_of(administrator.get(address)))[1]
    values = {"operation_key": key, "name": desk.name}
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', text_of(administrator.post(address, values)))[1]
    assert administrator.post(address, values | {"seen": seen}).status_code == 302
    assert browser.get("/clients/").status_code == 403


@pytest.mark.spec("UIX-01")
def test_lists_of_users_and_profiles_stay_within_six_statements(django_assert_max_num_queries):
    for _number in range(12):
        user(organisations=[organisation()])
    browser = sign_in(user())
    for address in ("/users/", "/profiles/"):
        browser.get(address)
        with django_assert_max_num_queries(6):
            browser.get(address)
