"""docs/adding-a-domain.md is true: its code, as it stands there, is a list with a page and an action, in under sixty lines (UIX-01).

The page's "Thing" is the order of this product under another name; what the page takes for granted (models, enums, services) is
given below, everything else is read from the page and run.
"""

import copy
import re
import sys
from types import ModuleType, SimpleNamespace

import pytest
from django import forms
from django.conf import settings
from django.urls import clear_url_caches, include, path, set_urlconf

from accounts.tests.factories import sign_in, user
from core import registries
from kit import cells
from kit.models import BulkRun
from kit.saved import places
from kit.tasks import run_bulk
from orders.enums import OrderStatus
from orders.models import Order
from orders.services import cancel_order
from orders.tests.factories import order
from orders.transitions import ORDER

PAGE = settings.BASE_DIR / "docs" / "adding-a-domain.md"
IN_ORDER = ["filters", "tables", "resources", "views", "dialogs", "bulk", "detail", "urls"]
THE_LIST = ["filters", "tables", "resources", "views"]
MOST_LINES = 60


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=300)


def close_thing(*, thing_id, reason, actor, now):
    return cancel_order(order_id=thing_id, comment=reason, actor=actor, now=now)


GIVEN = {
    "things.models": {"Thing": Order},
    "things.enums": {"ThingStatus": OrderStatus, "Right": SimpleNamespace(THINGS_SEE="orders.see", THINGS_CLOSE="orders.act")},
    "things.transitions": {"THING": ORDER},
    "things.services": {"close_thing": close_thing},
    "things.issuer.forms": {"ReasonForm": ReasonForm},
}


def code_of_the_page() -> dict[str, str]:
    """Name of a module -> its code, as the page has it."""
    found = {}
    for block in re.finditer(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
        named = re.findall(r"`(things/[\w/]+)\.py`", PAGE.read_text()[: block.start()])
        found[named[-1].replace("/", ".")] = block[1]
    return found


@pytest.fixture
def things(monkeypatch, settings):
    """The page's app, installed for one test."""
    monkeypatch.setattr(cells, "_meanings", dict(cells._meanings))
    monkeypatch.setattr(registries, "_extensions", copy.deepcopy(registries._extensions))

    def install(name: str, content: dict[str, object]) -> ModuleType:
        module = ModuleType(name)
        module.__dict__.update(content)
        monkeypatch.setitem(sys.modules, name, module)
        return module

    for name in ("things", "things.issuer"):
        install(name, {"__path__": []})
    for name, content in GIVEN.items():
        install(name, content)
    code = code_of_the_page()
    for name in IN_ORDER:
        module = install(f"things.issuer.{name}", {})
        exec(compile(code[f"things.issuer.{name}"], f"{PAGE.name}: {name}", "exec"), module.__dict__)  # noqa: S102 - our own page
    roots = {"urlpatterns": [*sys.modules["things.issuer.urls"].urlpatterns, path("", include("backoffice.urls"))]}
    handlers = {name: f"kit.errors.{what}" for name, what in (("handler404", "not_found"), ("handler403", "permission_denied"))}
    install("things.root", roots | handlers)
    settings.ROOT_URLCONF = "things.root"
    clear_url_caches()
    set_urlconf(None)
    places._places.cache_clear()
    yield
    clear_url_caches()
    places._places.cache_clear()


@pytest.mark.spec("UIX-01")
def test_a_new_list_takes_less_than_sixty_lines():
    code = code_of_the_page()
    assert {f"things.issuer.{name}" for name in IN_ORDER} <= set(code)
    lines = [line for name in THE_LIST for line in code[f"things.issuer.{name}"].splitlines() if line.strip()]
    assert len(lines) < MOST_LINES


@pytest.mark.django_db
@pytest.mark.spec("UIX-01", "UIX-02", "UIX-03")
def test_the_pages_code_is_a_list_with_a_page_and_an_action(things, django_assert_max_num_queries):
    one, other = order(), order()
    browser = sign_in(user())
    with django_assert_max_num_queries(6):
        page = browser.get("/things/")
    assert [row.reference for row in page.context["slice"].rows] == [other.reference, one.reference]
    assert [str(head["label"]) for head in page.context["heads"]] == ["Reference", "Client", "Quantity", "Wallet", "Status", "Created"]
    assert 'aria-current="page"' in page.content.decode()

    found = browser.get("/things/", {"reference": one.reference, "status": "created", "cols": "completed_at,reference"})
    assert [row.pk for row in found.context["slice"].rows] == [one.pk]
    assert [str(head["label"]) for head in found.context["heads"]] == ["Completed", "Reference"]
    assert len(found.context["chips"]) == 2
    file = browser.post(f"/things/?reference={one.reference}", {"export": "csv"})
    assert one.reference in b"".join(file).decode()
    kept = browser.post("/lists/choice/", {"list": "things.issuer.views.ThingList", "col": ["status"]})
    assert kept["Location"] == "/things/?cols=status"

    detail = browser.get(f"/things/{one.reference}/?in=/things/").content.decode()
    assert f"/things/{other.reference}/" in detail
    dialog = browser.get(f"/things/{one.reference}/close/").content.decode()
    key = re.search(r'name="operation_key" value="([^"]+)"', dialog)[1]
    assert browser.post(f"/things/{one.reference}/close/", {"operation_key": key, "reason": "Not wanted"}).status_code == 302
    one.refresh_from_db()
    assert one.status == OrderStatus.CANCELLED
    assert "Close thing" not in browser.get(f"/things/{one.reference}/").content.decode()


@pytest.mark.django_db
@pytest.mark.spec("UIX-08")
def test_the_pages_bulk_action_is_done_to_the_rows_that_are_ticked(things, monkeypatch):
    page = sys.modules["things.issuer.views"].ThingList
    monkeypatch.setattr(page, "bulk_actions", [sys.modules["things.issuer.bulk"].CloseThings])
    one, _other = order(), order()
    browser, where = sign_in(user()), f"/things/?bulk=close&row={one.reference}"
    assert browser.get("/things/").content.decode().count('<td class="tick"') == 2
    key = re.search(r'name="operation_key" value="([^"]+)"', browser.get(where).content.decode())[1]
    assert browser.post(where, {"operation_key": key, "reason": "Not wanted"}).status_code == 302
    run_bulk(BulkRun.objects.get().pk)
    assert list(Order.objects.filter(status=OrderStatus.CANCELLED)) == [one]
