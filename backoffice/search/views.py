"""The search page, and the same answers for the palette (UIX-04)."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from backoffice.search.commands import commands
from backoffice.search.finding import search
from core.question import Question
from kit.pages import ANY_FACE, SIGNED_IN, Page

PALETTE = "palette-found"  # the element that htmx puts the palette's answers into
IN_PALETTE, ON_PAGE = 5, 20  # of each kind
COMMANDS_BESIDE = 5


class Search(Page):
    """Everything that is called so. One thing named exactly opens at once; in the palette it stands first."""

    right = SIGNED_IN
    face = ANY_FACE
    title = _("Search")

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        in_palette = request.headers.get("HX-Target") == PALETTE
        raw = request.GET.get("q", "")
        question = Question.read(raw)
        found = search(request.user, question, each=IN_PALETTE if in_palette else ON_PAGE)  # type: ignore[arg-type]
        if found.landing and not in_palette:
            return HttpResponseRedirect(found.landing)
        is_named = question.prefix or question.hash or question.hex_parts or question.email or question.phone  # no command is called so
        offered = [] if is_named else commands(request, question.text)
        if question.text:
            offered = offered[:COMMANDS_BESIDE]
        context = {"found": found, "text": raw[:200], "commands": offered, "commands_first": not found.landing}
        response = self.render("backoffice/palette_found.html" if in_palette else "backoffice/search.html", context)
        response["Vary"] = "HX-Request, HX-Target, Cookie"
        return response
