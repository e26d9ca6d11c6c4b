"""Pages of clients: list, page, create, edit, deactivate (CLI-01, CLI-02, CLI-03, CLI-07)."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from clients.enums import ClientStatus, ClientType, Right
from clients.issuer.access import ResetPassword, RevokeSessions, access_rows, sessions_context
from clients.issuer.bulk import (
    ActivateClients,
    BlockClients,
    DeactivateClients,
    FreezeClients,
    ReactivateClients,
    UnblockClients,
    UnfreezeClients,
)
from clients.issuer.dialogs import ClientAction, client_page, told_by_mail
from clients.issuer.filters import ClientFilter
from clients.issuer.forms import CompanyForm, CompanyPersonForm, PersonForm, ReasonForm, RemovePersonForm
from clients.issuer.resources import ClientResource
from clients.issuer.standing import BlockClient, FreezeClient, UnblockClient, UnfreezeClient
from clients.issuer.tables import CLIENT_COLUMNS, identity_rows
from clients.models import Client, CompanyPerson
from clients.services import (
    Person,
    activate_client,
    add_person,
    create_client,
    deactivate_client,
    edit_client,
    reactivate_client,
    remove_person,
    status_before,
)
from clients.transitions import CLIENT
from core.registries import extensions
from kit import cells
from kit.details import DetailPage, Tab
from kit.dialogs import Done, FormPage
from kit.lists import ListPage


class CreateClient(FormPage):
    """A person; the other type is one click away, on a page of its own."""

    right = Right.CLIENTS_EDIT
    url_name = "client-create"
    menu = "client-list"
    title = _("Add client")
    verb = _("Add client")
    icon = "plus"
    form_class: type[forms.Form] = PersonForm
    type = ClientType.PERSON
    other = ("client-create-company", _("It is a company"))

    def sentence(self) -> Any:
        words = _("The client starts with status Created at verification level 0, with a wallet of its own.")
        url_name, label = self.other
        return format_html('{} <a href="{}">{}</a>', words, reverse(url_name), label)

    def initial(self) -> dict[str, Any]:
        return {"language": "en"}

    def back(self) -> str:
        return reverse("client-list")

    def path(self) -> list[tuple[str, str]]:
        return [(str(_("Clients")), reverse("client-list"))]

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        client = create_client(actor=actor, now=now, type=self.type, **form.cleaned_data)
        return Done(_("%(client)s is added.") % {"client": client}, client_page(client))


class CreateCompany(CreateClient):
    url_name = "client-create-company"
    form_class = CompanyForm
    type = ClientType.COMPANY
    other = ("client-create", _("It is a person"))


class EditClient(ClientAction):
    url_name = "client-edit"
    title = button = _("Edit client")
    verb = _("Save changes")
    icon = "pencil"

    @classmethod
    def available(cls, obj: Client) -> bool:
        return obj.deleted_at is None

    def sentence(self) -> Any:
        """CLI-10."""
        if self.object.email_verified_at or self.object.phone_verified_at:
            return _(
                "Another e-mail address or phone number is not verified: the client gets a new code, and level 1 falls to 0 until then."
            )
        return ""

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        self.form_class = PersonForm if self.object.type == ClientType.PERSON else CompanyForm
        return super().make_form(data, files)

    def initial(self) -> dict[str, Any]:
        return {name: getattr(self.object, name) for name in self.form_class.base_fields}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        client = edit_client(client=obj, actor=actor, now=now, **form.cleaned_data)
        return Done(_("%(client)s is changed.") % {"client": client})


class ActivateClient(ClientAction):
    url_name = "client-activate"
    title = verb = _("Activate client")
    icon = "check"

    @classmethod
    def is_next(cls, obj: Any) -> bool:
        return True

    @classmethod
    def available(cls, obj: Client) -> bool:
        return obj.status == ClientStatus.CREATED

    def sentence(self) -> Any:
        return format_html(_("{} becomes active and can order. The activation is counted today."), self.object)

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        activate_client(client=obj, actor=actor, now=now)
        return Done(_("%(client)s is active.") % {"client": obj})


class DeactivateClient(ClientAction):
    """CLI-03."""

    url_name = "client-deactivate"
    title = verb = _("Deactivate client")
    icon = "ban"
    danger = True
    form_class = ReasonForm

    @classmethod
    def available(cls, obj: Client) -> bool:
        return ClientStatus.DEACTIVATED in CLIENT.allowed(obj.status)

    def sentence(self) -> Any:
        words = _("{} can't order, send or receive any more, and what is paid but not completed waits. What the wallets hold stays there.")
        return format_html("{} {}", format_html(words, self.object), told_by_mail(self.object))

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        deactivate_client(client=obj, reason=form.cleaned_data["reason"], actor=actor, now=now)
        return Done(_("%(client)s is deactivated.") % {"client": obj})


class ReactivateClient(ClientAction):
    """CLI-03."""

    url_name = "client-reactivate"
    title = verb = _("Reactivate client")
    icon = "player-play"
    form_class = ReasonForm

    @classmethod
    def available(cls, obj: Client) -> bool:
        return obj.status == ClientStatus.DEACTIVATED and obj.deleted_at is None

    @classmethod
    def is_next(cls, obj: Any) -> bool:
        return True

    def sentence(self) -> Any:
        words = _("{} becomes {} again and can do all that this allows.")
        return format_html("{} {}", format_html(words, self.object, status_before(self.object).label.lower()), told_by_mail(self.object))

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        client = reactivate_client(client=obj, reason=form.cleaned_data["reason"], actor=actor, now=now)
        return Done(_("%(client)s is %(status)s again.") % {"client": client, "status": client.get_status_display().lower()})


class AddPerson(ClientAction):
    url_name = "client-person-add"
    title = verb = _("Add representative or owner")
    icon = "plus"
    form_class = CompanyPersonForm

    @classmethod
    def available(cls, obj: Client) -> bool:
        return obj.type == ClientType.COMPANY

    def back(self) -> str:
        return client_page(self.object, "people")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        add_person(client=obj, person=Person(**form.cleaned_data), actor=actor, now=now)
        return Done(_("%(first)s %(last)s is added.") % {"first": form.cleaned_data["first_name"], "last": form.cleaned_data["last_name"]})


class RemovePerson(ClientAction):
    url_name = "client-person-remove"
    title = verb = _("Remove representative or owner")
    icon = "trash"
    danger = True
    form_class = RemovePersonForm

    @classmethod
    def available(cls, obj: Client) -> bool:
        return obj.type == ClientType.COMPANY and obj.people.exists()

    def form_options(self) -> dict[str, Any]:
        return {"people": [(str(person.pk), f"{person} ({person.get_role_display()})") for person in people_of(self.object)]}

    def back(self) -> str:
        return client_page(self.object, "people")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        remove_person(client=obj, person_id=int(form.cleaned_data["person"]), actor=actor, now=now)
        return Done(_("The person is removed."))


def people_of(client: Client) -> list[CompanyPerson]:
    return list(client.people.order_by("role", "last_name", "id"))


class ClientList(ListPage):
    model = Client
    right = Right.CLIENTS_SEE
    title = _("Clients")
    intro = _("The persons and companies that hold your assets. They act through the API and never sign in here.")
    columns = CLIENT_COLUMNS
    filters = ClientFilter
    resource = ClientResource
    row_url = "client-detail"
    primary_action = CreateClient
    bulk_actions = [ActivateClients, DeactivateClients, ReactivateClients, FreezeClients, UnfreezeClients, BlockClients, UnblockClients]
    empty = _("Clients appear here when they sign up through the API, or when you add one.")


class ClientDetail(DetailPage):
    """Wallets, orders and what else belongs to a client come as tabs from their own apps."""

    model = Client
    right = Right.CLIENTS_SEE
    audited_read = "clients.read"
    kind = _("Client")
    list_url, list_label = "client-list", _("Clients")
    menu = "client-list"
    tabs = [
        Tab("summary", _("Summary"), "kit/summary.html"),
        Tab("people", _("Representatives and owners"), "clients/people.html", context=lambda page: {"people": people_of(page.object)}),
        Tab("sessions", _("Sessions"), "clients/sessions.html", context=sessions_context),
    ]
    actions = [
        EditClient, ActivateClient, ReactivateClient, UnblockClient, UnfreezeClient, AddPerson, RemovePerson, ResetPassword, RevokeSessions,
        FreezeClient, BlockClient, DeactivateClient,
    ]  # fmt: skip

    def facts(self) -> list[tuple[Any, Any]]:
        facts = [
            (_("Name"), format_html("{}", self.object)),
            (_("Login"), format_html("{}", self.object.email)),
            (_("Verification level"), format_html("{}", self.object.verification_level)),
        ]
        if self.object.is_test:
            facts.append((_("Mode"), cells.badge_html(_("Test"), cells.WAITS)))
        for more in extensions("clients.issuer.views.ClientDetail", "fact"):
            facts += more(self.object)
        return facts

    def summary(self) -> list[tuple[Any, Any]]:
        client = self.object
        rows = [
            (_("Type"), client.get_type_display()),
            *identity_rows(client),
            (_("E-mail address"), client.email),
            (_("Phone number"), client.phone),
        ]
        events = [(event.get_type_display(), cells.when_html(event.at)) for event in client.lifecycle.order_by("at", "id")]
        return [
            *((label, format_html("{}", value) if value else cells.NOTHING) for label, value in rows),
            (_("Language"), dict(settings.LANGUAGES).get(client.language, client.language)),
            *access_rows(client),
            (_("Created"), cells.when_html(client.created_at)),
            *events,
        ]

    @property
    def allowed_tabs(self) -> list[Tab]:  # type: ignore[override]
        """Persons have no representatives."""
        return [tab for tab in super().allowed_tabs if tab.name != "people" or self.object.type == ClientType.COMPANY]
