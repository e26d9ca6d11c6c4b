"""What a person chooses for one list is kept: columns in order, rows a page, the view that it opens with (UIX-01).

How a page looks to one person is no event of the business: only what is done with views stands in the trail.
"""

from collections.abc import Sequence

from django.db import transaction

from accounts.models import User
from kit.models import ListChoice, SavedView
from kit.saved.places import Place


def choose_columns(*, place: Place, columns: Sequence[str], actor: User) -> None:
    """Keep the person's columns of a list, in this order. Unknown ones are left out; none at all: as declared again."""
    page = place.page_for(actor)
    known = [column.name for column in page.all_columns()]
    declared = [column.name for column in page.all_columns() if not column.hidden]
    chosen = [name for name in dict.fromkeys(columns) if name in known]
    _keep(place, actor, columns=[] if chosen == declared else chosen)


def choose_size(*, place: Place, size: int, actor: User) -> None:
    """Keep how many rows a page of the list has."""
    _keep(place, actor, size=None if size == place.page.page_size else size)


def choose_view(*, place: Place, view: SavedView | None, actor: User) -> None:
    """Let the list open with a view, or with all rows again."""
    _keep(place, actor, view=view)


def _keep(place: Place, actor: User, **values: object) -> None:
    with transaction.atomic():
        ListChoice.objects.update_or_create(user=actor, list_path=place.page.list_name(), defaults=values)
