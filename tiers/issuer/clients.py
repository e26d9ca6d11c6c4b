"""Tiers on the clients' pages: a tab with terms, choices and history, actions, bulk actions, column and criterion (TIE-02, TIE-06,
TIE-08, CLI-01, CLI-06)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients.models import Client
from core.registries import extend, visible
from kit import cells
from kit.bulk.actions import BulkAction
from kit.details import DetailPage, Tab
from kit.dialogs import ActionDialog, Done
from kit.lists import Column
from tiers.enums import Right
from tiers.issuer.filters import AtTier, WithPriceList
from tiers.issuer.forms import NONE, KindForm, PriceListChoiceForm, TierChoiceForm
from tiers.issuer.tables import of_terms
from tiers.models import PriceList, RecurringCharge, TierChange
from tiers.selectors.limits import WITH_PERSONAL_LIMIT
from tiers.selectors.terms import terms_of
from tiers.selectors.tiers import kinds, tier_label, tiers
from tiers.services import assignment
from tiers.services.selection import choices

LIST, DETAIL = "clients.issuer.views.ClientList", "clients.issuer.views.ClientDetail"
SHOWN = 20
PERSONAL = _("The client has a personal limit: it stays in force at every tier.")


def has_personal_limit(client: Client) -> bool:
    return Client.objects.filter(WITH_PERSONAL_LIMIT, pk=client.pk).exists()


def active_price_lists(person: Any) -> QuerySet[PriceList]:
    return visible(PriceList, person).filter(is_active=True).order_by("client_type", "name")


# --- the tab ---------------------------------------------------------------------------------------------------------


def terms_tab(page: DetailPage) -> dict[str, Any]:
    client, person = page.object, page.request.user
    changes = visible(TierChange, person).filter(client=client).select_related("fee_currency")
    charges = visible(RecurringCharge, person).filter(client=client).select_related("tier", "currency")
    terms = terms_of(client.pk)
    return {
        "terms": terms,
        "label": tier_label(terms.tier),
        "choices": choices(client=client, now=timezone.now()),
        "changes": changes.order_by("-id")[:SHOWN],
        "charges": charges.order_by("-due_on", "-id")[:SHOWN],
        "personal": PERSONAL if has_personal_limit(client) else "",
        "may_charge": person.has_right(Right.PRICES_EDIT),
        "may_see_prices": person.has_right(Right.PRICES_SEE),
    }


def facts_of(client: Client) -> list[tuple[Any, Any]]:
    """On the profile: the label, and the mark of a personal limit (TIE-02, LIM-11)."""
    terms = terms_of(client.pk)
    facts = [(_("Tier"), format_html("{}", tier_label(terms.tier)))]
    if terms.kind is not None:
        facts.append((_("Subtype"), format_html("{}", terms.kind.label)))
    if has_personal_limit(client):
        facts.append((_("Limits"), cells.badge_html(_("Personal limit"), cells.WAITS)))
    return facts


# --- one client ------------------------------------------------------------------------------------------------------


class ClientTermsAction(ActionDialog):
    model = Client
    right = Right.TIERS_EDIT
    menu = "client-list"

    def back(self) -> str:
        return f"{self.link('client-detail', self.object.reference)}?tab=tier"


class SetTier(ClientTermsAction):
    """TIE-08."""

    url_name = "client-tier"
    title = verb = _("Set tier")
    icon = "stairs-up"
    form_class = TierChoiceForm

    def sentence(self) -> Any:
        words = format_html(
            _("{} is at {} now. The new tier's limits hold from the next transaction on; the verification level stays {}."),
            self.object, tier_label(terms_of(self.object.pk).tier), self.object.verification_level,
        )  # fmt: skip
        return format_html("{} {}", words, PERSONAL) if has_personal_limit(self.object) else words

    def form_options(self) -> dict[str, Any]:
        return {"tiers": tiers(self.object.type)}

    def initial(self) -> dict[str, Any]:
        present = terms_of(self.object.pk).tier
        return {"tier": self.request.GET.get("tier", "")[:20] or (present.reference if present else NONE)}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        data = form.cleaned_data
        change = assignment.set_tier(
            client=obj, tier=data["tier"], actor=actor, now=now, with_fee=data["with_fee"] == "yes", reason=data["reason"]
        )  # fmt: skip
        words = {"client": obj, "tier": tier_label(data["tier"])}
        if change.fee:
            words["fee"] = f"{cells.plain_amount(change.fee, change.fee_currency.decimals)} {change.fee_currency.code}"
            return Done(_("%(client)s is at %(tier)s and has paid %(fee)s.") % words, self.back())
        return Done(_("%(client)s is at %(tier)s.") % words, self.back())


class SetKind(ClientTermsAction):
    url_name = "client-kind"
    title = verb = _("Set subtype")
    icon = "tag"
    form_class = KindForm

    def sentence(self) -> Any:
        return _("Limits for this person or company type hold for the client from its next transaction on.")

    def form_options(self) -> dict[str, Any]:
        return {"kinds": kinds(self.object.type)}

    def initial(self) -> dict[str, Any]:
        present = terms_of(self.object.pk).kind
        return {"kind": present.reference if present else NONE}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        assignment.set_kind(client=obj, kind=form.cleaned_data["kind"], actor=actor, now=now)
        return Done(_("The subtype of %(client)s is set.") % {"client": obj}, self.back())


class AssignPriceList(ClientTermsAction):
    """FEE-01."""

    right = Right.PRICES_EDIT
    url_name = "client-price-list"
    title = verb = _("Assign price list")
    icon = "receipt-2"
    form_class = PriceListChoiceForm

    def sentence(self) -> Any:
        return _("Fees are asked by it from now on, recurring ones with the next period.")

    def form_options(self) -> dict[str, Any]:
        return {"price_lists": active_price_lists(self.request.user).filter(client_type=self.object.type)}

    def initial(self) -> dict[str, Any]:
        present = terms_of(self.object.pk).assigned
        return {"price_list": present.reference if present else NONE}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        chosen = form.cleaned_data["price_list"]
        assignment.assign_price_list(client=obj, price_list=chosen, actor=actor, now=now)
        if chosen is None:
            return Done(_("%(client)s has the default price list.") % {"client": obj}, self.back())
        return Done(_("%(client)s has the price list %(list)s.") % {"client": obj, "list": chosen}, self.back())


# --- many clients ----------------------------------------------------------------------------------------------------


class SetTiers(BulkAction):
    """CLI-06."""

    code = "tier"
    right = Right.TIERS_EDIT
    title = verb = _("Set tier")
    button = _("Tier")
    icon = "stairs-up"
    form_class = TierChoiceForm
    in_chunks = True

    def form_options(self) -> dict[str, Any]:
        return {"tiers": tiers(), "by_type": True}

    def sentence(self) -> Any:
        words = _(
            "Each comes to the tier, with an entry in its history; those at it already, and those of the other client type, stay as they "
            "are. Verification levels stay."
        )
        return format_html("{} {}", words, self.personal_limits) if self.personal_limits else words

    @cached_property
    def personal_limits(self) -> str:
        """LIM-11."""
        ids = self.selection().order_by().values("pk")
        found = Client.objects.filter(WITH_PERSONAL_LIMIT, pk__in=ids).distinct().count()
        if not found:
            return ""
        return ngettext(
            "%(count)s of them has a personal limit, which stays in force.",
            "%(count)s of them have a personal limit, which stays in force.",
            found,
        ) % {"count": found}

    def perform_chunk(self, ids: Sequence[int], actor: Any, now: datetime) -> Mapping[int, Any]:
        values = self.values
        return assignment.set_tiers(
            ids=ids, tier=values["tier"], actor=actor, now=now, with_fee=values["with_fee"] == "yes", reason=values["reason"]
        )  # fmt: skip


class AssignPriceLists(BulkAction):
    """CLI-06."""

    code = "price-list"
    right = Right.PRICES_EDIT
    title = verb = _("Assign price list")
    button = _("Price list")
    icon = "receipt-2"
    form_class = PriceListChoiceForm
    in_chunks = True

    def form_options(self) -> dict[str, Any]:
        return {"price_lists": active_price_lists(self.request.user), "by_type": True}

    def sentence(self) -> Any:
        return _("Fees are asked by it from now on; those of the other client type stay as they are.")

    def perform_chunk(self, ids: Sequence[int], actor: Any, now: datetime) -> Mapping[int, Any]:
        return assignment.assign_price_lists(ids=ids, price_list=self.values["price_list"], actor=actor, now=now)


def register() -> None:
    extend(DETAIL, "tab", Tab("tier", _("Tier"), "tiers/client.html", right=Right.TIERS_SEE, context=terms_tab))
    extend(DETAIL, "fact", facts_of)
    for action in (SetTier, SetKind, AssignPriceList):
        extend(DETAIL, "action", action)
    for bulk in (SetTiers, AssignPriceLists):
        extend(LIST, "bulk", bulk)
    extend(LIST, "column", Column("terms__tier__label", _("Tier"), cell=of_terms("tier")))
    extend(LIST, "column", Column("terms__price_list__name", _("Price list"), cell=of_terms("price_list"), hidden=True))
    extend(LIST, "filter", ("tier", AtTier(label=_("Tier"))))
    extend(LIST, "filter", ("price_list", WithPriceList(label=_("Price list"))))
