"""What people and programs may type: on every page it stays text, and no address breaks a list (reliability A3, U6, U7, U8)."""

import re
from time import perf_counter

import pytest
from django import forms
from django.forms import ModelForm
from django.utils import timezone

from accounts.enums import Face
from accounts.services import send_reset_mail
from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent
from backoffice.tests.doors import address_of, pages
from backoffice.tests.makers import TESTS
from clients.enums import ClientType, PersonRole
from clients.models import Client, CompanyPerson
from clients.services import Person, create_client, edit_client
from kit.dialogs import Action
from kit.lists import ListPage
from messaging.models import OutgoingMail
from messaging.services.rendering import rendered_of
from organisations.api_keys import create_key
from organisations.models import Organisation
from organisations.services import create_organisation, edit_organisation

MARK = "xssmark"
HOSTILE = f"<script>{MARK}</script>\"'><img src=x onerror={MARK}>{{{{7*7}}}}"
# As text it is all entities; a raw tag, or a raw quote before an escaped bracket, got out.
LIVE = re.compile(rf"<script>{MARK}|<img src=x|\"'&gt;")


def lists_and_who_sees_them() -> list:
    """(door, person, browser): somebody of the list's own face with every right."""
    people = {face: user(face) for face in Face.values}
    browsers = {face: sign_in(person) for face, person in people.items()}
    return [(door, people[face], browsers[face]) for door in lists() for face in [door.face if door.face in people else Face.ISSUER]]


def lists() -> list:
    return [
        door for door in pages() if isinstance(getattr(door.view, "view_class", None), type) and issubclass(door.view.view_class, ListPage)
    ]


@pytest.mark.django_db
@pytest.mark.spec("UIX-02")
def test_a_hostile_name_stays_text_on_every_page():
    someone = user(first_name=HOSTILE[:80], last_name=HOSTILE[:80])
    browser = sign_in(someone)
    now = timezone.now()
    organisation = create_organisation(actor=someone, now=now, name=HOSTILE, external_reference=HOSTILE[:60])
    edit_organisation(organisation=organisation, actor=someone, now=now, name=f"{HOSTILE}!", external_reference="")
    user(Face.MERCHANT, organisations=[organisation], first_name=HOSTILE[:80])
    firm = create_client(
        actor=someone, now=now, type=ClientType.COMPANY, email="a@example.com", company_name=HOSTILE, registration_number=HOSTILE[:40],
        people=[Person(role=PersonRole.REPRESENTATIVE, first_name=HOSTILE[:80], last_name=HOSTILE[:80])],
    )  # fmt: skip
    edit_client(client=firm, actor=someone, now=now, company_name=f"{HOSTILE}!")
    person = create_client(
        actor=someone, now=now, type=ClientType.PERSON, email="b@example.com", first_name=HOSTILE[:80], last_name=HOSTILE[:80]
    )
    key, _raw = create_key(actor=someone, now=now, name=HOSTILE[:60], scopes=["orders.see"])
    send_reset_mail(user=someone, actor=someone, now=now)
    own = {"client": firm.reference, "organisation": organisation.reference, "key": key.reference, "user": someone.reference}
    addresses = [
        address_of(door, someone, {kind: [reference] for kind, reference in own.items()}) for door in pages() if door.face != Face.MERCHANT
    ]
    addresses += [
        f"/clients/{person.reference}/",
        f"/clients/{firm.reference}/?tab=people",
        f"/organisations/{organisation.reference}/?tab=users",
    ]
    addresses += [f"/audit/events/{reference}/" for reference in AuditEvent.objects.values_list("reference", flat=True)]
    addresses += [f"{address_of(door, someone)}?q={HOSTILE}" for door in lists()]
    seen, live = 0, []
    for address in addresses:
        for headers in ({}, {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "list"}):
            page = browser.get(address, **headers).getvalue().decode(errors="replace")
            seen += MARK in page
            if LIVE.search(page):
                live.append(address)
    assert live == []
    assert seen > 12, "the name should have been seen on many pages"


@pytest.mark.django_db
@pytest.mark.spec("NOT-01")
def test_a_hostile_name_stays_text_in_mails():
    someone = user(first_name=HOSTILE[:80])
    send_reset_mail(user=someone, actor=TESTS, now=timezone.now())
    mail = OutgoingMail.objects.get()
    html = rendered_of(mail).html
    assert MARK in html
    assert not LIVE.search(html)


