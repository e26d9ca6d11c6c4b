"""What a reservation is for: the thing of a higher app, by its name, with a link where it has a page."""

from collections import defaultdict
from collections.abc import Sequence

from django.apps import apps
from django.utils.html import format_html

from core.registries import extensions
from core.subjects import type_label
from kit.subjects import subject_link
from ledger.models import Reservation


def with_purposes(reservations: Sequence[Reservation], *, face: str) -> Sequence[Reservation]:
    """Each gets `purpose`. A second reservation of the same thing has a type of its own: `extend("ledger.reservations", "purpose",
    (its type, the thing's model, words))`."""
    also = {kind: (model, words) for kind, model, words in extensions("ledger.reservations", "purpose")}
    ids: dict[str, set[int]] = defaultdict(set)
    for one in reservations:
        ids[also.get(one.purpose_type, (one.purpose_type, ""))[0]].add(one.purpose_id)
    references = {model: dict(_named(model, own)) for model, own in ids.items()}
    for one in reservations:
        model, words = also.get(one.purpose_type, (one.purpose_type, ""))
        link = subject_link(model, references[model].get(one.purpose_id, ""), face)
        one.purpose = format_html("{} {}", words or type_label(model).capitalize() or one.purpose_type, link)
    return reservations


def _named(model: str, ids: set[int]) -> list[tuple[int, str]]:
    try:
        found = apps.get_model(model)
    except (LookupError, ValueError):
        return []
    return list(found._default_manager.filter(pk__in=ids).values_list("pk", "reference"))
