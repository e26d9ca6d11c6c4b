"""The guards of every page: face, right, role, method, CSRF, and a GET that changes nothing (DESIGN section 3; A1, A2, A5)."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.views.generic import View
from ninja import NinjaAPI

from accounts.enums import Face
from accounts.models import Profile
from accounts.profiles import DEFAULT_PROFILES
from accounts.services import sync_default_profiles
from accounts.tests.factories import open_session, sign_in, user
from backoffice.api import api
from backoffice.tests.doors import API, MATRIX, NOTHING_TO_PROVE, OTHER_DOORS, PROVED_BESIDE, PROVING_RIGHTS, Door, address_of, pages, walk
from backoffice.tests.makers import TESTS
from core.registries import known_rights
from kit.dialogs import Action

FREE = ("public", "signed_in")
# What a GET may write beside an audit event: the session's and the browser's own rows.
OWN_TRACES = {"django_session", "usersessions_usersession", "audit_auditevent", "audit_auditpersonal", "accounts_signinthrottle"}


@pytest.mark.spec("USR-01")
def test_every_view_has_a_face_and_a_right_and_stands_in_the_matrix():
    found = {door.name: (door.face, door.right) for door in pages()}
    assert found == MATRIX
    for face, right in found.values():
        assert face in (*Face.values, "any")
        assert right in FREE or right in known_rights()


@pytest.mark.spec("ACC-07")
def test_what_moves_money_shows_a_key_or_gives_rights_asks_for_a_fresh_proof():
    asking = {door.name for door in pages() if getattr(door.view, "fresh_proof", False)}
    doing = {door.name for door in pages() if door.right in PROVING_RIGHTS and issubclass(getattr(door.view, "view_class", View), Action)}
    assert doing - asking - set(NOTHING_TO_PROVE) == set()
    assert asking >= PROVED_BESIDE
    assert set(NOTHING_TO_PROVE) <= doing - asking


@pytest.mark.spec("API-01")
def test_every_operation_of_the_api_asks_for_a_key():
    assert isinstance(api, NinjaAPI)
    operations = [one for _prefix, router in api._routers for view in router.path_operations.values() for one in view.operations]
    assert operations
    open_ones = [one.view_func.__name__ for one in operations if not one.auth_callbacks]
    assert open_ones == []


@pytest.mark.spec("USR-01")
def test_no_door_is_forgotten():
    assert {door.name for door in walk()} >= OTHER_DOORS
    names = [door.name for door in pages()]
    assert len(set(names)) == len(names)
    assert sum(door.route.startswith(API) for door in walk()) >= 3


def may_enter(door: Door, face: str, rights: set[str]) -> bool:
    return door.face in ("any", face) and (door.right in FREE or door.right in rights)


@pytest.mark.django_db
@pytest.mark.spec("USR-01", "USR-02", "USR-04")
@pytest.mark.parametrize("role", [*(profile.name for profile in DEFAULT_PROFILES), "no profile", "merchant without profile"])
def test_each_role_enters_its_doors_and_no_other(role):
    sync_default_profiles(actor=TESTS, now=timezone.now())
    if profile := Profile.objects.filter(name=role).first():
        someone = user(profile.face, profile=profile)
    else:
        someone = user(Face.MERCHANT if "merchant" in role else Face.ISSUER, rights=[])
    browser, made, wrong = sign_in(someone), {}, []
    for door in pages():
        if door.name in ("account_logout", "session-let-go"):
            continue  # the session ends
        address = address_of(door, someone, made)
        for method in ("get", "post"):
            status = getattr(browser, method)(address).status_code
            if may_enter(door, someone.face, someone.rights):
                expected = status in (200, 302, *NOTHING_THERE.get(door.name, ())) or (method, status) in REFUSED_FOR_ANOTHER_REASON
            elif door.face not in ("any", someone.face):
                expected = status == 404
            else:
                expected = status in (403, 404)  # 404 where the rows themselves are out of sight without the right
            if not expected:
                wrong.append((door.name, method, status))
    assert wrong == []


# Doors with nothing behind them yet; an export's file also asks for the right of its list.
NOTHING_THERE = {
    "two-factor-codes-file": (404,), "session-keep": (204,),
    "asset-image": (404,), "export-file": (403, 404), "export-provenance": (404,), "schedule-create": (400,), "mail-body": (404,),
}  # fmt: skip
# A list's POST names a format, a form wants its operation key, an action its moment.
REFUSED_FOR_ANOTHER_REASON = {("post", 400), ("post", 405), ("post", 409), ("post", 422), ("post", 404), ("get", 409), ("get", 405)}


@pytest.mark.django_db
@pytest.mark.spec("ACC-01")
def test_a_stranger_is_led_to_sign_in_everywhere():
    owner, stranger, made, wrong = user(), Client(), {}, []
    for door in pages():
        if door.right == "public":
            continue
        address = address_of(door, owner, made)
        for method in ("get", "post"):
            response = getattr(stranger, method)(address)
            if response.status_code != 302 or not response["Location"].startswith("/accounts/login/"):
                wrong.append((door.name, method, response.status_code))
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.spec("USR-04")
def test_what_is_not_there_is_404_on_every_page():
    browser, wrong = sign_in(user()), []
    for door in pages():
        if "<" not in door.route or door.right == "public" or door.face == Face.MERCHANT:
            continue
        address = "/" + re.sub(r"<\w+:\w+>", "XXX-00000000", door.route)
        for method in ("get", "post"):
            status = getattr(browser, method)(address).status_code
            if status != 404 and (method, status) != ("post", 405):
                wrong.append((door.name, method, status))
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.spec("UIX-03")
def test_every_post_without_the_form_s_token_is_refused():
    someone, made, wrong = user(), {}, []
    browser = Client(enforce_csrf_checks=True)
    open_session(browser, someone)
    for door in pages():
        status = browser.post(address_of(door, someone, made)).status_code
        if status not in (403, 405):
            wrong.append((door.name, status))
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.spec("UIX-03")
def test_a_post_from_another_site_is_refused():
    someone = user()
    browser = Client(enforce_csrf_checks=True)
    open_session(browser, someone)
    page = browser.get("/clients/new/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    foreign = browser.post("/clients/new/", {"csrfmiddlewaretoken": token}, HTTP_ORIGIN="https://evil.example")
    assert foreign.status_code == 403
    assert browser.post("/clients/new/", {"csrfmiddlewaretoken": token}).status_code in (409, 422)


@pytest.mark.django_db
@pytest.mark.spec("UIX-03")
@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
def test_no_page_takes_another_method(method):
    someone = user()
    browser, made, wrong = sign_in(someone), {}, []
    for door in pages():
        response = getattr(browser, method)(address_of(door, someone, made))
        if response.status_code not in (405, 404, 403) and not (response.status_code == 302 and door.name.startswith(("mfa", "account"))):
            wrong.append((door.name, response.status_code))
    assert wrong == []


def state() -> dict[str, str]:
    """A digest of every table's rows."""
    with connection.cursor() as cursor:
        tables = [table for table in connection.introspection.table_names(cursor) if table not in OWN_TRACES]
        digests = {}
        for table in tables:
            quoted = connection.ops.quote_name(table)
            cursor.execute(f"SELECT md5(coalesce(string_agg(row::text, '' ORDER BY row::text), '')) FROM {quoted} AS row")
            digests[table] = cursor.fetchone()[0]
    return digests


@pytest.mark.django_db
@pytest.mark.spec("UIX-03")
@pytest.mark.parametrize("face", Face.values)
def test_a_get_changes_nothing(face):
    someone = user(face)
    browser = sign_in(someone)
    made: dict[str, list[str]] = {}
    addresses = [(door.name, address_of(door, someone, made)) for door in pages()]
    browser.get("/accounts/login/")
    changed, before = [], state()
    for name, address in addresses:
        for _twice in range(2):
            browser.get(address)
        after = state()
        if after != before:
            changed.append((name, [table for table in after if after[table] != before[table]]))
        before = after
    assert changed == []
