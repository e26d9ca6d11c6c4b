"""Pages about one thing: the way back and to the neighbours in the list, tabs, the timeline's kinds and pages (UIX-02)."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Right
from accounts.models import User
from accounts.services import send_reset_mail
from accounts.tests.factories import sign_in, user
from audit.services import record
from core.actors import SystemActor

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser():
    return sign_in(user(rights=[Right.USERS_SEE], first_name="Zane", last_name="Zālīte"))


@pytest.fixture
def people() -> list[User]:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [user(rights=[], first_name="Liene", last_name=f"Liepa {n}", created_at=start + timedelta(days=n)) for n in range(5)]


def beside(browser, person: User, came_from: str) -> tuple[str, str]:
    """The references before and after a person's in the list at `came_from`."""
    html = browser.get(f"/users/{person.reference}/?in={quote(came_from)}").content.decode()
    found = {rel: address.replace("&amp;", "&") for rel, address in re.findall(r'rel="(prev|next)" href="([^"]+)"', html)}
    for address in found.values():
        assert parse_qs(urlsplit(address).query)["in"] == [came_from]
    return tuple(urlsplit(found.get(rel, "")).path.rstrip("/").rsplit("/", 1)[-1] for rel in ("prev", "next"))


@pytest.mark.spec("UIX-02")
def test_the_neighbours_are_those_of_the_list_one_came_from(browser, people):
    newest_first, oldest_first = "/users/?q=liepa", "/users/?q=liepa&sort=created_at"
    references = [person.reference for person in people]
    assert beside(browser, people[2], newest_first) == (references[3], references[1])
    assert beside(browser, people[2], oldest_first) == (references[1], references[3])
    assert beside(browser, people[4], newest_first) == ("", references[3])
    assert beside(browser, people[0], newest_first) == (references[1], "")


@pytest.mark.spec("UIX-02")
def test_a_row_that_no_longer_matches_keeps_its_place(browser, people):
    User.objects.filter(pk=people[2].pk).update(last_name="Ozola")
    assert beside(browser, people[2], "/users/?q=liepa") == (people[3].reference, people[1].reference)


@pytest.mark.spec("UIX-02")
def test_empty_values_have_neighbours_too(browser, people):
    User.objects.filter(pk=people[1].pk).update(last_login=timezone.now())
    for person in people:
        beside(browser, person, "/users/?q=liepa&sort=-last_login")


@pytest.mark.spec("UIX-02")
def test_the_page_path_leads_back_to_the_list_as_it_was(browser, people):
    html = browser.get(f"/users/{people[0].reference}/?in={quote('/users/?q=liepa&size=25')}").content.decode()
    assert 'href="/users/?q=liepa&amp;size=25"' in html


@pytest.mark.spec("UIX-02")
def test_neighbours_cost_two_statements(browser, people):
    def statements(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address).status_code == 200
        return len(captured)

    page = f"/users/{people[2].reference}/"
    browser.get(page)  # the first look is an event
    assert statements(f"{page}?in={quote('/users/?q=liepa')}") == statements(page) + 2


@pytest.mark.spec("UIX-02", "USR-04")
@pytest.mark.parametrize(
    "came_from",
    ["https://evil.example/users/", "//evil.example/users/", "/nowhere/", "/clients/", "/users/?created_at_from=x", "/users/?q=%00", "\\evil", "/users/" + "x" * 5000,
     "/users/?" + "&".join(["x=1"] * 1500), "/exports/", "/merchant/"],
)  # fmt: skip
def test_a_list_that_is_none_is_ignored(browser, people, came_from):
    page = browser.get(f"/users/{people[0].reference}/?in={quote(came_from[:8000])}")
    assert page.status_code == 200
    assert "evil" not in "".join(re.findall(r'href="[^"]*"', page.content.decode()))
    assert 'rel="next"' not in page.content.decode()


# -- the timeline


def happen(thing: User, number: int, **actor: object) -> None:
    with transaction.atomic():
        for _index in range(number):
            record(action="users.locked", subject=thing, now=timezone.now(), actor=actor.get("actor", thing))


@pytest.mark.spec("UIX-02", "AUD-02")
def test_the_timeline_is_read_page_by_page_to_its_end(browser, people):
    happen(people[0], 70)
    seen, address = [], f"/users/{people[0].reference}/"
    headers: dict[str, str] = {}
    while address:
        page = browser.get(address, headers=headers)
        seen.append(page.content.decode().count("timeline-item is-"))
        older = re.search(r'id="timeline-more"><a [^>]*href="([^"]+)"', page.content.decode())
        address = older and f"/users/{people[0].reference}/{older[1].replace('&amp;', '&')}"
        headers = HTMX | {"HX-Target": "timeline-more"}
    assert seen == [30, 30, 10]
    assert "<html" not in page.content.decode()


@pytest.mark.spec("UIX-02")
def test_the_timeline_shows_one_kind_of_happenings(browser, people):
    person = people[0]
    happen(person, 2)
    happen(person, 2, actor=SystemActor("sign-in"))
    happen(person, 1, actor=SystemActor("simpay"))
    send_reset_mail(user=person, actor=SystemActor("sign-in"), now=timezone.now())  # an event of the system, and a mail

    def shown(kind: str) -> list[str]:
        page = browser.get(f"/users/{person.reference}/?events={kind}", headers=HTMX | {"HX-Target": "timeline"}).content.decode()
        return re.findall(r"timeline-item is-(\w+)", page)

    assert shown("people") == ["people"] * 2
    assert shown("system") == ["system"] * 3
    assert shown("provider") == ["provider"]
    assert shown("chain") == []
    assert shown("mail") == ["mail"]
    assert len(shown("")) == len(shown("unknown")) == 7


@pytest.mark.spec("UIX-02")
@pytest.mark.parametrize("older", ["x", "0", "-1", "1", "1-", "1-nan", "1-inf", "1-1e999", "9" * 40 + "-1", "١-1", "%00"])
def test_a_bad_place_in_the_timeline_is_answered(browser, people, older):
    happen(people[0], 2)
    assert browser.get(f"/users/{people[0].reference}/?older={older}").status_code == 200


# -- tabs


@pytest.mark.spec("UIX-02")
def test_a_tab_is_asked_for_alone_and_keeps_the_way_back(browser, people):
    came_from = quote("/users/?q=liepa")
    part = browser.get(f"/users/{people[0].reference}/?tab=summary&in={came_from}", headers=HTMX | {"HX-Target": "tabbed"})
    assert "<html" not in part.content.decode()
    assert browser.get(f"/users/{people[0].reference}/?tab=nothing").status_code == 404
