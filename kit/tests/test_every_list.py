"""What holds for every list of every app: it exports all that is stored, or says why not (EXP-X1); its rows have a rule."""

from importlib import import_module

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver

from core.registries import visible
from kit.cells import field_at
from kit.lists import ListPage


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
