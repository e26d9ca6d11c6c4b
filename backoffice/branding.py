"""What everyone may see of the instance's look, the sign-in page and mails included: logos and colours (INS-01)."""

from pathlib import Path

from django.contrib.staticfiles import finders
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from core import branding, colours
from core.images import CONTENT_TYPES, SANDBOX
from kit.pages import ANY_FACE, PUBLIC, Page

FOR_EVER = "public, max-age=31536000, immutable"  # each address is of one content


class BrandingPage(Page):
    right = PUBLIC
    face = ANY_FACE
    http_method_names = ["get", "head"]


class LogoFile(BrandingPage):
    """A logo by its stored name: the present ones, and past ones that stand in sent mails."""

    def get(self, request: HttpRequest, name: str) -> HttpResponseBase:
        try:
            with default_storage.open(f"{branding.FOLDER}/{name}") as file:
                content = file.read()
        except FileNotFoundError:
            raise Http404 from None
        return sealed(HttpResponse(content, content_type=CONTENT_TYPES[name.rpartition(".")[2]]))


class Mark(BrandingPage):
    """The product's own mark in a colour."""

    def get(self, request: HttpRequest, colour: str) -> HttpResponseBase:
        drawing = Path(str(finders.find("logo.svg"))).read_text(encoding="utf-8")
        return sealed(HttpResponse(drawing.replace(branding.ACCENT, f"#{colour}"), content_type=CONTENT_TYPES["svg"]))


class Colours(BrandingPage):
    """The accent colour's stylesheet: kept for ever under the address that names the colour."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        accent = branding.accent()
        response = HttpResponse(colours.stylesheet(accent), content_type="text/css")
        response["Cache-Control"] = FOR_EVER if request.GET.get("v") == accent[1:] else "no-cache"
        return response


def sealed(response: HttpResponse) -> HttpResponse:
    """An image that can run and load nothing, opened by itself as well."""
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = FOR_EVER
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # mails show them
    return response
