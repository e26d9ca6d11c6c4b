"""The list of cases and the page of one (KYC-01, KYC-11)."""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from clients.enums import Right as ClientRight
from clients.issuer.tables import identity_rows
from kit import cells
from kit.details import DetailPage, Tab
from kit.lists import ListPage
from kit.pages import PageLink
from kyc.enums import CaseStatus, Right
from kyc.issuer.bulk import ReleaseCases, TakeCases
from kyc.issuer.dialogs import RELATED, ApproveCase, AskMore, DeclineCase, ReleaseCase, TakeCase
from kyc.issuer.filters import CaseFilter
from kyc.issuer.resources import CaseResource
from kyc.issuer.tables import CASE_COLUMNS, waiting_html
from kyc.models import Case, InformationRequest
from kyc.selectors import asked_now, decided_by
from ledger.models import Operation
from tiers.enums import Check, Provider
from tiers.selectors.terms import terms_of
from tiers.selectors.tiers import tier_label

NAMES: dict[Any, Any] = dict(Check.choices) | {
    "background_checks": Check.BACKGROUND.label,
    "identity": Check.DOCUMENT.label,
    "selfie": Check.FACE.label,
    "person": _("Person"),
    "name": _("Name"),
    "first_name": _("First name"),
    "firstname": _("First name"),
    "last_name": _("Last name"),
    "lastname": _("Last name"),
    "dob": _("Date of birth"),
    "document_number": _("Document number"),
    "number": _("Document number"),
    "issue_date": _("Issued on"),
    "expiry_date": _("Valid until"),
    "validuntil": _("Valid until"),
    "country": _("Country"),
    "full_address": _("Address"),
}


def queue_address() -> str:
    """What waits for an administrator, the oldest first."""
    return f"{reverse('kyc-case-list')}?status={CaseStatus.AWAITING_DECISION}&sort=waiting_since"


class Queue(PageLink):
    @property
    def address(self) -> str:
        return queue_address()


class CaseList(ListPage):
    model = Case
    right = Right.KYC_SEE
    title = _("KYC cases")
    intro = _("Clients that ask for a tier whose verification level they haven't reached. Each is decided once.")
    columns = CASE_COLUMNS
    filters = CaseFilter
    order = ("-opened_at", "-id")
    related = ("client", "tier", "assigned_to", "decided_by")
    resource = CaseResource
    row_url = "kyc-case-detail"
    other_actions = [Queue(_("Queue by age"), "kyc-case-list", "clock", Right.KYC_SEE)]
    bulk_actions = [TakeCases, ReleaseCases]
    empty = _("A case appears here when a client chooses a tier that it has to be verified for.")


