"""Pages of saved views: open one, see them all, and what can be done with one (UIX-07); the badges; choices for a list (UIX-01)."""

import json
from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from kit import cells
from kit.details import DetailPage, Tab
from kit.dialogs import ActionDialog, Done
from kit.exports.resource import ListResource
from kit.filters import Criteria, Like
from kit.lists import PAGE_SIZES, Column, ListPage
from kit.models import SavedView
from kit.pages import ANY_FACE, SIGNED_IN, MissingRight, Page, find_visible
from kit.saved import choices, counts, menus, service
from kit.saved.places import Place, place_of
from kit.saved.selectors import pinned_views


def list_title(view: SavedView) -> str:
    place = place_of(view.list_path)
    return str(place.page.title) if place else str(_("a list that is no longer there"))


def audience(view: SavedView) -> str:
    """With whom it is shared, in words."""
    if view.for_everybody:
        return str(_("Everybody"))
    return str(view.profile) if view.profile else str(_("Nobody"))


def name_cell(view: SavedView) -> str:
    return format_html('<a class="inner" href="{}">{}</a>', reverse("view-open", args=[view.reference]), view.name)


class ViewFilter(Criteria):
    name = Like(label=_("Name"))


class ViewResource(ListResource):
    excluded = {"organisation_ids": "the database's own numbers; who shares it is told by the owner"}

    class Meta:
        model = SavedView


class ViewList(ListPage):
    model = SavedView
    right = SIGNED_IN
    face = ANY_FACE
    title = _("Views")
    intro = _("Lists under a name, with their criteria, columns and order: yours, and those that others share with you.")
    columns = [
        Column("reference", _("Reference"), width="w-3"),
        Column("name", _("Name"), cell=name_cell, width="w-5"),
        Column("list_path", _("List"), cell=list_title),
        Column("profile", _("Shared with"), cell=audience),
        Column("owner", _("Owner"), cell=lambda view: str(view.owner)),
        Column("changed_at", _("Changed"), sort="changed_at", align="end"),
        Column("created_at", _("Created"), align="end", hidden=True),
    ]
    order = ("-changed_at", "-id")
    related = ("owner", "profile")
    filters = ViewFilter
    resource = ViewResource
    row_url = "view-detail"
    empty = _("“Views” above any list saves what it shows under a name.")


class OpenView(Page):
    """A view's own link: leads to its list, or says what has become of that."""

    right = SIGNED_IN
    face = ANY_FACE
    title = _("View")

    def prepare(self, **kwargs: Any) -> None:
        self.object = find_visible(SavedView, self.request.user, related=("owner",), **kwargs)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        place = place_of(self.object.list_path)
        if place is None:
            return self.render(
                "kit/view_gone.html", {"view": self.object, "may_change": service.may_change(self.object, request.user)}, 410
            )
        if not place.open_to(request.user):
            raise MissingRight(place.page.right)
        return HttpResponseRedirect(menus.address_of(place, self.object))


class ViewAction(ActionDialog):
    model = SavedView
    right = SIGNED_IN
    face = ANY_FACE
    related = ("owner", "profile")

    def back(self) -> str:
        return reverse("view-detail", args=[self.object.reference])


class NameForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)


class SaveForm(NameForm):
    list = forms.CharField(widget=forms.HiddenInput, max_length=200)
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=4000)


class SaveView(ActionDialog):
    """What a list shows now, under a name."""

    right = SIGNED_IN
    face = ANY_FACE
    url_name = "view-save"
    title = _("Save this view")
    verb = _("Save view")
    icon = "bookmark"
    form_class = SaveForm

    def sentence(self) -> Any:
        return _("Criteria, order, columns and page size are kept as they are now. The view is yours alone until you share it.")

    def initial(self) -> dict[str, Any]:
        return {name: self.request.GET.get(name, "") for name in ("list", "query")}

    def back(self) -> str:
        return reverse("view-list")

    def perform(self, form: Any, actor: Any, obj: None, now: datetime) -> Done:
        data = form.cleaned_data
        view = service.save_view(list_name=data["list"], name=data["name"], query=data["query"], actor=actor, now=now)
        return Done(_("The view “%(view)s” is saved.") % {"view": view.name}, reverse("view-open", args=[view.reference]))


class UpdateForm(forms.Form):
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=4000)


