"""Template filters and tags of the kit: {% load kit %} {{ quantity|amount:asset }} {{ wallet.address|address }} {{ at|when }}."""

from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, FileInput, HiddenInput, RadioSelect, Select
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from kit import cells, menu
from kit.changes import changes_in_words

register = template.Library()
register.filter("amount", lambda quantity, asset=None: cells.amount_html(quantity, asset))
register.filter("address", cells.address_html)
register.filter("when", cells.when_html)
register.filter("badge", cells.badge_of)
register.filter("number", lambda number: f"{number:,}".replace(",", cells.THIN_SPACE))
register.filter("changes", lambda event: changes_in_words(event.changes, event))


@register.simple_tag
def icon(name: str) -> SafeString:
    """A symbol of static/vendor/icons.svg, drawn in the text's colour."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("vendor/icons.svg"), name)


@register.simple_tag(takes_context=True)
def page_url(context: template.Context, name: str, *args: Any) -> str:
    """The address of a page on the face of the page being shown; "" where that face has none: {% page_url "wallet-detail" ref as url %}."""
    address: str = context["page"].link(name, *args)
    return address


@register.simple_tag
def status(label: Any, meaning: str = cells.NEUTRAL) -> SafeString:
    """A badge where there is no model field: {% status _("Paid") "done" %}."""
    return cells.badge_html(label, meaning)


@register.inclusion_tag("kit/menu.html", takes_context=True)
def sidebar_menu(context: template.Context) -> dict[str, Any]:
    request, page = context["request"], context.get("page")
    match = request.resolver_match
    active = page.named(page.menu) if getattr(page, "menu", "") else match.view_name if match else ""
    view = getattr(page, "view", None)  # of a list
    groups = menu.menu(request.user, active, view["reference"] if view else "")
    return {"groups": groups, "has_views": any(line["views"] for group in groups for line in group["lines"])}


@register.simple_tag(takes_context=True)
def colour_scheme(context: template.Context) -> str:
    """light, dark or auto, from the cookie that the preferences page sets."""
    request = context.get("request")
    chosen = request.COOKIES.get("scheme", "") if request else ""
    return chosen if chosen in ("light", "dark") else "auto"


@register.simple_tag
def person_language() -> str:
    return (get_language() or "en")[:2]


@register.inclusion_tag("kit/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """A form field with label, widget, help and its errors beside it."""
    widget = bound.field.widget
    kind = "check" if isinstance(widget, CheckboxInput) else "many" if isinstance(widget, (CheckboxSelectMultiple, RadioSelect)) else "line"
    described = " ".join(
        name for name, present in ((f"{bound.auto_id}_help", bound.help_text), (f"{bound.auto_id}_error", bound.errors)) if present
    )
    attributes = {"class": css_class(widget, invalid=bool(bound.errors))}
    if described:
        attributes["aria-describedby"] = described
    if bound.errors:
        attributes["aria-invalid"] = "true"
    return {"field": bound, "kind": kind, "hidden": isinstance(widget, HiddenInput), "widget": bound.as_widget(attrs=attributes)}


def css_class(widget: Any, *, invalid: bool = False) -> str:
    own = widget.attrs.get("class", "")
    if isinstance(widget, (CheckboxSelectMultiple, RadioSelect, CheckboxInput)):
        base = "form-check-input"
    elif isinstance(widget, Select):
        base = "form-select"
    else:
        base = "form-control" if not isinstance(widget, FileInput) else "form-control form-file"
    return f"{own} {base}{' is-invalid' if invalid else ''}".strip()
