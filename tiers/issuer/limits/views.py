"""Pages of limits: list, page, create, edit, copy, switch on and off (LIM-01, LIM-06), and the rules of all of them (KYC-30)."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from kit import cells
from kit.details import DetailPage, Tab
from kit.dialogs import ActionDialog, Done, FormPage
from kit.lists import ListPage
from kit.pages import PageLink
from tiers.enums import Right
from tiers.issuer.limits.filters import LimitFilter, RuleFilter
from tiers.issuer.limits.forms import LimitForm, NameForm, NewLimitForm, RuleForm
from tiers.issuer.limits.resources import LimitResource, RuleResource
from tiers.issuer.limits.tables import LIMIT_COLUMNS, RULE_COLUMNS, active_badge, personal_badge
from tiers.issuer.limits.thresholds import thresholds_of
from tiers.models import Limit, Threshold
from tiers.services.limits import editing
from tiers.services.limits.terms import LimitTerms


def limit_page(limit: Limit) -> str:
    return reverse("limit-detail", args=[limit.reference])


class CreateLimit(FormPage):
    """With its first threshold; more are added on its page."""

    right = Right.TIERS_EDIT
    url_name = "limit-create"
    menu = "limit-list"
    title = verb = _("Create limit")
    icon = "plus"
    form_class = NewLimitForm

    def sentence(self) -> Any:
        return _(
            "It holds from the next transaction on, for the clients whom every criterion fits and no closer limit covers. "
            "More thresholds are added on its page."
        )

    def form_options(self) -> dict[str, Any]:
        return {"actor": self.request.user}

    def back(self) -> str:
        return reverse("limit-list")

    def path(self) -> list[tuple[Any, str]]:
        return [(_("Limits"), reverse("limit-list"))]

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        limit = editing.create_limit(terms=form.limit_terms(), threshold=form.threshold_terms(), actor=actor, now=now)
        return Done(_("The limit “%(name)s” holds from now on.") % {"name": limit.name}, limit_page(limit))


class CreatePersonalLimit(CreateLimit):
    """From the client's page (LIM-05)."""

    model = Client
    url_name = "client-limit-create"
    menu = "client-list"
    title = verb = _("Set personal limit")
    icon = "gauge"

    @classmethod
    def address(cls, obj: Any = None) -> str:
        return reverse(cls.url_name, args=[obj.reference])

    def sentence(self) -> Any:
        words = _(
            "It only tightens: {} keeps the limit of its level and tier beside it, and of two thresholds for the same the lower holds."
        )
        return format_html(words, self.object)

    def initial(self) -> dict[str, Any]:
        return {"name": self.object.reference, "client": self.object.reference}

    def form_options(self) -> dict[str, Any]:
        return {"actor": self.request.user}

    def back(self) -> str:
        return reverse("client-detail", args=[self.object.reference]) + "?tab=limits"

    def path(self) -> list[tuple[Any, str]]:
        return [(self.object.reference, self.back())]


class LimitAction(ActionDialog):
    """What the dialogs about one limit share."""

    model = Limit
    related = ("client", "kind", "tier")
    right = Right.TIERS_EDIT
    menu = "limit-list"

    def back(self) -> str:
        return limit_page(self.object)


class EditLimit(LimitAction):
    url_name = "limit-edit"
    title = button = _("Edit limit")
    verb = _("Save changes")
    icon = "pencil"
    form_class = LimitForm

    def form_options(self) -> dict[str, Any]:
        return {"actor": self.request.user}

    def initial(self) -> dict[str, Any]:
        own = {name: getattr(self.object, name) for name in ("name", "description", "level", "client_type", "kind", "tier")}
        return own | {"client": self.object.client.reference if self.object.client else ""}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        limit = editing.edit_limit(limit_id=obj.pk, terms=form.limit_terms(), actor=actor, now=now)
        return Done(_("The limit “%(name)s” is changed.") % {"name": limit.name})


class CopyLimit(LimitAction):
    url_name = "limit-copy"
    title = verb = _("Copy limit")
    icon = "copy"
    form_class = NameForm

    def sentence(self) -> Any:
        return _("The copy has the same criteria and thresholds and is not active: change its criteria, then activate it.")

    def initial(self) -> dict[str, Any]:
        return {"name": _("Copy of %(name)s") % {"name": self.object.name[:70]}}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        limit = editing.copy_limit(limit_id=obj.pk, name=form.cleaned_data["name"], actor=actor, now=now)
        return Done(_("The copy “%(name)s” is made.") % {"name": limit.name}, limit_page(limit))


class ActivateLimit(LimitAction):
    url_name = "limit-activate"
    title = verb = _("Activate limit")
    icon = "player-play"

    @classmethod
    def available(cls, obj: Limit) -> bool:
        return not obj.is_active

    @classmethod
    def is_next(cls, obj: Limit) -> bool:
        return True

    def sentence(self) -> Any:
        return _("From the next transaction on it covers the clients whom every criterion fits and no closer limit covers.")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        editing.activate_limit(limit_id=obj.pk, actor=actor, now=now)
        return Done(_("The limit “%(name)s” is active.") % {"name": obj.name})


