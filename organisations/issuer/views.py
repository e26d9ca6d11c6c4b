"""Pages of organisations and of the keys of the API (ORG-02, API-03)."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from core.registries import visible
from kit import cells
from kit.details import DetailPage, Tab
from kit.dialogs import ActionDialog, Done, FormPage
from kit.idempotency import Answer
from kit.lists import ListPage
from organisations.api_keys import create_key, revoke, scopes_for
from organisations.enums import Right
from organisations.issuer.filters import KeyFilter, OrganisationFilter
from organisations.issuer.forms import KeyForm, OrganisationForm, RevokeForm
from organisations.issuer.resources import KeyResource, OrganisationResource
from organisations.issuer.tables import KEY_COLUMNS, ORGANISATION_COLUMNS, active_badge, key_badge, key_owner, key_scopes
from organisations.models import ApiKey, Organisation
from organisations.services import create_organisation, edit_organisation


def organisation_page(organisation: Organisation) -> str:
    return reverse("organisation-detail", args=[organisation.reference])


class CreateOrganisation(ActionDialog):
    right = Right.ORGANISATIONS_EDIT
    url_name = "organisation-create"
    menu = "organisation-list"
    title = verb = _("Create organisation")
    icon = "plus"
    form_class = OrganisationForm

    def sentence(self) -> Any:
        return _("The organisation can have users, wallets and keys of its own, and accept assets as payment.")

    def back(self) -> str:
        return reverse("organisation-list")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        organisation = create_organisation(actor=actor, now=now, **form.cleaned_data)
        return Done(_("%(name)s is created.") % {"name": organisation.name}, organisation_page(organisation), _("Open"))


class EditOrganisation(ActionDialog):
    model = Organisation
    right = Right.ORGANISATIONS_EDIT
    url_name = "organisation-edit"
    menu = "organisation-list"
    title = button = _("Edit organisation")
    verb = _("Save changes")
    icon = "pencil"
    form_class = OrganisationForm

    def initial(self) -> dict[str, Any]:
        return {"name": self.object.name, "external_reference": self.object.external_reference}

    def back(self) -> str:
        return organisation_page(self.object)

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        organisation = edit_organisation(organisation=obj, actor=actor, now=now, **form.cleaned_data)
        return Done(_("%(name)s is changed.") % {"name": organisation.name})


class OrganisationList(ListPage):
    model = Organisation
    right = Right.ORGANISATIONS_SEE
    title = _("Organisations")
    intro = _("The merchants and acceptance networks that take your assets as payment.")
    columns = ORGANISATION_COLUMNS
    filters = OrganisationFilter
    resource = OrganisationResource
    row_url = "organisation-detail"
    primary_action = CreateOrganisation
    empty = _("Organisations appear here once you create one.")


class OrganisationDetail(DetailPage):
    """Wallets and what else belongs to an organisation come as tabs from their own apps."""

    model = Organisation
    right = Right.ORGANISATIONS_SEE
    kind = _("Organisation")
    list_url, list_label = "organisation-list", _("Organisations")
    menu = "organisation-list"
    tabs = [
        Tab("summary", _("Summary"), "kit/summary.html"),
        Tab("users", _("Users"), "organisations/users.html", context=lambda page: {"people": page.people()}),
    ]
    actions = [EditOrganisation]

    def facts(self) -> list[tuple[Any, Any]]:
        return [(_("Name"), format_html("{}", self.object.name)), (_("Status"), active_badge(self.object))]

    def summary(self) -> list[tuple[Any, Any]]:
        organisation = self.object
        external = (
            format_html('<span class="mono">{}</span>', organisation.external_reference)
            if organisation.external_reference
            else cells.NOTHING
        )
        return [
            (_("Name"), format_html("{}", organisation.name)),
            (_("External reference"), external),
            (_("Status"), active_badge(organisation)),
            (_("Created"), cells.when_html(organisation.created_at)),
        ]

    def people(self) -> list[Any]:
        memberships = self.object.memberships.select_related("user").prefetch_related("user__profiles").order_by("user__last_name", "id")
        return [membership.user for membership in memberships[:200]]


class CreateKey(FormPage):
    """The key's text stands on the page that answers this form, and nowhere else, ever."""

    right = Right.KEYS_EDIT
    url_name = "key-create"
    fresh_proof = True
    menu = "key-list"
    title = verb = _("Create key")
    icon = "plus"
    form_class = KeyForm
    raw = ""

    def sentence(self) -> Any:
        return _("The key is shown once, right after this. Whoever has it can do what its scopes allow, until it is revoked.")

    def form_options(self) -> dict[str, Any]:
        user = self.request.user
        return {
            "organisations": visible(Organisation, user).filter(is_active=True).order_by("name"),
            "scopes": [(scope.value, scope.label) for scope in scopes_for(user, None)],
            "channel": user.organisation_ids is None,
        }

    def back(self) -> str:
        return reverse("key-list")

    def path(self) -> list[tuple[str, str]]:
        return [(str(_("API keys")), reverse("key-list"))]

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        self.created, self.raw = create_key(actor=actor, now=now, **form.cleaned_data)
        return Done(_("The key %(reference)s is created.") % {"reference": self.created.reference}, key_page(self.created))

    def finished(self, answer: Answer) -> HttpResponse:
        """The stored answer knows no secret: the form sent twice shows the key's page the second time."""
        if not self.raw:
            return super().finished(answer)
        response = self.render("organisations/key_shown.html", {"raw": self.raw, "api_key": self.created})
        response["Cache-Control"] = "no-store"
        return response