NASTY = [
    "'", '"', "%", "_", "\\", "';--", "\x00", "\ufffd\uffff", "a" * 100_000, "__class__", "-created_at__lt", "{{7*7}}", "İı", "\u202e", "NaN", "1e309", "-1",
    "999999999999999999999", "2026-99-99", "0001-01-01", "9999-12-31", "[]", "null",
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.spec("UIX-01")
@pytest.mark.parametrize("place", range(len(NASTY)))
def test_no_criterion_breaks_a_list(place):
    value, broken = NASTY[place], []
    for door, someone, browser in lists_and_who_sees_them():
        page = door.view.view_class
        names = list(page.filters.base_filters) if page.filters else []
        criteria = [key for name in names for key in (name, f"{name}_from", f"{name}_to")]
        controls = ({"after": value, "sort": value, "size": value, "page": value}, {"before": value, "last": value, "format": value})
        for asked in (dict.fromkeys(criteria, value), *controls):
            start = perf_counter()
            status = browser.get(address_of(door, someone), asked).status_code
            if status not in (200, 302, 400) or perf_counter() - start > 5:
                broken.append((door.name, list(asked)[:1], status))
    assert broken == []


@pytest.mark.django_db
@pytest.mark.spec("UIX-01")
def test_a_thousand_repetitions_and_a_range_upside_down_are_answered():
    for door, someone, browser in lists_and_who_sees_them():
        address = address_of(door, someone)
        assert browser.get(address + "?" + "&".join(["status=active"] * 999)).status_code in (200, 400)
        assert browser.get(address, {"created_at_from": "2026-02-01", "created_at_to": "2026-01-01"}).status_code == 200


def actions() -> list:
    return [
        door for door in pages() if isinstance(getattr(door.view, "view_class", None), type) and issubclass(door.view.view_class, Action)
    ]


@pytest.mark.spec("UIX-03")
def test_every_form_names_its_fields():
    """An allow-list: a form made from a model lists what may be sent, none says "all" or "all but"."""
    for door in actions():
        form = door.view.view_class.form_class
        assert issubclass(form, forms.BaseForm)
        if issubclass(form, ModelForm):
            assert form._meta.fields not in (None, "__all__"), door.name
            assert not form._meta.exclude, door.name


# Columns that no form of a person may set, whatever it is named.
OUT_OF_REACH = {
    "id", "reference", "created_at", "is_test", "verification_level", "is_active", "face", "is_default", "rights", "password", "secret_hash",
    "prefix", "search_text", "maker", "revoked_at", "last_used_at",
}  # fmt: skip
VALUES = {
    "created_at": "2001-01-01 00:00",
    "rights": "users.edit",
    "face": "merchant",
    "verification_level": "5",
    "id": "999999",
    "is_active": "",
}


@pytest.mark.django_db
@pytest.mark.spec("UIX-03")
def test_fields_that_a_form_does_not_name_can_not_be_posted():
    someone = user()
    browser = sign_in(someone)
    checked = []
    for door in actions():
        model = door.view.view_class.model
        if model is None:
            continue
        made: dict[str, list[str]] = {}
        address = address_of(door, someone, made)
        form = browser.get(address).context
        if form is None or "form" not in form:
            continue
        fields = form["form"].fields
        protected = {field.name for field in model._meta.concrete_fields} & OUT_OF_REACH - set(fields)
        lookup = {door.view.view_class.lookup: next(iter(made.values()))[0]}
        if next(iter(lookup)) not in {field.name for field in model._meta.concrete_fields}:
            continue
        before = model._base_manager.filter(**lookup).values(*protected).first()
        values = {name: form["form"][name].value() for name in fields if form["form"][name].value() not in (None, "")}
        hostile = {name: VALUES.get(name, "1") for name in protected} | {
            "status": "active",
            "tier": "5",
            "balance": "1000000",
            "is_staff": "on",
        }
        browser.post(address, {**hostile, **values, "operation_key": form["key"]})
        after = model._base_manager.filter(**lookup).values(*protected).first()
        if after is not None and door.name not in MAY_CHANGE:
            assert after == before, door.name
            checked.append(door.name)
    assert len(checked) > 12, checked


# What an action is for: revoking writes the time of it, deactivating the switch.
MAY_CHANGE = {"key-revoke", "user-deactivate", "dictionary-activate", "dictionary-deactivate", "limit-activate", "limit-deactivate"}


@pytest.mark.django_db
@pytest.mark.spec("USR-01")
def test_a_user_can_not_become_more_by_the_account_s_own_forms():
    someone = user(rights=[])
    browser = sign_in(someone)
    more = {"rights": "users.edit", "profiles": "1", "face": "merchant", "is_staff": "on", "is_superuser": "on", "organisation": "1"}
    browser.post("/preferences/", {"language": "lv", "next": "/", **more})
    browser.post("/accounts/password/change/", {"oldpassword": "x", "password1": "y", "password2": "y", **more})
    someone.refresh_from_db()
    assert (someone.face, someone.profiles.count(), someone.profiles.get().rights) == (Face.ISSUER, 1, [])


@pytest.mark.django_db
@pytest.mark.spec("ACC-01")
@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_preferences_lead_to_no_other_host(target):
    response = sign_in(user()).post("/preferences/", {"language": "lv", "next": target})
    assert response["Location"].startswith("/")
    assert not response["Location"].startswith(("//", "/\\"))


@pytest.mark.django_db
@pytest.mark.spec("CLI-02")
def test_likes_and_signs_of_sql_are_taken_as_they_stand():
    organisation = create_organisation(actor=TESTS, now=timezone.now(), name="100% _Kafija\\_ O'Hara")
    create_organisation(actor=TESTS, now=timezone.now(), name="Cits nosaukums")
    browser = sign_in(user())
    for term in ("100%", "% _Kaf", "ija\\_", "O'Hara"):
        rows = browser.get("/organisations/", {"q": term}).context["slice"].rows
        assert [row.pk for row in rows] == [organisation.pk], term
    assert Organisation.objects.count() == 2
    assert (Client.objects.count(), CompanyPerson.objects.count()) == (0, 0)
