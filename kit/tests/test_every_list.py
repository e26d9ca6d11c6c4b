"""What holds for every list of every app: it exports all that is stored, or says why not (EXP-X1); its rows have a rule; with any
columns it asks for little and weighs little (UIX-01)."""

from importlib import import_module

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver
from django.utils import timezone

from core.registries import extensions, known_rights, visible
from kit.bulk.actions import BulkAction
from kit.cells import field_at
from kit.lists import ListPage
from kit.models import ViewPin
from kit.saved.choices import choose_columns
from kit.saved.places import place_of
from kit.saved.service import save_view


def list_pages() -> list[type[ListPage]]:
    def views(patterns):
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from views(pattern.url_patterns)
            elif isinstance(pattern, URLPattern):
                yield getattr(pattern.callback, "view_class", None)

    found = {
        view for view in views(import_module(settings.ROOT_URLCONF).urlpatterns) if isinstance(view, type) and issubclass(view, ListPage)
    }
    return sorted(found, key=lambda page: page.list_name())


LISTS = list_pages()


@pytest.mark.spec("EXP-X1")
@pytest.mark.parametrize("page", LISTS, ids=lambda page: page.__name__)
def test_a_list_exports_every_stored_field_or_says_why_not(page):
    assert page.resource is not None, "every list can be exported"
    assert page.resource.model() is page.model
    assert page.resource.unexplained() == []
    names = [column.name for column in page.resource.columns()]
    assert len(names) == len(set(names))


@pytest.mark.spec("USR-04")
@pytest.mark.django_db
@pytest.mark.parametrize("page", LISTS, ids=lambda page: page.__name__)
def test_a_lists_rows_have_a_rule_and_its_order_is_a_total_one(page):
    from accounts.tests.factories import user  # noqa: PLC0415

    assert visible(page.model, user(rights=[])).query is not None
    assert field_at(page.model, page.order[0].removeprefix("-")) is not None
    for column in page.columns:
        if column.sort:
            assert field_at(page.model, column.sort) is not None, f"{column.name} sorts by {column.sort}, which is no column"


MOST_STATEMENTS = 6
HEAVIEST = 60_000  # bytes of fifty rows


@pytest.mark.spec("UIX-01")
@pytest.mark.parametrize("page", LISTS, ids=lambda page: page.__name__)
def test_a_lists_columns_have_names_of_their_own(page):
    names = [column.name for column in [*page.columns, *extensions(page.list_name(), "column")]]
    assert len(set(names)) == len(names)
    assert not any("," in name for name in names)


@pytest.mark.spec("UIX-01", "UIX-07")
@pytest.mark.django_db
def test_with_everything_switched_on_a_list_asks_for_little_and_weighs_little():
    from accounts.tests.factories import sign_in, user  # noqa: PLC0415
    from backoffice.tests.makers import furnish  # noqa: PLC0415

    people = {"issuer": user(), "merchant": user("merchant", organisations=[])}
    for person in people.values():
        furnish(person, times=3)
    wrong: list[tuple[str, str, int]] = []
    for page in LISTS:
        person = people["merchant" if page.face == "merchant" else "issuer"]
        place = place_of(page.list_name())
        view = save_view(list_name=page.list_name(), name="Pinned", query="", actor=person, now=timezone.now())
        ViewPin.objects.create(user=person, view=view)
        browser = sign_in(person)
        browser.get(place.address)  # what is only looked at with an event has it then (AUD-06)
        every = place.page_for(person).all_columns()
        declared, alone = [column.name for column in every if not column.hidden], [[column.name] for column in every]
        choose_columns(place=place, columns=declared[::-1], actor=person)
        browser.get(place.address)  # some reads leave a trace the first time
        for columns in ([], [column.name for column in every], *alone):
            address = f"{place.address}?cols={','.join(columns)}" if columns else f"{place.address}?size=50"
            with CaptureQueriesContext(connection) as captured:
                answer = browser.get(f"{address}&view={view.reference}")
            if answer.status_code != 200 or len(captured) > MOST_STATEMENTS:
                wrong.append((page.__name__, address, len(captured)))
            rows, table = len(answer.context["slice"].rows), len(answer.context["table"].encode())
            weight = len(answer.content) + table * (50 - rows) // rows if rows else len(answer.content)
            if (weight > HEAVIEST and len(columns) < 2) or not rows:
                wrong.append((page.__name__, address, weight))
        ViewPin.objects.filter(user=person).exclude(view=view).delete()
    assert wrong == [], "\n".join(map(str, wrong))


@pytest.mark.spec("UIX-08", "USR-01")
@pytest.mark.parametrize("page", [page for page in LISTS if page.bulk_actions], ids=lambda page: page.__name__)
def test_bulk_actions_have_a_code_of_their_own_a_right_and_a_way_to_do_it(page):
    codes = [action.code for action in page.bulk_actions]
    assert all(codes)
    assert len(set(codes)) == len(codes)
    for action in page.bulk_actions:
        assert action.right in known_rights()
        needed = "perform_chunk" if action.in_chunks else "perform_row"
        assert getattr(action, needed) is not getattr(BulkAction, needed)
