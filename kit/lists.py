"""A list is a declaration: columns, criteria, order, export (UIX-01, DESIGN section 3). See docs/adding-a-domain.md."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, ClassVar

from django.core.exceptions import BadRequest, ImproperlyConfigured
from django.db import connection
from django.db.models import ForeignKey, Model, OneToOneField, OneToOneRel, QuerySet
from django.db.utils import OperationalError
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from core.registries import extensions, visible
from kit import cells
from kit.bulk.actions import open_dialog
from kit.bulk.offers import offered
from kit.enums import ExportFormat, Right
from kit.exports import service as exports
from kit.filters import Criteria
from kit.pages import Page, may
from kit.paging import COUNT_CAP, Order, Slice, capped_count, decode_cursor, take
from kit.saved import menus
from kit.saved.selectors import choice_of
from kit.timeouts import statement_timeout

PAGE_SIZES = (25, 50, 100)
SEARCH_TIMEOUT_MS = 4000
COUNT_TIMEOUT_MS = 1000
PAGING = ("after", "before", "last")  # where in the list one is
BULK = ("bulk", "row", "all")  # what is to be done to which rows
LOOK = ("sort", "size", "cols", "view")  # how it looks; all else in the address are criteria
# What of the page htmx asks for by its target: the rest of it stays as it is.
PARTS = {"list": "kit/list_body.html", "list-page": "kit/list_page.html"}
MENUS = {"views-menu": menus.views_menu, "columns-menu": menus.columns_menu}


@dataclass(frozen=True)
class Column:
    """A column. `name` is a dotted path (`asset__code`); `cell` makes its HTML (kit.cells), by default what the field's
    kind asks for; `align` is "end" or "mono"; `sort` is the indexed column it sorts by ("" for none); `width` a CSS class w-1 … w-6 or ""."""

    name: str
    label: Any
    sort: str = ""
    cell: Callable[[Any], str] | None = None
    align: str = ""
    width: str = ""
    asset: str = ""  # for a quantity: the path of its asset
    hidden: bool = False  # there to be chosen, not shown until it is


class ListPage(Page):
    """A list of the rows of `model` that the person may see, with search form, sorting, paging and export."""

    model: ClassVar[type[Model]]
    columns: ClassVar[list[Column]] = []
    filters: ClassVar[type[Criteria] | None] = None
    order: ClassVar[tuple[str, ...]] = ("-created_at", "-id")
    resource: ClassVar[Any] = None
    row_url: ClassVar[str] = ""  # url name taking the row's reference; or override `url_of`
    intro: ClassVar[Any] = ""
    empty: ClassVar[Any] = ""  # what would be here, and what makes one
    primary_action: ClassVar[Any] = None  # an ActionDialog or FormPage class; a higher app gives one by `extend(…, "primary_action", …)`
    other_actions: ClassVar[list[Any]] = []  # quieter ones beside it
    bulk_actions: ClassVar[list[Any]] = []  # BulkActions (kit.bulk.actions); with one, rows have tick boxes
    bulk_key: ClassVar[str] = "reference"  # what a tick box names a row by
    related: ClassVar[tuple[str, ...]] = ()
    page_size: ClassVar[int] = 50
    export_scope = ""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.columns:
            lead = cls.order[0]
            if len(cls.order) > 1 and cls.order[1] not in ("-id" if lead.startswith("-") else "id",):
                raise ImproperlyConfigured(f"{cls.__name__}.order must be one column and the id, both in one direction")

    # What a declaration may override.
    def queryset(self) -> QuerySet[Any]:
        """The rows before any criterion."""
        return visible(self.model, self.request.user)

    def url_of(self, row: Any) -> str:
        return self._row_address(row.reference) if self.row_url else ""

    # Reading the address.
    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if "bulk" in request.GET:
            return open_dialog(self)
        target = request.headers.get("HX-Target", "")
        response: HttpResponseBase
        if target in MENUS:
            response = self.render(f"kit/{target.replace('-', '_')}.html", MENUS[target](self))
        elif target.startswith("choices-"):
            response = self.render("kit/choices.html", self.choices_of(target.removeprefix("choices-")))
        elif not request.GET and self.choice["view"]:
            first = self.choice["view"]
            response = HttpResponseRedirect(f"{request.path}?{menus.opening_query(first['reference'], first['query'])}")
        else:
            response = self.render(PARTS.get(target, "kit/list.html"), self.read_list() | {"is_part": target == "list"})
        response["Vary"] = "HX-Request, HX-Target, Cookie"
        return response

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Export what the address's criteria match ("xlsx", "csv"), or everything ("xlsx-all", "csv-all")."""
        if "bulk" in request.GET:
            return open_dialog(self)
        form, _dash, self.export_scope = request.POST.get("export", "").partition("-")
        if self.resource is None or form not in ExportFormat.values or self.export_scope not in ("", "all"):
            raise BadRequest
        self.need(Right.EXPORTS_MAKE)
        now = timezone.now()
        if self.export_rows().order_by()[: exports.AT_ONCE + 1].count() > exports.AT_ONCE:
            export = exports.request_export(self, form=form, actor=request.user, now=now)
            return HttpResponseRedirect(reverse("export-detail", args=[export.reference]))
        export = exports.make_at_once(self, form=form, actor=request.user, now=now)
        return exports.as_attachment(export)

    def export_query(self) -> str:
        """The part of the address that decides the rows of an export and their order."""
        query = self.request.GET.copy()
        for name in list(query):
            if name in (*PAGING, *BULK, "size", "cols", "view") or (self.export_scope == "all" and name != "sort"):
                del query[name]
        return query.urlencode()

    def export_rows(self) -> QuerySet[Any]:
        return self.sorting().sort(self.queryset() if self.export_scope == "all" else self.rows())

    def totals(self) -> dict[str, str]:
        """The columns that an export sums, each with the one that names its asset."""
        return {column.name: f"{column.asset}_code" for column in self.all_columns() if column.asset}

    def all_columns(self) -> list[Column]:
        return [*self.columns, *extensions(self.list_name(), "column")]

    @classmethod
    def list_name(cls) -> str:
        """The dotted name that `core.registries.extend` and exports know this list by."""
        return f"{cls.__module__}.{cls.__name__}"

    @property
    def lead_action(self) -> Any:
        return self.primary_action or next(iter(extensions(self.list_name(), "primary_action")), None)

    @cached_property
    def choice(self) -> dict[str, Any]:
        """What the person chose for this list: {"columns", "size", "view"}."""
        return choice_of(self.request.user, self.list_name())

    @cached_property
    def shown_columns(self) -> list[Column]:
        """Those that the address names, else those that the person chose, else those of the declaration that aren't hidden."""
        every = {column.name: column for column in self.all_columns()}
        for names in (self.request.GET.get("cols", "").split(",", len(every))[: len(every)], self.choice["columns"]):
            if found := [every[name] for name in dict.fromkeys(names) if name in every]:
                return found
        return [column for column in every.values() if not column.hidden]

    @cached_property
    def view(self) -> dict[str, Any] | None:
        """The saved view that the address names: {"reference", "name", "query"}."""
        return menus.view_of(self)

    def look(self) -> str:
        """All that a view keeps of this list, in one canonical form: criteria that are known, order, columns, page size."""
        query = QueryDict(mutable=True)
        for name in sorted(self.criteria.every_parameter()) if self.criteria else ():
            if values := [value for value in self.request.GET.getlist(name) if value]:
                query.setlist(name, values)
        order = self.sorting()
        query["sort"] = f"{'-' if order.descending else ''}{'id' if order.column == 'pk' else order.column}"
        query["cols"] = ",".join(column.name for column in self.shown_columns)
        query["size"] = str(self.size())
        return query.urlencode(safe=",")

    def view_changed(self) -> bool:
        return self.view is not None and self.view["query"] != self.look()

    @cached_property
    def unknown(self) -> list[str]:
        """Parameters of the address that mean nothing here: an old link's, or a criterion that has gone."""
        known = {*PAGING, *BULK, *LOOK, *(self.criteria.every_parameter() if self.criteria else ())}
        return [name for name in self.request.GET if name not in known]

    @cached_property
    def bulk(self) -> list[Any]:
        """The bulk actions that the person has the right to."""
        return offered(self)

    @cached_property
    def criteria(self) -> Criteria | None:
        """The criteria of the declaration, then those that higher apps add: `extend(list, "filter", (name, criterion))`."""
        if self.filters is None:
            return None
        form = _search_form(self.filters, tuple(extensions(self.list_name(), "filter")))
        return form(self.request.GET, queryset=self.queryset(), request=self.request)

    def choices_of(self, name: str) -> dict[str, Any]:
        """A criterion with more values than the page carries, for its drop-down."""
        criterion = next((one for one in (self.criteria.drawn if self.criteria else []) if one["name"] == name), None)
        if criterion is None or "choices" not in criterion:
            raise Http404
        return {"criterion": criterion, "choices": criterion["choices"], "narrow": True}

    def rows(self) -> QuerySet[Any]:
        """The rows that match the address; none while a criterion can't be read (its field says why)."""
        if self.criteria is None:
            return self.queryset()
        return self.criteria.qs if self.criteria.form.is_valid() else self.queryset().none()

    def sorting(self) -> Order:
        sortable = {column.sort for column in self.all_columns() if column.sort}
        asked = self.request.GET.get("sort", "")
        chosen = asked if asked.lstrip("-") in sortable and not asked.startswith("--") else self.order[0]
        column = chosen.removeprefix("-")
        field = cells.field_at(self.model, column)
        return Order("pk" if column == "id" else column, chosen.startswith("-"), bool(field is not None and field.null))

    def size(self) -> int:
        asked = self.request.GET.get("size", "")
        return int(asked) if asked in map(str, PAGE_SIZES) else self.choice["size"] or self.page_size

    def address(self, *, without: list[str] | tuple[str, ...] = (), **changes: str) -> str:
        """This list's address with some parameters changed; a changed criterion or order starts from the first page."""
        query = self.request.GET.copy()
        for name in (*without, *PAGING, *BULK, *self.unknown):
            query.pop(name, None)
        for name, value in changes.items():
            query[name] = value
        if not query and self.choice["view"]:
            query["view"] = ""  # a bare address would open the view that the list opens with
        return f"?{query.urlencode(safe=',')}" if query else self.request.path

    # Reading the rows.
    def read_list(self) -> dict[str, Any]:
        order, query = self.sorting(), self.request.GET
        cursors = {name: decode_cursor(query[name], self.model, order) for name in ("after", "before") if query.get(name)}
        searching = bool(self.criteria and self.criteria.is_set())
        found, count, failure = Slice([], has_previous=False, has_next=False), 0, ""
        rows = self.rows()
        paged = rows.select_related(*self.paths_to_join())
        try:
            with statement_timeout(SEARCH_TIMEOUT_MS if searching else 0):
                found = take(paged, order, size=self.size(), last="last" in query and not cursors, **cursors)
                alone = not (found.has_previous or found.has_next or cursors)
                count = len(found.rows) if alone else self.counted(rows)
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            failure = _("This search matches too much to be sorted in time. Add a date or a status, or more characters.")
        return {
            "order": order,
            "heads": self.heads(order),
            "table": self.table(found.rows),
            "slice": found,
            "count": self.count_text(count, failure),
            "number": 2 if failure or count < 0 else count,
            "failure": failure,
            "lost_cursor": any(value is None for value in cursors.values()),
            "searching": searching,
            "criteria": self.criteria,
            "chips": self.criteria.chips(self.address) if self.criteria and searching else [],
            "clear": self.address(without=self.criteria.every_parameter()) if self.criteria else "",
            "page_links": self.page_links(found),
            "size": self.size(),
            "page_sizes": PAGE_SIZES,
            "kept": [(name, query[name]) for name in LOOK if query.get(name)],  # what the search form must not lose
            "view_changed": self.view_changed(),
            "list_name": self.list_name(),
            "may_create": self.lead_action if self.lead_action and may(self.request.user, self.lead_action) else None,
            "beside": [item for item in extensions(self.list_name(), "beside") if self.request.user.has_right(item.right)],
            "others": [action for action in self.other_actions if may(self.request.user, action)],
            "bulk": self.bulk,
            "bulk_criteria": [(name, value) for name, values in QueryDict(self.export_query()).lists() for value in values],
            "may_export": self.resource is not None and self.request.user.has_right(Right.EXPORTS_MAKE),
        }

    def counted(self, rows: QuerySet[Any]) -> int:
        """The rows up to the cap; -1 where even counting so far takes too long ("many")."""
        try:
            with statement_timeout(COUNT_TIMEOUT_MS):
                return capped_count(rows)
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled) or connection.in_atomic_block:
                raise
            return -1

    def count_text(self, count: int, failure: str) -> str:
        if failure or count < 0:
            return _("many")
        shown = f"{min(count, COUNT_CAP):,}".replace(",", cells.THIN_SPACE)
        return f"{shown}+" if count > COUNT_CAP else shown

    def page_links(self, found: Slice) -> list[tuple[str, Any, str]]:
        """(address or "", label, icon) of first, previous, next and last; none on a list of one page."""
        if not (found.has_previous or found.has_next):
            return []
        first = self.address() if found.has_previous else ""
        previous = self.address(before=found.first_cursor) if found.has_previous and found.first_cursor else ""
        following = self.address(after=found.last_cursor) if found.has_next and found.last_cursor else ""
        last = self.address(last="1") if found.has_next else ""
        return [
            (first, _("First page"), "chevrons-left"),
            (previous, _("Previous page"), "chevron-left"),
            (following, _("Next page"), "chevron-right"),
            (last, _("Last page"), "chevrons-right"),
        ]

    def paths_to_join(self) -> list[str]:
        """The relations that the columns read, joined once."""
        joined = set(self.related)
        for column in self.shown_columns:
            for path in (column.name, f"{column.asset}__code" if column.asset else ""):
                parts, model, walked = path.split("__")[:-1], self.model, []
                for part in parts:
                    field = cells.field_at(model, part)
                    if not isinstance(field, (ForeignKey, OneToOneField, OneToOneRel)):
                        break
                    walked.append(part)
                    model = field.related_model
                if walked:
                    joined.add("__".join(walked))
        return sorted(joined)

    # Drawing them.
    def heads(self, order: Order) -> list[dict[str, Any]]:
        heads = []
        for column in self.shown_columns:
            current = bool(column.sort) and ("pk" if column.sort == "id" else column.sort) == order.column
            turned = f"-{column.sort}" if not current or not order.descending else column.sort
            _cell, align = self._compiled(column)
            heads.append(
                {
                    "label": column.label,
                    "url": self.address(sort=turned) if column.sort else "",
                    "aria": ("descending" if order.descending else "ascending") if current else "",
                    "css": f"{align} {column.width}".strip(),
                }
            )
        return heads

    def table(self, rows: list[Any]) -> SafeString:
        """The body of the table. Plain string work: a template node for each cell would cost five times as much."""
        compiled = []
        for column in self.shown_columns:
            cell, align = self._compiled(column)
            compiled.append((f'<td class="{align}">' if align else "<td>", cell))
        parts = []
        for row in rows:
            if self.bulk:
                # bulk.js puts the box in; a row whose link ends with its key needn't say it twice
                named = "" if self.row_url and self.bulk_key == "reference" else f' data-row="{escape(getattr(row, self.bulk_key))}"'
                parts.append(f'<tr><td class="tick"{named}></td>')
            else:
                parts.append("<tr>")
            url = self.url_of(row)
            for place, (head, cell) in enumerate(compiled):
                if place == 0 and url:
                    parts.append(f'{head}<a class="row-link" href="{escape(url)}">{cell(row)}</a></td>')
                else:
                    parts.append(f"{head}{cell(row)}</td>")
            parts.append("</tr>")
        return mark_safe("".join(parts))  # noqa: S308 - every cell is escaped by its maker

    def _compiled(self, column: Column) -> tuple[Callable[[Any], str], str]:
        if column.cell is not None:
            return _escaped(column.cell), column.align
        if column.asset:
            return cells.amount(column.name, column.asset), column.align or "end"
        cell, align = cells.cell_for(self.model, column.name)
        return _escaped(cell), column.align or align

    @cached_property
    def _row_pattern(self) -> str:
        return reverse(self.named(self.row_url), args=["REFERENCE"])

    def _row_address(self, reference: str) -> str:
        return self._row_pattern.replace("REFERENCE", reference, 1)


@cache
def _search_form(form: type[Criteria], more: tuple[tuple[str, Any], ...]) -> type[Criteria]:
    return type(form)(form.__name__, (form,), dict(more)) if more else form


def _escaped(cell: Callable[[Any], Any]) -> Callable[[Any], str]:
    """What a cell returns, escaped unless it is marked safe."""
    return lambda row: escape_once(cell(row))


def escape_once(value: Any) -> str:
    return value if isinstance(value, SafeString) else escape(value)
