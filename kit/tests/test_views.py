"""Saved and shared views, the choice of columns and page size (UIX-01, UIX-07): through the pages that people use."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Right
from accounts.models import Profile, User
from accounts.services import erase_user
from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent, AuditPersonal
from kit.models import ListChoice, SavedView, ViewPin
from kit.saved.service import open_by_default, pin_view, save_view, share_view
from organisations.tests.factories import organisation

pytestmark = pytest.mark.django_db

USERS = "accounts.issuer.views.UserList"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def fresh_cache():
    cache.clear()


@pytest.fixture
def zane() -> User:
    return user(rights=[Right.USERS_SEE], first_name="Zane")


@pytest.fixture
def browser(zane) -> Client:
    return sign_in(zane)


def send(browser: Client, address: str, **fields: str):
    """A dialog, opened and sent as a person does."""
    form = browser.get(address).content.decode()
    key = re.search(r'name="operation_key" value="([^"]+)"', form)[1]
    hidden = dict(re.findall(r'<input type="hidden" name="(list|query)" value="([^"]*)"', form))
    return browser.post(address, {"operation_key": key, **{name: value.replace("&amp;", "&") for name, value in hidden.items()}, **fields})


def saved(owner: User, query: str = "q=ozola", name: str = "Ozolas", list_name: str = USERS) -> SavedView:
    return save_view(list_name=list_name, name=name, query=query, actor=owner, now=timezone.now())


def columns_of(page) -> list[str]:
    return [str(head["label"]) for head in page.context["heads"]]


# -- columns and page size


@pytest.mark.spec("UIX-01")
def test_columns_stand_as_the_address_says(browser):
    page = browser.get("/users/?cols=email,nonsense,reference,email")
    assert columns_of(page) == ["Login", "Reference"]
    assert '<a class="row-link"' in page.content.decode()
    assert ("cols", "email,nonsense,reference,email") in page.context["kept"]


@pytest.mark.spec("UIX-01")
def test_a_choice_of_columns_is_kept_for_the_person_and_the_list_alone(browser, zane):
    answer = browser.post(
        "/lists/choice/",
        {"list": USERS, "col": ["last_name", "email"]},
        headers=HTMX | {"HX-Current-URL": "http://testserver/users/?q=ozola&after=x"},
    )
    where = json.loads(answer["HX-Location"])
    assert where["target"] == "#list"
    assert parse_qs(urlsplit(where["path"]).query) == {"q": ["ozola"], "cols": ["last_name,email"]}
    assert columns_of(browser.get("/users/")) == ["Last name", "Login"]
    assert len(columns_of(sign_in(user()).get("/users/"))) > 4
    browser.post("/lists/choice/", {"list": USERS, "declared": "yes"})
    assert len(columns_of(browser.get("/users/"))) > 4


@pytest.mark.spec("UIX-01")
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"list": "os.path.join", "size": "25"}, 404),
        ({"list": "", "size": "25"}, 404),
        ({"list": USERS, "size": "1000000"}, 302),
        ({"list": USERS, "col": ["password", "\x00", "x" * 5000]}, 302),
        ({"list": "clients.issuer.views.ClientList", "size": "25"}, 404),
    ],
)
def test_a_bad_choice_changes_nothing(browser, fields, status):
    assert browser.post("/lists/choice/", fields).status_code == status
    assert not ListChoice.objects.exclude(columns=[], size=None).exists()


@pytest.mark.spec("UIX-01")
def test_the_page_size_is_kept(browser):
    for _index in range(30):
        user(rights=[], password="x")
    assert len(browser.get("/users/").context["slice"].rows) == 31
    answer = browser.post("/lists/choice/", {"list": USERS, "size": "25", "address": "/users/?q=ozola"})
    assert answer["Location"] == "/users/?q=ozola&size=25"
    assert len(browser.get("/users/").context["slice"].rows) == 25


@pytest.mark.spec("UIX-01")
def test_the_menu_of_columns_shows_all_of_them_and_asks_for_no_row(browser, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        menu = browser.get("/users/?cols=email", headers=HTMX | {"HX-Target": "columns-menu"}).content.decode()
    assert menu.index('value="email" checked') < menu.index('value="reference"')
    assert "<html" not in menu


# -- what is unknown


@pytest.mark.spec("UIX-01")
def test_an_unknown_parameter_is_noted_and_left_out(browser):
    page = browser.get("/users/?tier=%3Cb%3E&q=ozola")
    assert "know (any more): tier" in page.content.decode()
    assert "tier" not in page.context["heads"][0]["url"]


# -- views


@pytest.mark.spec("UIX-07")
def test_a_view_is_saved_from_the_list_and_opened_by_its_link(browser, zane):
    menu = browser.get("/users/?q=ozola&sort=created_at&cols=email&size=25", headers=HTMX | {"HX-Target": "views-menu"}).content.decode()
    address = re.search(r'href="(/views/save/[^"]+)"', menu)[1].replace("&amp;", "&")
    answer = send(browser, address, name="  Ozolas   by age ")
    view = SavedView.objects.get()
    assert (view.name, view.owner, view.list_path) == ("Ozolas by age", zane, USERS)
    assert answer["Location"] == f"/views/{view.reference}/"
    opened = browser.get(answer["Location"], follow=True)
    assert opened.redirect_chain[-1][0] == f"/users/?q=ozola&sort=created_at&cols=email&size=25&view={view.reference}"
    assert columns_of(opened) == ["Login"]
    assert "Ozolas by age" in opened.content.decode()
    assert not opened.context["view_changed"]
    event = AuditEvent.objects.get(action="views.saved")
    assert event.details["filter"] == ["cols", "q", "size", "sort"]
    assert "Ozolas" not in bytes(event.payload).decode()
    assert AuditPersonal.objects.get(event=event).new == "Ozolas by age"


@pytest.mark.spec("UIX-07")
def test_a_changed_list_says_so_and_its_view_can_follow(browser, zane):
    view = saved(zane)
    page = browser.get(f"/users/?q=liepa&view={view.reference}")
    assert page.context["view_changed"]
    menu = browser.get(f"/users/?q=liepa&view={view.reference}", headers=HTMX | {"HX-Target": "views-menu"}).content.decode()
    address = re.search(rf'href="(/views/{view.reference}/update/[^"]+)"', menu)[1].replace("&amp;", "&")
    assert send(browser, address).status_code == 302
    view.refresh_from_db()
    assert "q=liepa" in view.query


@pytest.mark.spec("UIX-07")
def test_a_shared_view_is_everybodys_of_the_face_or_a_teams(zane):
    view, team = saved(zane), Profile.objects.create(name="Desk", face="issuer", rights=[Right.USERS_SEE])
    colleague, member = user(rights=[Right.USERS_SEE]), user(profile=team)
    merchant = user("merchant", rights=[Right.USERS_SEE])

    def seen_by(person: User) -> bool:
        return sign_in(person).get(f"/views/{view.reference}/").status_code == 302

    assert [seen_by(one) for one in (zane, colleague, member, merchant)] == [True, False, False, False]
    assert send(sign_in(zane), f"/views/{view.reference}/share/", audience=team.reference).status_code == 302
    assert [seen_by(one) for one in (zane, colleague, member, merchant)] == [True, False, True, False]
    assert send(sign_in(zane), f"/views/{view.reference}/share/", audience="everybody").status_code == 302
    assert [seen_by(one) for one in (zane, colleague, member, merchant)] == [True, True, True, False]
    assert send(sign_in(zane), f"/views/{view.reference}/share/", audience="PRF-00000000").status_code == 422


@pytest.mark.spec("UIX-07", "USR-04")
def test_merchants_share_within_their_organisations_alone():
    ours, theirs = organisation(), organisation()
    anna, boris, carl = (user("merchant", organisations=[one]) for one in (ours, ours, theirs))
    view = saved(anna, query="", list_name="kit.saved.pages.ViewList")
    share_view(view_id=view.pk, everybody=True, profile=None, actor=anna, now=timezone.now())
    assert [sign_in(one).get(f"/views/{view.reference}/").status_code for one in (anna, boris, carl)] == [302, 302, 404]
    for one in (boris, carl):
        ViewPin.objects.create(user=one, view=view)
    assert [view.name in sign_in(one).get("/merchant/").content.decode() for one in (boris, carl)] == [True, False]


@pytest.mark.spec("UIX-07", "USR-01")
def test_a_shared_view_gives_no_right_to_its_list(zane):
    view = saved(zane)
    share_view(view_id=view.pk, everybody=True, profile=None, actor=zane, now=timezone.now())
    stranger = user(rights=[])
    page = sign_in(stranger).get(f"/views/{view.reference}/")
    assert page.status_code == 403
    assert str(Right.USERS_SEE.label) in page.content.decode()
    ViewPin.objects.create(user=stranger, view=view)
    assert view.name not in sign_in(stranger).get("/").content.decode()
    assert re.findall(r">(\d+)<", sign_in(stranger).get("/views/counts/").content.decode()) == []


@pytest.mark.spec("UIX-07")
def test_only_owner_team_and_who_may_tidy_up_change_a_view(zane):
    view = saved(zane)
    share_view(view_id=view.pk, everybody=True, profile=None, actor=zane, now=timezone.now())
    colleague, keeper = user(rights=[Right.USERS_SEE]), user(rights=[Right.USERS_SEE, "views.manage"])
    answer = send(sign_in(colleague), f"/views/{view.reference}/rename/", name="Mine now")
    assert answer.status_code == 422
    assert "belongs to" in answer.content.decode()
    assert "Rename view" not in sign_in(colleague).get(f"/views/{view.reference}/about/").content.decode()
    assert send(sign_in(keeper), f"/views/{view.reference}/delete/").status_code == 302
    assert not SavedView.objects.exists()


@pytest.mark.spec("UIX-07")
def test_pinned_views_stand_in_the_navigation_with_a_badge_and_cost_no_statement(browser, zane):
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.get("/users/")
        return len(captured)

    before = statements()
    view = saved(zane)
    assert send(browser, f"/views/{view.reference}/pin/").status_code == 302
    assert statements() == before
    page = browser.get(f"/users/?{view.query}&view={view.reference}").content.decode()
    assert re.search(rf'href="/users/\?q=ozola[^"]+view={view.reference}"[^>]*aria-current="page"', page)
    badges = browser.get("/views/counts/").content.decode()
    assert f'id="count-{view.reference}" hx-swap-oob="true">1<' in badges
    user(rights=[])
    assert ">1<" in browser.get("/views/counts/").content.decode()  # kept for some seconds
    cache.clear()
    assert ">2<" in browser.get("/views/counts/").content.decode()
    assert send(browser, f"/views/{view.reference}/unpin/").status_code == 302
    assert view.reference not in browser.get("/users/").content.decode()


@pytest.mark.spec("UIX-07")
def test_a_list_opens_with_the_view_that_one_chose_and_all_rows_stay_in_reach(browser, zane):
    view = saved(zane)
    assert send(browser, f"/views/{view.reference}/default/").status_code == 302
    assert browser.get("/users/")["Location"].endswith(f"view={view.reference}")
    page = browser.get("/users/?view=")
    assert page.status_code == 200
    assert page.context["chips"] == []
    assert browser.get("/users/?q=ozola").context["clear"] == "?view="
    assert send(browser, f"/views/{view.reference}/no-default/").status_code == 302
    assert browser.get("/users/").status_code == 200


@pytest.mark.spec("UIX-07")
def test_what_is_no_longer_shared_neither_opens_nor_stands_in_the_navigation(zane):
    view, colleague = saved(zane), user(rights=[Right.USERS_SEE])
    share_view(view_id=view.pk, everybody=True, profile=None, actor=zane, now=timezone.now())
    browser = sign_in(colleague)
    send(browser, f"/views/{view.reference}/pin/")
    send(browser, f"/views/{view.reference}/default/")
    assert browser.get("/users/").status_code == 302
    share_view(view_id=view.pk, everybody=False, profile=None, actor=zane, now=timezone.now())
    page = browser.get("/users/")
    assert page.status_code == 200
    assert view.reference not in page.content.decode()


@pytest.mark.spec("UIX-07")
def test_a_view_whose_list_has_gone_says_so_and_can_be_deleted(browser, zane):
    view = saved(zane)
    SavedView.objects.filter(pk=view.pk).update(list_path="gone.views.Gone")
    ViewPin.objects.create(user=zane, view=view)
    page = browser.get(f"/views/{view.reference}/")
    assert page.status_code == 410
    assert "no longer there" in page.content.decode()
    assert browser.get("/users/").status_code == browser.get("/views/counts/").status_code == browser.get("/views/").status_code == 200
    assert browser.get(f"/views/{view.reference}/about/").status_code == 200
    assert send(browser, f"/views/{view.reference}/delete/").status_code == 302
    assert not SavedView.objects.exists()


@pytest.mark.spec("UIX-07")
def test_a_view_whose_criterion_has_gone_opens_and_says_what_is_left_out(browser, zane):
    view = saved(zane)
    SavedView.objects.filter(pk=view.pk).update(query="tier=gold&q=ozola")
    page = browser.get(f"/views/{view.reference}/", follow=True).content.decode()
    assert "know (any more): tier" in page
    assert "Save the view anew" in page


@pytest.mark.spec("UIX-07")
@pytest.mark.parametrize("name", ["", "   ", "a\x00b", "a\u202eb", "x" * 61])
def test_a_bad_name_is_refused(browser, zane, name):
    view = saved(zane)
    assert send(browser, f"/views/{view.reference}/rename/", name=name).status_code == 422
    view.refresh_from_db()
    assert view.name == "Ozolas"


@pytest.mark.spec("UIX-07")
def test_a_name_stands_once_on_a_list(browser, zane):
    saved(zane)
    answer = send(browser, f"/views/save/?list={USERS}&query=", name="oZolas")
    assert answer.status_code == 422
    assert "of this name" in answer.content.decode()


@pytest.mark.spec("UIX-07")
@pytest.mark.parametrize("list_name", ["os.system", "clients.issuer.views.ClientList", "kit.lists.ListPage"])
def test_a_view_of_a_list_that_one_does_not_see_is_refused(browser, list_name):
    assert send(browser, f"/views/save/?list={list_name}&query=", name="Sly").status_code == 422
    assert not SavedView.objects.exists()


@pytest.mark.spec("UIX-07")
def test_the_navigation_has_an_end(zane, monkeypatch):
    monkeypatch.setattr("kit.saved.service.MOST_PINS", 1)
    one, two = saved(zane, name="One"), saved(zane, name="Two")
    pin_view(view=one, pinned=True, actor=zane, now=timezone.now())
    answer = send(sign_in(zane), f"/views/{two.reference}/pin/")
    assert answer.status_code == 422
    assert "Unpin one" in answer.content.decode()


@pytest.mark.spec("USR-11", "UIX-07")
def test_of_a_deleted_person_the_views_that_were_theirs_alone_go(zane):
    now = timezone.now()
    own, shared = (save_view(list_name=USERS, name=name, query="", actor=zane, now=now) for name in ("My friend Jānis", "Locked"))
    share_view(view_id=shared.pk, everybody=True, profile=None, actor=zane, now=now)
    pin_view(view=shared, pinned=True, actor=zane, now=now)
    open_by_default(view=own, chosen=True, actor=zane, now=now)
    erase_user(user=zane, actor=user(), now=now)
    assert list(SavedView.objects.all()) == [shared]
    assert not ViewPin.objects.filter(user=zane).exists()
    assert not ListChoice.objects.filter(user=zane).exists()
