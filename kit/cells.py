"""How a value is shown, in lists and on pages alike: quantity, address, time, status. Everything here returns safe HTML.

A cell is a function row -> HTML; the makers below (`text`, `amount`, …) build one from a dotted path, once per list.
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import cache, partial
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import formats, timezone
from django.utils.encoding import force_str
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from core.amounts import MAX_DECIMALS

Cell = Callable[[Any], str]

DONE, WAITS, FAILED, UNDER_WAY, NEUTRAL = "done", "waits", "failed", "way", "neutral"
THIN_SPACE = "\u202f"  # narrow and unbreakable
NOTHING = mark_safe('<span class="nothing">—</span>')
DATE_FORMATS = {"en": "%Y/%m/%d", "fr": "%d/%m/%Y", "lv": "%d.%m.%Y"}

_meanings: dict[tuple[type[models.Model], str], dict[str, str]] = {}


def register_meanings(model: type[models.Model], field: str, **meanings: str) -> None:
    """Say what each status means: `register_meanings(Order, "status", completed=DONE, on_hold=WAITS, cancelled=FAILED)`."""
    _meanings[model, field] = meanings


def badge_html(label: Any, meaning: str = NEUTRAL) -> SafeString:
    """A dot and a word; the colour alone says nothing that the word doesn't."""
    css = "badge-status" if meaning == NEUTRAL else f"badge-status is-{meaning}"
    return mark_safe(f'<span class="{css}">{escape(label)}</span>')  # noqa: S308


def badge_of(row: models.Model, field: str = "status") -> SafeString:
    return badge_for(type(row), field, getattr(row, field))


def badge_for(model: type[models.Model], field: str, value: Any) -> SafeString:
    """The badge of a value of the model's field."""
    label = dict(model._meta.get_field(field).flatchoices).get(value, value)
    return badge_html(label, _meanings.get((model, field), {}).get(value, NEUTRAL))


def plain_amount(quantity: Decimal, decimals: int) -> str:
    """Digits with the asset's decimals (more where the quantity has more: nothing is hidden), thinly grouped."""
    sign = "−" if quantity < 0 else ""
    whole, _, rest = format(abs(quantity), "f").partition(".")
    rest = rest.rstrip("0")[:MAX_DECIMALS].ljust(decimals, "0")
    grouped = f"{int(whole):,}".replace(",", THIN_SPACE)
    return f"{sign}{grouped}{decimal_separator(get_language())}{rest}" if rest else f"{sign}{grouped}"


@cache
def decimal_separator(language: str | None) -> str:
    return "." if language is None or language.startswith("en") else str(formats.get_format("DECIMAL_SEPARATOR", language))


def amount_html(quantity: Decimal | None, asset: Any = None) -> SafeString:
    """A quantity with the asset's decimals and its code in a lighter tone (DESIGN section 7)."""
    if quantity is None:
        return NOTHING
    if asset is None:
        return mark_safe(f'<span class="amount">{plain_amount(quantity, 0)}</span>')  # noqa: S308
    return mark_safe(  # noqa: S308
        f'<span class="amount">{plain_amount(quantity, asset.decimals)} <small>{escape(asset.code)}</small></span>'
    )


def address_html(address: str | None, *, copy: bool = True) -> SafeString:
    """Middle-cut on the screen alone (0x3f…9A2c): the page holds the full value once, to find, select, hear and copy."""
    if not address:
        return NOTHING
    full = escape(address)
    if len(address) > 13:
        shown = f'<span class="address" data-end="{escape(address[-4:])}"><i>{full}</i>'
    else:
        shown = f'<span class="address">{full}'
    button = f'<button type="button" class="copy" data-copy="{full}" aria-label="{escape(gettext("Copy"))}"></button>' if copy else ""
    return mark_safe(f"{shown}</span>{button}")  # noqa: S308


def when_html(moment: datetime | date | None) -> SafeString:
    """`2026/11/21 14:05` in the person's zone; the browser adds the relative time on hover."""
    if moment is None:
        return NOTHING
    local = timezone.localtime(moment) if isinstance(moment, datetime) else moment
    exact = local.isoformat(timespec="seconds") if isinstance(local, datetime) else local.isoformat()
    return mark_safe(f'<time datetime="{exact}">{when_text(moment)}</time>')  # noqa: S308


