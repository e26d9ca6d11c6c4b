"""The global search: from what was typed to the things that are called so, in few statements (UIX-04).

The first asks everything that has an exact answer or a beginning, and, for names, the newest rows of each kind: a common
name is met there at once. Kinds that didn't fill their share there are asked by their trigrams in the second. The last
reads what the few that were found say. Each is one union.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce
from django.db.utils import OperationalError
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from accounts.enums import Face
from accounts.models import User
from backoffice.search.marking import marked
from core.finding import EVERYBODY, Path, SearchSource, search_sources
from core.question import LONGEST, Question
from core.references import LENGTHS, clean_reference
from core.registries import visible
from kit import cells
from kit.pages import ANY_FACE
from kit.timeouts import statement_timeout

TIMEOUT_MS = 1000
RECENT = 1500  # rows of a kind in which a common name is looked for first
ERROR_PREFIX = "ERR"


@dataclass(frozen=True)
class Hit:
    """One thing found. `title` and `details` are HTML with the fragment marked."""

    source: SearchSource
    key: str
    is_exact: bool
    title: SafeString
    details: list[SafeString]
    badge: SafeString | str
    url: str


@dataclass
class Group:
    """The things of one kind, at most so many; `more` is the list that shows all of them, "" where these are all."""

    source: SearchSource
    hits: list[Hit] = field(default_factory=list)
    more: str = ""

    @property
    def has_exact(self) -> bool:
        return any(hit.is_exact for hit in self.hits)


@dataclass
class Found:
    """What a search gives: groups, and notes on what to type instead."""

    question: Question
    groups: list[Group] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(len(group.hits) for group in self.groups)

    @property
    def landing(self) -> str:
        """The page of the one thing that was named exactly; "" where there is none or more than one."""
        exact = {hit.url for group in self.groups for hit in group.hits if hit.is_exact}
        return exact.pop() if len(exact) == 1 else ""


def search(person: User, question: Question, *, each: int) -> Found:
    """At most `each` things of every kind that the person may see."""
    found = Found(question)
    if question.too_long:
        found.notes.append(_("This is too long to search for: at most %(maximum)s characters.") % {"maximum": LONGEST})
    elif question.text and question.is_storable:
        Search(person, question, each, found).run()
    return found


class Search:
    """One search under way."""

    def __init__(self, person: User, question: Question, each: int, found: Found) -> None:
        self.person, self.question, self.each, self.found = person, question, each, found
        self.sources = [source for source in search_sources() if self.may_see(source)]
        self.rows: dict[int, dict[Any, bool]] = {place: {} for place in range(len(self.sources))}

    def may_see(self, source: SearchSource) -> bool:
        return (source.right == EVERYBODY or self.person.has_right(source.right)) and page_name(source, self.person.face) != ""

    def run(self) -> None:
        named = [place for place, source in enumerate(self.sources) if self.question.prefix in source.prefixes]
        with self.in_time():
            if named or self.question.prefix == ERROR_PREFIX:
                self.ask(list(self.by_name(named or range(len(self.sources)))))
            if not self.is_found:
                first = [] if named else list(self.by_name(range(len(self.sources))))
                texts = [place for place, source in enumerate(self.sources) if self.fragments(source)]
                self.ask(first + [self.branch(place, self.text(place) & self.recent(place)) for place in texts])
                short = [place for place in texts if len(self.rows[place]) <= self.each]
                self.ask([self.branch(place, self.text(place)) for place in short], enable_seqscan="off")
        with self.in_time():
            self.found.groups = sorted(self.groups(), key=lambda group: not group.has_exact)
        self.found.notes += self.advice(named)

    @contextmanager
    def in_time(self) -> Iterator[None]:
        """What takes too long is left out, and said."""
        try:
            yield
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled) or connection.in_atomic_block:
                raise
            self.found.notes.append(_("This matches too much to be found in time. Type more of it."))

    @property
    def is_found(self) -> bool:
        return any(self.rows.values())

    # What to ask.
    def by_name(self, places: Iterable[int]) -> Iterable[QuerySet[Any]]:
        for place in places:
            source = self.sources[place]
            exact, near = source.exact(self.question), source.near(self.question)
            for prefix, column in source.prefixes.items():
                whole, beginning = self.references(prefix, column)
                exact = whole if exact is None else exact if whole is None else exact | whole
                near = beginning if near is None else near if beginning is None else near | beginning
            if exact is not None:
                yield self.branch(place, exact, is_exact=True)
            if near is not None:
                yield self.branch(place, near)

    def references(self, prefix: str, column: str) -> tuple[Q | None, Q | None]:
        """The row that has the reference, and those whose reference begins so."""
        question = self.question
        if question.prefix == prefix:
            if column == "pk":
                return (Q(pk=int(question.body)) if question.body.isdigit() and len(question.body) <= 15 else None), None
            beginning = Q()
            for reference in question.references:
                beginning |= Q(**{f"{column}__startswith": reference})
            return Q(**{f"{column}__in": question.references}), beginning
        if question.bare_body and column != "pk":
            return Q(**{column: f"{prefix}-{question.bare_body}"}), None
        return None, None

    def fragments(self, source: SearchSource) -> list[str]:
        """What the source's text must hold."""
        if not source.text or self.question.hash:
            return []
        if self.question.hex_parts:
            return self.question.hex_parts if source.has_addresses and sum(map(len, self.question.hex_parts)) >= source.shortest else []
        return self.question.words if len(self.question.text) >= source.shortest else []

    def text(self, place: int) -> Q:
        source, condition = self.sources[place], Q()
        for fragment in self.fragments(source):
            condition &= Q(**{f"{source.text}__icontains": fragment})
        return condition

    def recent(self, place: int) -> Q:
        source = self.sources[place]
        return Q(pk__in=source.model._default_manager.order_by(*source.newest).values("pk")[:RECENT])

    def branch(self, place: int, condition: Q, *, is_exact: bool = False) -> QuerySet[Any]:
        """One SELECT of the union: which source, how well, which row. What it says is read later, of the few that are shown."""
        rows = visible(self.sources[place].model, self.person).filter(condition).order_by()
        columns = {"hit_source": Value(place, models.IntegerField()), "hit_exact": Value(is_exact, models.BooleanField())}
        return rows.annotate(**columns).values_list("hit_source", "hit_exact", "pk")[: self.each + 1]

    def ask(self, branches: list[QuerySet[Any]], **settings: str) -> None:
        for place, is_exact, pk in self.read(branches, **settings):
            self.rows[place][pk] = is_exact or self.rows[place].get(pk, False)

    def read(self, branches: list[QuerySet[Any]], **settings: str) -> list[Any]:
        if not branches:
            return []
        with statement_timeout(TIMEOUT_MS, jit="off", **settings):
            return list(branches[0].union(*branches[1:], all=True) if branches[1:] else branches[0])

    def said(self) -> list[Any]:
        """(source, row, key, what is shown, status) of everything found."""
        return self.read([self.columns(place, list(rows)) for place, rows in self.rows.items() if rows])

    def columns(self, place: int, pks: list[Any]) -> QuerySet[Any]:
        source = self.sources[place]
        shown = Func(
            *[Coalesce(Cast(as_expression(path), TextField()), Value("")) for path in source.shown],
            template="ARRAY[%(expressions)s]",
            output_field=ArrayField(TextField()),
        )
        columns = {
            "hit_source": Value(place, models.IntegerField()),
            "hit_key": Cast(as_expression(source.key or Value("")), TextField()),
            "hit_shown": shown,
            "hit_status": Cast(as_expression(source.status or Value("")), TextField()),
        }
        rows = source.model._default_manager.filter(pk__in=pks).order_by()
        return rows.annotate(**columns).values_list("hit_source", "pk", "hit_key", "hit_shown", "hit_status")

    # What to show.
    def groups(self) -> Iterable[Group]:
        said = {(place, pk): rest for place, pk, *rest in self.said()}
        for place, rows in self.rows.items():
            source = self.sources[place]
            hits = [self.hit(source, is_exact, *said[place, pk]) for pk, is_exact in rows.items() if (place, pk) in said]
            if hits:
                hits.sort(key=lambda hit: not hit.is_exact)
                yield Group(source, hits[: self.each], self.more(source) if len(hits) > self.each else "")

    def more(self, source: SearchSource) -> str:
        if source.all_of_them is None or self.person.face != Face.ISSUER:
            return ""
        name, criterion = source.all_of_them
        return reverse(name, query={criterion: self.question.text})

    def hit(self, source: SearchSource, is_exact: bool, key: str, shown: list[str], status: str) -> Hit:
        question = self.question
        fragments = question.hex_parts or [*question.references, *question.words, question.phone or question.text]
        title, *details = [in_words(source, path, value) for path, value in zip(source.shown, shown, strict=True)]
        if source.words and shown[1:]:
            details[0] = str(source.words(shown[1]))
        name = page_name(source, self.person.face)
        wholes = {question.text.casefold(), question.address, question.email} - {""}  # a name typed whole is as good as a reference
        return Hit(
            source,
            key,
            is_exact or any(value.casefold() in wholes for value in shown),
            marked(title, fragments),
            [marked(detail, fragments) for detail in details if detail],
            cells.badge_for(source.model, source.status, status) if source.status else "",
            reverse(name, args=[key] if source.key else []),
        )

    def advice(self, named: list[int]) -> list[str]:
        """What to type instead, or where else to look."""
        question = self.question
        if question.prefix == ERROR_PREFIX:
            where = _("%(reference)s names an error: its cause stands in the log of the process, under error_reference.")
            return [where % {"reference": f"{question.prefix}-{question.body}"}]
        if self.is_found or self.found.notes:
            return []
        checked = any(self.sources[place].prefixes[question.prefix] != "pk" for place in named)
        if checked and len(question.body) in LENGTHS and clean_reference(question.references[0]) is None:
            return [_("%(reference)s can't be right: one of its characters is mistyped.") % {"reference": question.references[0]}]
        if not (named or question.hash or question.hex_parts or question.words):
            return [_("Type at least three letters or digits of it.")]
        return []


@cache
def page_name(source: SearchSource, face: str) -> str:
    """The url name of the source's page on a face; "" where the face has none."""
    for name in ([f"merchant-{source.page}"] if face == Face.MERCHANT else []) + [source.page]:
        try:
            view = resolve(reverse(name, args=["X-1"] if source.key else [])).func
        except NoReverseMatch:
            continue
        if getattr(view, "face", "") in (face, ANY_FACE):
            return name
    return ""


def as_expression(path: Path) -> Any:
    return F(path) if isinstance(path, str) else path


def in_words(source: SearchSource, path: Path, value: str) -> str:
    """A value of the union, which is text, as pages show it."""
    stored = cells.field_at(source.model, path) if isinstance(path, str) else None
    if not value or stored is None:
        return value
    if stored.choices:
        return str(next((label for choice, label in stored.flatchoices if str(choice) == value), value))
    if isinstance(stored, models.DecimalField):
        return cells.plain_amount(Decimal(value), 0)
    if isinstance(stored, models.DateTimeField):
        return cells.when_text(datetime.fromisoformat(value))
    return value