def key_page(key: ApiKey) -> str:
    return reverse("key-detail", args=[key.reference])


class RevokeKey(ActionDialog):
    model = ApiKey
    related = ("organisation",)
    right = Right.KEYS_EDIT
    url_name = "key-revoke"
    fresh_proof = True
    menu = "key-list"
    title = verb = _("Revoke key")
    icon = "ban"
    danger = True
    form_class = RevokeForm

    @classmethod
    def available(cls, obj: ApiKey) -> bool:
        return obj.revoked_at is None

    def sentence(self) -> Any:
        return format_html(_("{} stops at once and for ever. Whatever uses it gets no more answers."), self.object.name)

    def back(self) -> str:
        return key_page(self.object)

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        revoke(key=obj, actor=actor, now=now, comment=form.cleaned_data["comment"])
        return Done(_("%(name)s is revoked.") % {"name": obj.name})


class KeyList(ListPage):
    model = ApiKey
    right = Right.KEYS_SEE
    audited_read = "keys.read"
    title = _("API keys")
    intro = _("What programs sign in with: the mobile app's channel, and merchants' own.")
    columns = KEY_COLUMNS
    filters = KeyFilter
    resource = KeyResource
    row_url = "key-detail"
    primary_action = CreateKey
    empty = _("Keys appear here once you create one.")


class KeyDetail(DetailPage):
    model = ApiKey
    related = ("organisation",)
    right = Right.KEYS_SEE
    audited_read = "keys.read"
    kind = _("API key")
    list_url, list_label = "key-list", _("API keys")
    menu = "key-list"
    tabs = [Tab("summary", _("Summary"), "kit/summary.html")]
    actions = [RevokeKey]

    def facts(self) -> list[tuple[Any, Any]]:
        return [(_("Name"), format_html("{}", self.object.name)), (_("Status"), key_badge(self.object))]

    def summary(self) -> list[tuple[Any, Any]]:
        key = self.object
        return [
            (_("Name"), format_html("{}", key.name)),
            (_("Acts for"), key_owner(key)),
            (_("Begins with"), format_html('<span class="mono">{}</span>', key.prefix)),
            (_("Scopes"), key_scopes(key)),
            (_("Mode"), _("Test") if key.is_test else _("Live")),
            (_("Created"), cells.when_html(key.created_at)),
            (_("Last used"), cells.when_html(key.last_used_at)),
            (_("Revoked"), cells.when_html(key.revoked_at)),
        ]
