"""Lists over the users of the sample list: what they show, how they page, and what bad addresses get (UIX-01, U8)."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Right
from accounts.models import User
from accounts.tests.factories import sign_in, user
from kit.paging import Order, decode_cursor, take
from orders.enums import PaymentState

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    return sign_in(user(rights=[Right.USERS_SEE], first_name="Zane"))


def make(number: int, **fields: object) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for index in range(number):
        user(rights=[], password="x", created_at=start + timedelta(minutes=index // 2), **fields)


@pytest.mark.spec("UIX-01")
def test_a_list_shows_its_rows_and_their_count(browser):
    user(rights=[], first_name="<b>Ņikita</b>", last_name="O'Hara")
    page = browser.get("/users/")
    html = page.content.decode()
    assert page.status_code == 200
    assert "&lt;b&gt;Ņikita&lt;/b&gt;" in html
    assert "<b>Ņikita" not in html
    assert "2 rows" in html
    assert 'aria-sort="descending"' in browser.get("/users/?sort=-last_login").content.decode()


@pytest.mark.spec("UIX-01")
def test_every_row_is_on_exactly_one_page_in_both_directions(browser, django_assert_max_num_queries):
    make(60)
    seen, address, pages = [], "/users/?size=25", []
    while address:
        with django_assert_max_num_queries(6):
            context = browser.get(address).context
        found = [row.pk for row in context["slice"].rows]
        seen += found
        pages.append(found)
        address = next((f"/users/{url}" for url, _label, icon in context["page_links"] if icon == "chevron-right" and url), "")
    assert len(seen) == len(set(seen)) == 61
    last = browser.get("/users/?size=25&last=1").context
    assert not last["slice"].has_next
    assert [row.pk for row in last["slice"].rows] == seen[-25:]
    back = next(f"/users/{url}" for url, _label, icon in last["page_links"] if icon == "chevron-left")
    assert [row.pk for row in browser.get(back).context["slice"].rows] == seen[-50:-25]


@pytest.mark.spec("UIX-01")
def test_statements_do_not_grow_with_the_rows(browser, django_assert_max_num_queries):
    make(55)
    for address in ("/users/", "/users/?q=ozola", "/users/?status=active&face=issuer", "/users/?last=1"):
        with django_assert_max_num_queries(6):
            assert browser.get(address).status_code == 200


@pytest.mark.spec("UIX-01")
def test_fifty_rows_weigh_little(browser):
    make(55)
    page = browser.get("/users/")
    assert len(page.context["slice"].rows) == 50
    assert len(page.content) <= 60_000


@pytest.mark.spec("UIX-01")
def test_criteria_narrow_the_list_and_show_as_chips(browser):
    user(rights=[], first_name="Līga", last_name="Bērziņa")
    page = browser.get("/users/", {"q": "bērz", "status": "active"})
    assert [row.first_name for row in page.context["slice"].rows] == ["Līga"]
    assert [chip["value"] for chip in page.context["chips"]] == ["bērz", "Active"]
    assert "Nothing matches" in browser.get("/users/", {"q": "nobody at all"}).content.decode()


@pytest.mark.spec("UIX-01")
def test_percent_and_underscore_are_letters_like_others(browser):
    user(rights=[], first_name="per%cent")
    assert len(browser.get("/users/", {"q": "per%ce"}).context["slice"].rows) == 1
    assert len(browser.get("/users/", {"q": "p_r%c"}).context["slice"].rows) == 0


@pytest.mark.spec("UIX-01")
@pytest.mark.parametrize(
    "query",
    [
        "page=0", "page=-1", "page=abc", "page=1e9", "size=0", "size=-1", "size=1000000", "size=abc", "sort=unknown", "sort=--created_at",
        "sort=password", "sort=profiles__rights", "after=abc", "after=%00", "before=bnVsbA", "after=WyIxIl0", "after=W251bGwsIG51bGxd",
        "after=WyIyMDI2LTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwgIjk5OTk5OTk5OTk5OTk5OTk5OTk5OTkiXQ", "last=1&after=x", "q=%00", "q=%27%3B--", "q=%ED%A0%80",
        "q=ab", "q=" + "x" * 5000, "face=unknown", "status=maybe", "created_at_from=2026-02-01&created_at_to=2026-01-01",
        "created_at_from=abc", "created_at_to=9999-12-31", "created_at_from=0001-01-01", "q__icontains=x", "format=exe", "&".join(["x=1"] * 999),
    ],
)  # fmt: skip
def test_a_bad_address_is_answered_clearly(browser, query):
    assert browser.get(f"/users/?{query}").status_code == 200


def test_thousands_of_parameters_are_refused_with_a_page(browser):
    page = browser.get("/users/?" + "&".join(["face=issuer"] * 1500))
    assert page.status_code == 400
    assert "ERR-" in page.content.decode()


def test_a_range_the_wrong_way_round_is_said(browser):
    html = browser.get("/users/?created_at_from=2026-02-01&created_at_to=2026-01-01").content.decode()
    assert "lies after" in html


@pytest.mark.spec("USR-01")
def test_the_missing_right_is_named():
    page = sign_in(user(rights=[])).get("/users/")
    assert page.status_code == 403
    assert str(Right.USERS_SEE.label) in page.content.decode()


def test_who_is_not_signed_in_is_led_there(settings):
    settings.LOGIN_URL = "/accounts/login/"
    page = Client().get("/users/?q=abc")
    assert page.status_code == 302
    assert "next=/users/%3Fq%3Dabc" in page["Location"]


def test_the_other_face_sees_nothing_there():
    assert sign_in(user("merchant")).get("/users/").status_code == 404


def test_a_partial_answer_is_the_list_alone(browser):
    page = browser.get("/users/", headers={"HX-Request": "true", "HX-Target": "list"})
    assert b"<html" not in page.content
    assert b"<table" in page.content
    assert "HX-Target" in page["Vary"]


@pytest.mark.spec("UIX-01")
def test_a_long_choice_is_asked_for_when_it_is_opened():
    browser = sign_in(user())
    page = browser.get("/orders/?payment_state=late").content.decode()
    assert re.findall(r'name="payment_state" value="([^"]+)"', page) == ["late"]
    choices = browser.get("/orders/?payment_state=late", headers={"HX-Request": "true", "HX-Target": "choices-payment_state"})
    found = re.findall(r'name="payment_state" value="([^"]+)"( checked)?', choices.content.decode())
    assert [value for value, ticked in found if ticked] == ["late"]
    assert len(found) == len(PaymentState)
    assert b"<html" not in choices.content
    for unknown in ("choices-nothing", "choices-", "choices-created_at"):
        assert browser.get("/orders/", headers={"HX-Request": "true", "HX-Target": unknown}).status_code == 404


def test_a_day_is_the_persons_day(browser, settings):
    user(rights=[], first_name="Late", created_at=datetime(2026, 1, 31, 22, 30, tzinfo=UTC))  # 1 February in Riga
    assert len(browser.get("/users/?created_at_from=2026-02-01&created_at_to=2026-02-01").context["slice"].rows) == 1
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.spec("UIX-01")
@pytest.mark.parametrize("descending", [True, False])
def test_empty_values_stand_last_and_no_row_is_lost_in_either_direction(descending):
    for index in range(23):
        user(rights=[], last_login=datetime(2026, 1, 1 + index // 2, tzinfo=UTC) if index % 3 else None)
    order = Order("last_login", descending, nullable=True)

    def cursor(text: str) -> list[object]:
        values = decode_cursor(text, User, order)
        assert values is not None
        return values

    forwards, page = [], take(User.objects.all(), order, size=4)
    while True:
        forwards.append([row.pk for row in page.rows])
        if not page.has_next:
            break
        page = take(User.objects.all(), order, size=4, after=cursor(page.last_cursor))
    assert len({pk for rows in forwards for pk in rows}) == sum(map(len, forwards)) == 23
    found = [User.objects.get(pk=pk).last_login for rows in forwards for pk in rows]
    filled = [value for value in found if value]
    assert filled == sorted(filled, reverse=descending)
    assert found == filled + [None] * (23 - len(filled))

    backwards, page = [], take(User.objects.all(), order, size=4, last=True)
    while True:
        backwards[:0] = [row.pk for row in page.rows]
        if not page.has_previous:
            break
        page = take(User.objects.all(), order, size=4, before=cursor(page.first_cursor))
    assert backwards == [pk for rows in forwards for pk in rows]
