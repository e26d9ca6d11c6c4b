"""A list of ticks for choosing several of many: grouped, searchable, some of them shown but not for this person to change."""

from collections.abc import Collection
from typing import Any

from django.forms import CheckboxSelectMultiple
from django.template.loader import render_to_string
from django.utils.safestring import SafeString


class Ticks(CheckboxSelectMultiple):
    """`locked` values are drawn as they are and can't be ticked; the form has to leave them alone too. Without JavaScript the list is
    the same, only without its search field."""

    MANY = 8  # from that number on it can be searched

    def __init__(self, *args: Any, locked: Collection[str] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.locked = locked

    def create_option(self, name: str, value: Any, *args: Any, **options: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **options)
        if str(value) in self.locked:
            option["attrs"]["disabled"] = True
        return option

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        context = self.get_context(name, value, attrs)
        groups = [(label, options) for label, options, _index in context["widget"]["optgroups"]]
        number = sum(len(options) for _label, options in groups)
        return render_to_string("kit/ticks.html", {"groups": groups, "many": number >= self.MANY, "number": number})