def when_text(moment: datetime | date) -> str:
    """The same without markup."""
    pattern = DATE_FORMATS.get((get_language() or "en")[:2], DATE_FORMATS["en"])
    if not isinstance(moment, datetime):
        return moment.strftime(pattern)
    return timezone.localtime(moment).strftime(f"{pattern} %H:%M")


def value_at(path: str) -> Callable[[Any], Any]:
    """A reader of `asset__code` that stops at None."""
    names = path.split("__")

    def read(row: Any) -> Any:
        for name in names:
            if row is None:
                return None
            row = getattr(row, name)
        return row

    return read


def text(path: str) -> Cell:
    read = value_at(path)

    def cell(row: Any) -> str:
        value = read(row)
        return NOTHING if value is None or value == "" else escape(value)

    return cell


def mono(path: str) -> Cell:
    """An identifier."""
    read = value_at(path)
    return lambda row: mark_safe(f'<span class="mono">{escape(value)}</span>') if (value := read(row)) else NOTHING  # noqa: S308


def amount(path: str, asset: str = "asset") -> Cell:
    """A quantity of the asset at the path `asset` ("" where there is none); it stands in a cell of its own, aligned "end"."""
    read, read_asset = value_at(path), value_at(asset) if asset else lambda row: None

    def cell(row: Any) -> str:
        quantity, unit = read(row), read_asset(row)
        if quantity is None:
            return NOTHING
        if unit is None:
            return plain_amount(quantity, 0)
        return mark_safe(f"{plain_amount(quantity, unit.decimals)} <small>{escape(unit.code)}</small>")  # noqa: S308

    return cell


def address(path: str) -> Cell:
    read = value_at(path)
    return lambda row: address_html(read(row), copy=False)


def when(path: str) -> Cell:
    read = value_at(path)
    return lambda row: when_html(read(row))


def badge(field: str = "status", model: type[models.Model] | None = None) -> Cell:
    """A status of the row itself, or, as `badge("client__status", Client)`, of what it points to."""
    *path, name = field.split("__")
    if model is None or not path:
        return _badge_cell(name, value_at("__".join(path)) if path else lambda row: row)
    return _badge_cell(name, value_at("__".join(path)))


def _badge_cell(name: str, read: Callable[[Any], Any]) -> Cell:
    shown: dict[tuple[type, Any, str | None], SafeString] = {}

    def cell(row: Any) -> str:
        row = read(row)
        if row is None:
            return NOTHING
        key = (type(row), getattr(row, name), get_language())
        if key not in shown:
            shown[key] = badge_of(row, name)
        return shown[key]

    return cell


def yes_no(path: str) -> Cell:
    read = value_at(path)
    return lambda row: gettext("Yes") if read(row) else gettext("No")


def link(path: str, url: Callable[[Any], str]) -> Cell:
    """A link of its own inside the row."""
    read = value_at(path)
    return lambda row: format_html('<a class="inner" href="{}">{}</a>', url(row), value) if (value := read(row)) else NOTHING


def field_at(model: type[models.Model], path: str) -> models.Field | None:
    """The model field at a dotted path, or None for anything computed."""
    for name in path.split("__"):
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            return None
        model = field.related_model or model
    return field


def cell_for(model: type[models.Model], path: str) -> tuple[Cell, str]:
    """The usual cell of a field, and the class of its column: "end" for what stands right-aligned, "mono" for an identifier."""
    field = field_at(model, path)
    match field:
        case models.DateTimeField() | models.DateField():
            return when(path), ""
        case models.BooleanField():
            return yes_no(path), ""
        case models.DecimalField():
            return amount(path, ""), "end"
        case models.Field() if field.choices:
            return badge(path), ""
        case models.IntegerField() | models.FloatField():
            return partial(_number, value_at(path)), "end"
    if path.rsplit("__", 1)[-1] in ("reference", "code"):
        return text(path), "mono"
    return text(path), ""


def _number(read: Callable[[Any], Any], row: Any) -> str:
    value = read(row)
    return NOTHING if value is None else f"{value:,}".replace(",", THIN_SPACE) if isinstance(value, int) else escape(force_str(value))