class DeactivateLimit(LimitAction):
    url_name = "limit-deactivate"
    title = verb = _("Deactivate limit")
    icon = "ban"
    danger = True

    @classmethod
    def available(cls, obj: Limit) -> bool:
        return obj.is_active

    def sentence(self) -> Any:
        return _(
            "From the next transaction on it covers no one: its clients are covered by the next limit that fits them. "
            "Where none does, the settings say whether they may move anything."
        )

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        editing.deactivate_limit(limit_id=obj.pk, actor=actor, now=now)
        return Done(_("The limit “%(name)s” covers no one now.") % {"name": obj.name})


class LimitList(ListPage):
    model = Limit
    right = Right.TIERS_SEE
    title = _("Limits")
    intro = _("What clients may move: each is covered by the limit that fits it closest, and by its personal one.")
    columns = LIMIT_COLUMNS
    filters = LimitFilter
    resource = LimitResource
    row_url = "limit-detail"
    primary_action = CreateLimit
    other_actions = [PageLink(_("KYC rules"), "kyc-rule-list", "list-details", Right.TIERS_SEE)]
    empty = _(
        "Without a limit for its level or a lower one, no client can move anything, unless the settings say otherwise. Create the first."
    )


class LimitDetail(DetailPage):
    model = Limit
    right = Right.TIERS_SEE
    kind = _("Limit")
    list_url, list_label = "limit-list", _("Limits")
    menu = "limit-list"
    related = ("client", "kind", "tier")
    tabs = [Tab("summary", _("Summary"), "tiers/limit.html", context=lambda page: limit_context(page))]
    actions = [ActivateLimit, EditLimit, CopyLimit, DeactivateLimit]

    def facts(self) -> list[tuple[Any, Any]]:
        limit = self.object
        facts = [(_("Name"), format_html("{}", limit.name)), (_("Status"), active_badge(limit))]
        return [*facts, (_("Kind"), personal_badge(limit))] if limit.client_id else facts

    def summary(self) -> list[tuple[Any, Any]]:
        limit = self.object
        if limit.client:
            url = reverse("client-detail", args=[limit.client.reference])
            criteria: list[tuple[Any, Any]] = [(_("Client"), format_html('<a href="{}" class="mono">{}</a>', url, limit.client.reference))]
        else:
            criteria = [
                (_("Client type"), limit.get_client_type_display() or _("Any")),
                (_("Person or company type"), limit.kind.label if limit.kind else _("Any")),
                (_("Tier"), limit.tier.label if limit.tier else _("Any")),
                (_("Verification level"), _("Any") if limit.level is None else limit.level),
            ]
        return [*criteria, (_("Description"), limit.description or cells.NOTHING), (_("Created"), cells.when_html(limit.created_at))]


def limit_context(page: DetailPage) -> dict[str, Any]:
    limit = page.object
    same = None if limit.is_active else editing.same_criteria(LimitTerms.of(limit), besides=limit.pk)
    return {"same": same, **thresholds_of(limit, page.request.user)}


class AddRule(FormPage):
    """KYC-30, seen from the level."""

    right = Right.TIERS_EDIT
    url_name = "kyc-rule-add"
    menu = "limit-list"
    title = verb = _("Add rule")
    icon = "plus"
    form_class = RuleForm

    def sentence(self) -> Any:
        return _("For every client of that level whom no closer limit covers. It stands among the thresholds of the level's own limit.")

    def form_options(self) -> dict[str, Any]:
        return {"actor": self.request.user}

    def back(self) -> str:
        return reverse("kyc-rule-list")

    def path(self) -> list[tuple[Any, str]]:
        return [(_("KYC rules"), reverse("kyc-rule-list"))]

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        limit = editing.add_rule(level=form.cleaned_data["level"], terms=form.threshold_terms(), actor=actor, now=now)
        return Done(_("The rule holds from now on, in the limit “%(name)s”.") % {"name": limit.name}, limit_page(limit))


class RuleList(ListPage):
    """Every threshold as a rule (KYC-30)."""

    model = Threshold
    right = Right.TIERS_SEE
    title = _("KYC rules")
    intro = _("Every threshold of every limit, one a line. They are changed on the limit's page.")
    columns = RULE_COLUMNS
    related = ("limit", "asset", "currency")
    menu = "limit-list"
    filters = RuleFilter
    order = ("-id",)
    resource = RuleResource
    primary_action = AddRule
    empty = _("Rules say what a client of a level may send, receive and hold. Add the first, or create a limit.")

    def path(self) -> list[tuple[Any, str]]:
        return [(_("Limits"), reverse("limit-list"))]

    def url_of(self, row: Threshold) -> str:
        return limit_page(row.limit)
