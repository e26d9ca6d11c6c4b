"""What every page is: a face, a right, a person, and refusals said plainly (DESIGN section 3, USR-01, UIX-06)."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render, resolve_url
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from accounts.enums import Face
from audit.registry import known_reads
from audit.services import note_read
from core.errors import DomainError
from core.registries import known_rights, visible
from core.subjects import Subject
from kit.proof import prove

PUBLIC = "public"  # nobody need sign in
SIGNED_IN = "signed_in"  # every person of the face
ANY_FACE = "any"


class MissingRight(PermissionDenied):
    """The person lacks a right; the page names it."""

    def __init__(self, right: str) -> None:
        super().__init__(right)
        self.right = right

    @property
    def label(self) -> str:
        return str(known_rights().get(self.right, self.right))


@dataclass(frozen=True)
class MenuItem:
    """A line of the sidebar: `extend("menu", "issuer", MenuItem("transactions", _("Orders"), "order-list", "shopping-cart", Right.X))`.

    `group` is a key of kit.menu.GROUPS, `icon` a name in static/vendor/icons.txt; lower `order` stands higher. `count` names
    the person annotation (core.registries) that says how many wait there.
    """

    group: str
    label: Any
    url_name: str
    icon: str
    right: str
    order: int = 100
    count: str = ""


@dataclass(frozen=True)
class PageLink:
    """A quiet button above a list that leads to another page, among its `other_actions`."""

    verb: Any
    url_name: str
    icon: str
    right: str
    in_dialog: ClassVar[bool] = False

    @property
    def address(self) -> str:
        return reverse(self.url_name)


class Page(View):
    """A view of the back office. `right` is a registered right, SIGNED_IN or PUBLIC; without one it fails at start-up."""

    right: ClassVar[str] = ""
    face: ClassVar[str] = Face.ISSUER
    title: ClassVar[Any] = ""
    background: ClassVar[bool] = False  # an open page asks for it, not the person: it doesn't keep the session (ACC-08)
    audited_read: ClassVar[str] = ""  # the action, where seeing this page is an event of its own (AUD-06)
    menu: ClassVar[str] = ""  # url name of the menu item to mark, where it is not the page's own
    before_second_factor: ClassVar[bool] = False  # also for those who must set up their second factor first (ACC-03)
    fresh_proof: ClassVar[bool] = False  # moves money, shows a key, changes rights: is it you? (ACC-07, kit/proof.py)

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        if not cls.right:
            raise ImproperlyConfigured(f"{cls.__module__}.{cls.__name__} names no right")
        if cls.right not in (PUBLIC, SIGNED_IN) and cls.right not in known_rights():
            raise ImproperlyConfigured(f"{cls.__module__}.{cls.__name__} names the right {cls.right}, which no app registered")
        if cls.audited_read and cls.audited_read not in known_reads():
            raise ImproperlyConfigured(f"{cls.__module__}.{cls.__name__} names the read {cls.audited_read}, which no app registered")
        view = super().as_view(**initkwargs)
        view.right, view.face, view.background = cls.right, cls.face, cls.background
        view.before_second_factor, view.fresh_proof = cls.before_second_factor, cls.fresh_proof
        return view

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.right != PUBLIC and not request.user.is_authenticated:
            if getattr(request, "htmx", False):
                return HttpResponse(status=204, headers={"HX-Redirect": resolve_url(settings.LOGIN_URL)})
            return redirect_to_login(request.get_full_path())
        if self.right != PUBLIC and self.face not in (ANY_FACE, request.user.face):
            raise Http404
        try:
            self.prepare(**kwargs)
            if self.right not in (PUBLIC, SIGNED_IN):
                self.need(self.right)
            asked = prove(self) if self.fresh_proof else None
            response = asked or super().dispatch(request, *args, **kwargs)
            was_read = asked is None and request.method == "GET" and response.status_code == HTTPStatus.OK
            if self.audited_read and was_read and self.is_sensitive():
                note_read(action=self.audited_read, actor=request.user, subject=self.what_is_read(), now=timezone.now())
        except DomainError as error:
            response = refused(request, error)
        if self.right != PUBLIC:
            # What was seen signed in is not to be seen by "Back" after signing out.
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def prepare(self, **kwargs: Any) -> None:
        """Find what the address names, before the right is asked for: a foreign row is 404 whatever one's rights."""

    def is_sensitive(self) -> bool:
        """Whether this very thing is, on a page that has an `audited_read`."""
        return True

    def what_is_read(self) -> Model | Subject:
        """What the event of an `audited_read` is about: the page's object, else the page itself."""
        name = self.request.resolver_match.view_name if self.request.resolver_match else ""
        return getattr(self, "object", None) or Subject("page", name, name)

    def need(self, right: str) -> None:
        if not self.request.user.has_right(right):
            raise MissingRight(right)

    @classmethod
    def named(cls, name: str) -> str:
        """The url name of a page on this page's own face: what is declared for both has `merchant-` before it on the merchant's."""
        return f"merchant-{name}" if name and cls.face == Face.MERCHANT else name

    @classmethod
    def link(cls, name: str, *args: Any) -> str:
        """The address of a page on this page's own face; "" where the face has none of that name."""
        try:
            return reverse(cls.named(name), args=args)
        except NoReverseMatch:
            return ""

    def page_title(self) -> str:
        return str(self.title)

    def path(self) -> list[tuple[str, str]]:
        """(label, address) of the pages above this one, for the top bar."""
        return []

    def render(self, template: str, context: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
        base = {"page": self, "page_title": self.page_title(), "page_path": self.path()}
        return render(self.request, template, base | (context or {}), status=status)


def may(person: Any, page: Any) -> bool:
    """Whether the person has the page's right: what is every signed-in person's needs none."""
    return page.right == SIGNED_IN or person.has_right(page.right)


def find_visible(model: type[Model], actor: Any, *, related: tuple[str, ...] = (), **lookup: Any) -> Any:
    """The one row that the actor may see, or 404."""
    rows = visible(model, actor)
    if related:
        rows = rows.select_related(*related)
    try:
        row = rows.filter(**lookup).first()
    except (ValueError, TypeError):
        row = None
    if row is None:
        raise Http404
    return row


def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A page (or, in a dialog, a piece of one) that says what the domain refused."""
    template = "kit/refused_fragment.html" if getattr(request, "htmx", False) else "kit/error.html"
    context = {"heading": _("Not done"), "message": str(error), "page_title": _("Not done")}
    return render(request, template, context, status=error.status)