class UpdateView(ViewAction):
    """The view shows from now on what the list shows."""

    url_name = "view-update"
    title = _("Save changes to the view")
    verb = _("Save changes")
    form_class = UpdateForm

    def sentence(self) -> Any:
        words = _("“{}” opens from now on with the criteria, order and columns that the list has now.")
        if self.object.for_everybody or self.object.profile:
            words = _("“{}” opens from now on, for all who share it, with the criteria, order and columns that the list has now.")
        return format_html(words, self.object.name)

    def initial(self) -> dict[str, Any]:
        return {"query": self.request.GET.get("query", self.object.query)}

    def perform(self, form: Any, actor: Any, obj: SavedView, now: datetime) -> Done:
        view = service.update_view(view_id=obj.pk, query=form.cleaned_data["query"], actor=actor, now=now)
        return Done(_("The changes to “%(view)s” are saved.") % {"view": view.name}, reverse("view-open", args=[view.reference]))


class RenameView(ViewAction):
    url_name = "view-rename"
    title = verb = _("Rename view")
    form_class = NameForm
    icon = "pencil"

    def initial(self) -> dict[str, Any]:
        return {"name": self.object.name}

    def perform(self, form: Any, actor: Any, obj: SavedView, now: datetime) -> Done:
        view = service.rename_view(view_id=obj.pk, name=form.cleaned_data["name"], actor=actor, now=now)
        return Done(_("The view is called “%(view)s” now.") % {"view": view.name})