class CaseDetail(DetailPage):
    """Documents come as a tab of their own."""

    model = Case
    right = Right.KYC_SEE
    audited_read = "kyc.read"
    kind = _("KYC case")
    list_url, list_label = "kyc-case-list", _("KYC cases")
    menu = "kyc-case-list"
    related = (*RELATED, "decided_by")
    tabs = [Tab("summary", _("Summary"), "kyc/case.html")]
    actions = [ApproveCase, AskMore, TakeCase, ReleaseCase, DeclineCase]

    def facts(self) -> list[tuple[Any, Any]]:
        case = self.object
        facts = [
            (_("Client"), self.client_link()),
            (_("Requested tier"), format_html("{}", case.tier.label)),
            (_("Opened"), cells.when_html(case.opened_at)),
        ]
        if case.is_open:
            facts.append((_("Waiting since"), waiting_html(case)))
        return facts

    def client_link(self) -> Any:
        client = self.object.client
        if not self.request.user.has_right(ClientRight.CLIENTS_SEE):
            return format_html("{}", client)
        return format_html('<a href="{}">{}</a>', reverse("client-detail", args=[client.reference]), client)

    def client_data(self) -> list[tuple[Any, Any]]:
        """Beside the requested tier and what was found."""
        client = self.object.client
        rows = [
            (_("Type"), client.get_type_display()),
            *identity_rows(client),
            (_("E-mail address"), client.email),
            (_("Phone number"), client.phone),
            (_("Language"), dict(settings.LANGUAGES).get(client.language, client.language)),
            (_("Tier now"), tier_label(terms_of(client.pk).tier)),
            (_("Verification level"), str(client.verification_level)),
            (_("Client since"), cells.when_html(client.created_at)),
        ]
        return [(label, format_html("{}", value) if value else cells.NOTHING) for label, value in rows]

    def requested(self) -> list[tuple[Any, Any]]:
        """What was asked for, what it takes, and what has come of it."""
        case, tier = self.object, self.object.tier
        checks = [str(Check(code).label) for code in tier.checks if code in Check.values]
        facts: list[tuple[Any, Any]] = [
            (_("Requested tier"), format_html("{}", tier.label)),
            (_("Verification level"), format_html("{}", case.level)),
            (_("Provider"), case.get_provider_display()),
            (_("Checks"), format_html("{}", ", ".join(checks)) if checks else cells.NOTHING),
            (_("Fee"), self._fee()),
            (_("Taken by"), format_html("{}", case.assigned_to) if case.assigned_to else cells.NOTHING),
        ]
        if case.provider != Provider.MANUAL:
            facts += [
                (_("Address for the client"), self._address()),
                (_("Provider's result"), cells.badge_of(case, "provider_result") if case.provider_result else cells.NOTHING),
                (_("Result arrived"), cells.when_html(case.result_at)),
            ]
        if not case.is_open:
            facts += [(_("Decided"), cells.when_html(case.decided_at)), (_("Decided by"), format_html("{}", decided_by(case)))]
        optional = [
            (_("Reason for the client"), case.get_reason_code_display()),
            (_("Written to the client"), case.reason_text),
            (_("Internal note"), case.note),
        ]
        return facts + [(label, format_html("{}", value)) for label, value in optional if value]

    def _fee(self) -> Any:
        case = self.object
        if not case.fee:
            return _("None")
        amount = cells.amount_html(case.fee, case.fee_asset)
        if case.is_open:
            return format_html("{} {}", amount, cells.badge_html(_("Reserved"), cells.WAITS))
        if self.fee_operation is None:
            return format_html("{} {}", amount, cells.badge_html(_("Released")))
        link = format_html('<a href="{}">{}</a>', reverse("operation-detail", args=[self.fee_operation]), self.fee_operation)
        return format_html("{} {} {}", amount, cells.badge_html(_("Charged"), cells.DONE), link)

    @cached_property
    def fee_operation(self) -> str | None:
        found = Operation.objects.filter(cause_type=Case._meta.label_lower, cause_id=self.object.pk)
        return found.values_list("reference", flat=True).first()

    def _address(self) -> Any:
        """Until when it can be used; not the address itself, which is the client's alone."""
        case = self.object
        if not case.url:
            return cells.NOTHING
        if not case.url_expires_at:
            return _("Given to the client")
        if case.url_expires_at < timezone.now():
            return format_html(_("Expired {}"), cells.when_html(case.url_expires_at))
        return format_html(_("Given to the client, valid until {}"), cells.when_html(case.url_expires_at))

    def asked(self) -> InformationRequest | None:
        return asked_now(self.object)

    def requests(self) -> list[InformationRequest]:
        return list(self.object.requests.select_related("asked_by").order_by("-id"))

    def findings(self) -> list[dict[str, Any]]:
        """The provider's results, check by check: {"check", "name", "value", "passed"}, the first two in words."""
        found = []
        for finding in self.object.result_fields:
            check, name = in_words(finding.get("check")), in_words(finding.get("name"))
            found.append({**finding, "check": check, "name": "" if name == check else name})
        return found


def in_words(code: Any) -> str:
    """What a provider calls a check or a datum; those that we don't know, as it writes them."""
    known = NAMES.get(str(code).lower())
    return str(known) if known else str(code or "").replace("_", " ").capitalize()
