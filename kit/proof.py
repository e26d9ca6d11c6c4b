"""The step before what moves money, shows a key or changes rights: is it you? Then on to the very thing (ACC-07).

It is asked at the thing's own address, in the dialog where there is one. What was typed travels along in the step's form.
"""

from typing import Any

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from accounts.proofs import ProofForm, is_fresh

OF = "proof-of"  # the method that the proof was asked for
FILES = "proof-files"  # files were sent along, and files can't travel
NOT_TYPED = ("csrfmiddlewaretoken",)


def prove(page: Any) -> HttpResponseBase | None:
    """None where the last proof is fresh or has just been given: the request goes on as it was first meant. Else the step."""
    request = page.request
    given = request.method == "POST" and OF in request.POST
    if not is_fresh(request):
        form = ProofForm(request.POST if given else None, request=request)
        if not given or not form.is_valid():
            return _ask(page, form, given=given)
    if not given:
        return None
    meant, had_files = request.POST[OF], FILES in request.POST
    if meant == "POST":
        request.POST = _typed(page)
        return page.choose_files_again() if had_files else None
    if not getattr(request, "htmx", False):
        return HttpResponseRedirect(request.get_full_path())
    request.method = "GET"
    return None


def _ask(page: Any, form: ProofForm, *, given: bool) -> HttpResponse:
    request = page.request
    meant = request.POST[OF] if given else ("POST" if request.method == "POST" else "GET")
    context = {
        "form": form,
        "passkey_options": form.passkey_options(),
        "meant": "POST" if meant == "POST" else "GET",
        "typed": [(name, value) for name, values in _typed(page).lists() for value in values],
        "had_files": bool(request.FILES) or FILES in request.POST,
        "verb": getattr(page, "verb", "") if meant == "POST" else "",
        "proof_title": _("Is it you?"),
        "in_dialog": getattr(request, "htmx", False),
        "back": page.back() if hasattr(page, "back") else "/",
    }
    template = "kit/proof_dialog.html" if context["in_dialog"] else "kit/proof_page.html"
    response: HttpResponse = page.render(template, context, status=422 if request.method == "POST" else 200)
    response["Vary"] = "HX-Request, Cookie"
    return response


def _typed(page: Any) -> Any:
    """What the person had sent, without the step's own fields."""
    typed = page.request.POST.copy()
    for name in list(typed):
        if name.startswith(f"{ProofForm.prefix}-") or name in NOT_TYPED:
            del typed[name]
    return typed
