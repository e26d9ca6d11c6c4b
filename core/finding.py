"""Where the global search looks: each app says it in `AppConfig.ready()` for each kind of thing that has a page (UIX-04)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Expression, F, Model, Q
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from core.question import Question

EVERYBODY = "signed_in"  # a right that everybody has
Condition = Callable[[Question], Q | None]
Path = str | Expression


def never(question: Question) -> Q | None:
    return None


def by_contact(question: Question) -> Q | None:
    """The one with this e-mail address or this phone number, of a model that has both."""
    if question.email:
        return Q(Exact(Lower(F("email")), question.email))
    return Q(phone=question.phone) & ~Q(phone="") if question.phone else None


@dataclass(frozen=True, eq=False)
class SearchSource:
    """One kind of thing. Only who has `right` finds any, and of those only rows that `visible()` shows.

    `page` is the url name of the page of one (on the merchant's face the one with `merchant-` before it, and where there is
    none the kind is not searched); it takes `key`, or nothing where `key` is "". `shown` is what a result says, the most
    telling first. A path whose field is a choice, a quantity or a time is put into words.

    How it is found, each by an index:
    - `prefixes`: of its references, and the field that holds them ("pk": the number behind the prefix is the row's);
    - `exact`: the one thing that a question names, `near`: things it is a beginning of; None: the question isn't about these;
    - `text`: the column of `core.search.search_text`, searched by trigrams from `shortest` characters on; it needs the
      index on `newest`. With `has_addresses` it is also asked for fragments of addresses.
    """

    label: Any
    model: type[Model]
    right: str
    page: str
    icon: str
    shown: tuple[Path, ...]
    key: Path = "reference"
    status: str = ""
    prefixes: Mapping[str, str] = field(default_factory=dict)
    exact: Condition = never
    near: Condition = never
    text: str = ""
    shortest: int = 3
    has_addresses: bool = False
    newest: tuple[str, ...] = ("-created_at", "-id")
    all_of_them: tuple[str, str] | None = None  # the list's url name and the criterion that takes the text
    words: Callable[[str], Any] | None = None  # of what stands second in `shown`, where it is a code


_sources: list[SearchSource] = []


def register_search(source: SearchSource) -> None:
    _sources.append(source)


def search_sources() -> list[SearchSource]:
    """In the order of the apps, the most used things last registered: the highest apps' first."""
    return _sources[::-1]