class ShareForm(forms.Form):
    audience = forms.ChoiceField(label=_("With whom"), widget=forms.RadioSelect)

    def __init__(self, *arguments: Any, person: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.teams = {team.reference: team for team in service.teams_of(person)}
        teams = [(reference, _("The team %(team)s") % {"team": team.name}) for reference, team in self.teams.items()]
        self.fields["audience"].choices = [("nobody", _("Nobody: mine alone")), ("everybody", _("Everybody who may see the list")), *teams]


class ShareView(ViewAction):
    url_name = "view-share"
    title = _("Share view")
    verb = _("Save sharing")
    button = _("Share view")
    icon = "share"
    form_class = ShareForm

    def sentence(self) -> Any:
        link = self.request.build_absolute_uri(reverse("view-open", args=[self.object.reference]))
        words = _(
            "Who shares “{}” finds it in the list's menu, or opens it by its link, and sees in it the rows that they may see anyhow. {}"
        )
        copy = format_html(
            '<span class="mono">{}</span> <button type="button" class="copy" data-copy="{}" aria-label="{}"></button>',
            link,
            link,
            _("Copy"),
        )
        return format_html(words, self.object.name, copy)

    def form_options(self) -> dict[str, Any]:
        return {"person": self.request.user}

    def initial(self) -> dict[str, Any]:
        view = self.object
        return {"audience": "everybody" if view.for_everybody else view.profile.reference if view.profile else "nobody"}

    def perform(self, form: Any, actor: Any, obj: SavedView, now: datetime) -> Done:
        chosen = form.cleaned_data["audience"]
        view = service.share_view(
            view_id=obj.pk, everybody=chosen == "everybody", profile=form.teams.get(chosen), actor=actor, now=now
        )  # fmt: skip
        return Done(_("“%(view)s” is shared with: %(audience)s.") % {"view": view.name, "audience": audience(view)})


class DeleteView(ViewAction):
    url_name = "view-delete"
    title = verb = _("Delete view")
    danger = True
    icon = "trash"

    def sentence(self) -> Any:
        words = _("“{}” goes, and its link with it. The rows of the list stay. This can't be undone.")
        if self.object.for_everybody or self.object.profile:
            words = _("“{}” goes for all who share it, and its link with it. The rows of the list stay. This can't be undone.")
        return format_html(words, self.object.name)

    def perform(self, form: Any, actor: Any, obj: SavedView, now: datetime) -> Done:
        place = place_of(obj.list_path)
        service.delete_view(view_id=obj.pk, actor=actor, now=now)
        url = f"{place.address}?view=" if place and place.open_to(actor) else reverse("view-list")
        return Done(_("The view “%(view)s” is deleted.") % {"view": obj.name}, url)


class PinView(ViewAction):
    url_name = "view-pin"
    title = verb = _("Pin to the navigation")
    icon = "pin"

    def sentence(self) -> Any:
        return format_html(_("“{}” stands in your navigation under its list, with the number of its rows."), self.object.name)

    def perform(self, form: Any, actor: Any, obj: SavedView, now: datetime) -> Done:
        service.pin_view(view=obj, pinned=True, actor=actor, now=now)
        return Done(_("“%(view)s” stands in your navigation.") % {"view": obj.name})


class UnpinView(ViewAction):
    url_name = "view-unpin"
    title = verb = _("Unpin from the navigation")
    icon = "pinned-off"

    def sentence(self) -> Any:
        return format_html(_("“{}” leaves your navigation. The view itself stays."), self.object.name)

    def perform(self, form: Any, actor: Any, obj: SavedView, now: datetime) -> Done:
        service.pin_view(view=obj, pinned=False, actor=actor, now=now)
        return Done(_("“%(view)s” has left your navigation.") % {"view": obj.name})


class OpenByDefault(ViewAction):
    url_name = "view-default"
    title = verb = _("Open the list with this view")
    icon = "star"

    def sentence(self) -> Any:
        return format_html(
            _("For you, {} opens with “{}” from now on. “All rows” in the menu of views shows the rest."),
            list_title(self.object),
            self.object.name,
        )

    def perform(self, form: Any, actor: Any, obj: SavedView, now: datetime) -> Done:
        service.open_by_default(view=obj, chosen=True, actor=actor, now=now)
        return Done(_("The list opens with “%(view)s”.") % {"view": obj.name})


class OpenWithAllRows(ViewAction):
    url_name = "view-no-default"
    title = verb = _("Open the list with all rows")

    def sentence(self) -> Any:
        return format_html(_("For you, {} opens with all rows again. The view “{}” stays."), list_title(self.object), self.object.name)

    def perform(self, form: Any, actor: Any, obj: SavedView, now: datetime) -> Done:
        service.open_by_default(view=obj, chosen=False, actor=actor, now=now)
        return Done(_("The list opens with all rows."))


class ViewDetail(DetailPage):
    model = SavedView
    right = SIGNED_IN
    face = ANY_FACE
    kind = _("View")
    list_url, list_label = "view-list", _("Views")
    related = ("owner", "profile")
    tabs = [Tab("summary", _("Summary"), "kit/summary.html")]
    actions = [ShareView, RenameView, PinView, UnpinView, OpenByDefault, OpenWithAllRows, DeleteView]

    def facts(self) -> list[tuple[Any, Any]]:
        name = format_html('<a href="{}">{}</a>', reverse("view-open", args=[self.object.reference]), self.object.name)
        return [(_("Opens"), name), (_("List"), list_title(self.object)), (_("Shared with"), audience(self.object))]

    def summary(self) -> list[tuple[Any, Any]]:
        view, person = self.object, self.request.user
        place = place_of(view.list_path)
        criteria = menus.in_words(place, view, person) if place and place.open_to(person) else []
        return [
            (_("Owner"), str(view.owner)),
            *criteria,
            (_("Created"), cells.when_html(view.created_at)),
            (_("Changed"), cells.when_html(view.changed_at)),
        ]

    def allowed_actions(self) -> list[dict[str, Any]]:
        """What the person may do with this view, and of two opposites the one that makes a difference."""
        view, person = self.object, self.request.user
        out: set[type] = set() if service.may_change(view, person) else {ShareView, RenameView, DeleteView}
        out.add(PinView if any(pin["reference"] == view.reference for pin in pinned_views(person)) else UnpinView)
        out.add(OpenByDefault if service.is_default(view, person) else OpenWithAllRows)
        gone = {action.address(view) for action in out}
        return [action for action in super().allowed_actions() if action["url"] not in gone]


class ViewCounts(Page):
    """The badges of the pinned views, asked for once after each page."""

    right = SIGNED_IN
    face = ANY_FACE
    title = _("Views")

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        return self.render("kit/view_counts.html", {"counts": counts.badges(request.user)})


class ChooseForList(Page):
    """Columns and page size, from a list's own menus. They are kept, and the list is shown with them."""

    right = SIGNED_IN
    face = ANY_FACE
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        place = place_of(request.POST.get("list", ""))
        if place is None or not place.open_to(request.user):
            raise Http404
        query = self.query_of_list()
        size = request.POST.get("size", "")
        if size in map(str, PAGE_SIZES):
            choices.choose_size(place=place, size=int(size), actor=request.user)
            query["size"] = size
        elif "col" in request.POST or "declared" in request.POST:
            columns = [] if "declared" in request.POST else request.POST.getlist("col")[:200]
            choices.choose_columns(place=place, columns=columns, actor=request.user)
            query.pop("cols", None)
            if columns:
                query["cols"] = ",".join(columns)
        return self.shown(place, query)

    def query_of_list(self) -> QueryDict:
        """What the list's address said, from its first page on."""
        htmx = getattr(self.request, "htmx", None)
        came_from = (htmx.current_url_abs_path if htmx else None) or self.request.POST.get("address", "")
        query = QueryDict(came_from.partition("?")[2].partition("#")[0], mutable=True)
        for name in ("after", "before", "last"):
            query.pop(name, None)
        return query

    def shown(self, place: Place, query: QueryDict) -> HttpResponseBase:
        address = f"{place.address}?{query.urlencode(safe=',')}" if query else place.address
        if getattr(self.request, "htmx", False):
            return HttpResponse(status=204, headers={"HX-Location": json.dumps({"path": address, "target": "#list"})})
        return HttpResponseRedirect(address)
