"""What is done to a case by hand, and to a client's level (KYC-04, KYC-07, KYC-09, KYC-11, KYC-12)."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients.models import Client
from core import instance
from core.registries import visible
from kit.cells import amount_html
from kit.dialogs import ActionDialog, Done
from kyc import services
from kyc.enums import CaseStatus, ProviderResult, Right
from kyc.issuer.forms import ApproveForm, AskForm, DeclineForm, LevelForm
from kyc.models import Case
from kyc.selectors import OPEN_CASES, proofs
from kyc.transitions import CASE
from tiers.selectors.terms import terms_of
from tiers.selectors.tiers import default_level_name, tier_label
from transactions.enums import HoldStatus
from transactions.models import Hold

RELATED = ("client", "tier", "fee_asset", "assigned_to")


def case_page(case: Case) -> str:
    return reverse("kyc-case-detail", args=[case.reference])


class CaseAction(ActionDialog):
    """Something done to one open case."""

    model = Case
    related = RELATED
    right = Right.KYC_ACT
    menu = "kyc-case-list"

    @classmethod
    def available(cls, obj: Case) -> bool:
        return obj.is_open

    def back(self) -> str:
        return case_page(self.object)

    def has_somebody_else(self) -> Any:
        """A sentence on who has taken the case, where that is somebody else."""
        taker = self.object.assigned_to
        if taker is None or taker.pk == self.request.user.pk:
            return ""
        return format_html(_("{} has taken this case."), taker)


class TakeCase(CaseAction):
    url_name = "kyc-case-take"
    title = verb = _("Take case")
    icon = "user"

    @classmethod
    def available(cls, obj: Case) -> bool:
        return obj.is_open and obj.assigned_to_id is None

    def sentence(self) -> Any:
        return format_html(
            _("The case of {} becomes yours, and the others see that. You are told when the client answers."), self.object.client
        )

    def perform(self, form: Any, actor: Any, obj: Case, now: datetime) -> Done:
        services.take(case_id=obj.pk, actor=actor, now=now)
        return Done(_("The case %s is yours.") % obj.reference)


class ReleaseCase(CaseAction):
    url_name = "kyc-case-release"
    title = verb = _("Release case")
    icon = "user-minus"

    @classmethod
    def available(cls, obj: Case) -> bool:
        return obj.is_open and obj.assigned_to_id is not None

    def sentence(self) -> Any:
        return format_html(_("The case of {} is nobody's again, and anybody can take it."), self.object.client)

    def perform(self, form: Any, actor: Any, obj: Case, now: datetime) -> Done:
        services.release(case_id=obj.pk, actor=actor, now=now)
        return Done(_("The case %s is released.") % obj.reference)


class AskMore(CaseAction):
    url_name = "kyc-case-ask"
    title = _("Ask for more information")
    button = _("Ask for more")
    verb = _("Send to the client")
    icon = "messages"
    form_class = AskForm

    @classmethod
    def available(cls, obj: Case) -> bool:
        return CaseStatus.MORE_INFORMATION in CASE.allowed(obj.status)

    def sentence(self) -> Any:
        return format_html(_("{} gets a mail and answers in the app. The case stays open and waits for the answer."), self.object.client)

    def perform(self, form: Any, actor: Any, obj: Case, now: datetime) -> Done:
        services.ask_more(case_id=obj.pk, asked=form.cleaned_data["asked"], actor=actor, now=now)
        return Done(_("The client is asked for more in case %s.") % obj.reference)


class ApproveCase(CaseAction):
    """KYC-09, with all that it brings about said before."""

    right = Right.KYC_DECIDE
    url_name = "kyc-case-approve"
    fresh_proof = True
    title = _("Approve the case")
    verb = _("Approve case")
    button = _("Approve")
    icon = "check"
    form_class = ApproveForm

    @classmethod
    def available(cls, obj: Case) -> bool:
        return CaseStatus.APPROVED in CASE.allowed(obj.status)

    @classmethod
    def is_next(cls, obj: Case) -> bool:
        return obj.provider_result != ProviderResult.DECLINED

    @property
    def is_against(self) -> bool:
        return bool(self.object.provider_result == ProviderResult.DECLINED)

    def form_options(self) -> dict[str, Any]:
        return {"must_say_why": self.is_against}

    def sentence(self) -> Any:
        parts = [
            self.has_somebody_else(),
            self._warning(),
            format_html(_("{} gets {} at once, and a mail that says so."), self.object.client, self.object.tier.label),
            self._fee(),
            self._held(),
        ]
        return format_html(" ".join(["{}"] * len(parts)), *parts)

    def _warning(self) -> Any:
        if not self.is_against:
            return ""
        if not self.request.user.has_right(Right.KYC_OVERRIDE):
            return _("The provider declined this client, and you lack the right to approve against that.")
        return _("The provider declined this client: you approve against its result.")

    def _fee(self) -> Any:
        if self.object.reservation_id is None:
            return _("There is no fee to charge.")
        return format_html(_("The reserved fee of {} is charged."), amount_html(self.object.fee, self.object.fee_asset))

    def _held(self) -> Any:
        number = Hold.objects.filter(client=self.object.client_id, status=HoldStatus.HELD).count()
        words = ngettext(
            "%(number)d transaction on hold is checked again and goes on where the limits allow it.",
            "%(number)d transactions on hold are checked again and go on where the limits allow it.",
            number,
        )
        return words % {"number": number} if number else ""

    def before_after(self) -> list[tuple[Any, Any, Any]]:
        client = self.object.client
        level = max(client.verification_level, self.object.level)
        return [
            (_("Tier"), tier_label(terms_of(client.pk).tier), self.object.tier.label),
            (_("Verification level"), client.verification_level, level),
        ]

    def perform(self, form: Any, actor: Any, obj: Case, now: datetime) -> Done:
        services.approve(case_id=obj.pk, note=form.cleaned_data["note"], actor=actor, now=now)
        return Done(
            _("The case %(case)s is approved: %(client)s has %(tier)s.") % {"case": obj.reference, "client": obj.client, "tier": obj.tier}
        )


class DeclineCase(CaseAction):
    right = Right.KYC_DECIDE
    url_name = "kyc-case-decline"
    title = _("Decline the case")
    verb = _("Decline case")
    button = _("Decline")
    icon = "ban"
    danger = True
    form_class = DeclineForm

    def sentence(self) -> Any:
        words = format_html(
            _("{} doesn't get {} and is told the reason by mail. This can't be undone: another try is another case."),
            self.object.client, self.object.tier.label,
        )  # fmt: skip
        fee = ""
        if self.object.reservation_id is not None:
            fee = format_html(_("The reserved fee of {} is released."), amount_html(self.object.fee, self.object.fee_asset))
        return format_html("{} {} {}", self.has_somebody_else(), words, fee)

    def perform(self, form: Any, actor: Any, obj: Case, now: datetime) -> Done:
        services.decline(case_id=obj.pk, actor=actor, now=now, **form.cleaned_data)
        return Done(_("The case %s is declined.") % obj.reference)


class SetLevel(ActionDialog):
    """KYC-12: on the client's page."""

    model = Client
    right = Right.SET_LEVEL
    url_name = "client-set-level"
    title = verb = _("Set verification level")
    icon = "shield-check"
    menu = "client-list"
    fresh_proof = True
    form_class = LevelForm

    def form_options(self) -> dict[str, Any]:
        levels = [level for level in range(6) if level < 5 or instance.value("kyc.level_five")]
        others = [(level, default_level_name(level)) for level in levels if level != self.object.verification_level]
        return {"levels": others, "documents": proofs(self.object.pk)}

    def sentence(self) -> Any:
        words = format_html(
            _("{} is at level {} and is told the new one by mail. The tier stays; what is on hold for the level is checked again."),
            self.object, self.object.verification_level,
        )  # fmt: skip
        case = visible(Case, self.request.user).filter(OPEN_CASES, client=self.object).first()
        if case is None:
            return words
        return format_html("{} {}", words, format_html(_("The case {} stays open."), case.reference))

    def back(self) -> str:
        return reverse("client-detail", args=[self.object.reference])

    def perform(self, form: Any, actor: Any, obj: Client, now: datetime) -> Done:
        data = form.cleaned_data
        services.set_level(
            client_id=obj.pk, level=data["level"], reason=data["reason"], document_id=data["document"].pk, actor=actor, now=now
        )  # fmt: skip
        return Done(_("%(client)s is at level %(level)s.") % {"client": obj, "level": data["level"]})
