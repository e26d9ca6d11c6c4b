"""Pages of organisations and of the keys of the API (ORG-02, API-03)."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.enums import Right as UserRight
from accounts.enums import UserStatus
from accounts.models import User
from accounts.services import set_organisations
from core.registries import visible
from kit import cells
from kit.details import DetailPage, Tab
from kit.dialogs import ActionDialog, Done, FormPage
from kit.idempotency import Answer
from kit.lists import ListPage
from organisations.api_keys import create_key, revoke, scopes_for
from organisations.enums import MERCHANT_SCOPES, Right, Scope
from organisations.issuer.filters import KeyFilter, OrganisationFilter
from organisations.issuer.forms import KeyForm, MemberForm, OrganisationForm, RevokeForm
from organisations.issuer.resources import KeyResource, OrganisationResource
from organisations.issuer.tables import KEY_COLUMNS, ORGANISATION_COLUMNS, active_badge, key_badge, key_owner, key_scopes
from organisations.models import ApiKey, Organisation
from organisations.services import create_organisation, edit_organisation


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
        return self.link("organisation-list")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        organisation = create_organisation(actor=actor, now=now, **form.cleaned_data)
        return Done(
            _("%(name)s is created.") % {"name": organisation.name}, self.link("organisation-detail", organisation.reference), _("Open")
        )


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
        return self.link("organisation-detail", self.object.reference)

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


class AddMember(ActionDialog):
    """Somebody who has an account already acts for this organisation too, or an administrator is restricted to it (USR-04)."""

    model = Organisation
    right = UserRight.USERS_EDIT
    fresh_proof = True
    url_name = "organisation-add-user"
    menu = "organisation-list"
    title = verb = _("Add user")
    icon = "user-plus"
    form_class = MemberForm

    @classmethod
    def available(cls, obj: Organisation) -> bool:
        return obj.is_active

    def sentence(self) -> Any:
        return format_html(
            _(
                "A merchant's person then also sees what belongs to {}. An administrator who was not restricted so far then sees this "
                "organisation alone. For somebody new, invite them on the page of users."
            ),
            self.object.name,
        )

    def form_options(self) -> dict[str, Any]:
        return {"people": visible(User, self.request.user).exclude(status=UserStatus.DELETED)}

    def back(self) -> str:
        return self.link("organisation-detail", self.object.reference)

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        person = form.cleaned_data["person"]
        held = set(person.memberships.values_list("organisation_id", flat=True))
        set_organisations(user=person, organisations=held | {obj.pk}, actor=actor, now=now)
        return Done(_("%(person)s acts for %(organisation)s.") % {"person": person, "organisation": obj.name})


class OrganisationDetail(DetailPage):
    """Wallets and what else belongs to an organisation come as tabs from their own apps."""

    model = Organisation
    right = Right.ORGANISATIONS_SEE
    kind = _("Organisation")
    list_url, list_label = "organisation-list", _("Organisations")
    menu = "organisation-list"
    tabs = [
        Tab("summary", _("Summary"), "kit/summary.html"),
        Tab("users", _("Users"), "organisations/users.html", UserRight.USERS_SEE, lambda page: {"people": page.people()}),
    ]
    actions = [EditOrganisation, AddMember]

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
        members = visible(User, self.request.user).filter(memberships__organisation=self.object)
        return list(members.prefetch_related("profiles").order_by("last_name", "first_name", "id")[:200])


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

    def offers(self, scope: Scope) -> bool:
        """Who is confined makes merchants' keys alone."""
        return self.request.user.organisation_ids is None or scope in MERCHANT_SCOPES

    def sentence(self) -> Any:
        return _("The key is shown once, right after this. Whoever has it can do what its scopes allow, until it is revoked.")

    def form_options(self) -> dict[str, Any]:
        user = self.request.user
        return {
            "organisations": visible(Organisation, user).filter(is_active=True).order_by("name"),
            "scopes": [(scope.value, scope.label) for scope in scopes_for(user, None) if self.offers(scope)],
            "channel": user.organisation_ids is None,
        }

    def back(self) -> str:
        return self.link("key-list")

    def path(self) -> list[tuple[str, str]]:
        return [(str(_("API keys")), self.link("key-list"))]

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        self.created, self.raw = create_key(actor=actor, now=now, **form.cleaned_data)
        return Done(
            _("The key %(reference)s is created.") % {"reference": self.created.reference}, self.link("key-detail", self.created.reference)
        )

    def finished(self, answer: Answer) -> HttpResponse:
        """The stored answer knows no secret: the form sent twice shows the key's page the second time."""
        if not self.raw:
            return super().finished(answer)
        response = self.render("organisations/key_shown.html", {"raw": self.raw, "api_key": self.created})
        response["Cache-Control"] = "no-store"
        return response


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
        return self.link("key-detail", self.object.reference)

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
