"""Pages of dictionaries and tiers (TIE-01, TIE-02)."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from assets.models import Asset
from core.registries import visible
from kit import cells
from kit.details import DetailPage, Tab
from kit.dialogs import ActionDialog, Done, FormPage
from kit.lists import ListPage
from kit.pages import PageLink
from tiers.enums import CLIENT_OPERATIONS, Check, DictionaryType, Right
from tiers.issuer.checklist import lines_of
from tiers.issuer.filters import DictionaryFilter, TierFilter
from tiers.issuer.forms import LabelForm, NewEntryForm, TierForm
from tiers.issuer.resources import DictionaryResource
from tiers.issuer.tables import DICTIONARY_COLUMNS, TIER_COLUMNS, active_badge
from tiers.models import ClientTerms, DictionaryEntry
from tiers.services import dictionaries
from tiers.services.dictionaries import EntryValues

TIER_FIELDS = ("provider", "provider_level", "checks", "operations")


class EntryForms(FormPage):
    """What creating and editing an entry share."""

    right = Right.TIERS_EDIT
    menu = "tier-list"

    def assets(self) -> QuerySet[Asset]:
        return visible(Asset, self.request.user).filter(is_test=False).order_by("code")

    def values(self, data: dict[str, Any]) -> EntryValues:
        given = {name: data[name] for name in ("label", "description", "order", "provider", "provider_level") if name in data}
        several = {name: tuple(data[name]) for name in ("checks", "operations", "assets") if name in data}
        return EntryValues(**given, **several)


class CreateEntry(EntryForms):
    """*Add New* of document 002."""

    url_name = "dictionary-create"
    title = verb = _("Add dictionary entry")
    icon = "plus"
    form_class = NewEntryForm

    def sentence(self) -> Any:
        return _(
            "A verification level with a label is a tier: clients can choose it once its limit and its fees stand, and its page says what is "
            "missing. Person and company types narrow limits."
        )

    def initial(self) -> dict[str, Any]:
        return {"type": DictionaryType.VERIFICATION_LEVEL, "client_type": self.request.GET.get("client_type", "")[:10]}

    def form_options(self) -> dict[str, Any]:
        return {"assets": self.assets()}

    def back(self) -> str:
        return self.link("dictionary-list")

    def path(self) -> list[tuple[str, str]]:
        return [(str(_("Dictionaries")), self.back())]

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        data = form.cleaned_data
        place = {name: data[name] for name in ("type", "client_type", "level")}
        entry = dictionaries.create_entry(**place, values=self.values(data), actor=actor, now=now)
        return Done(_("%(label)s is created.") % {"label": entry.label}, self.link("dictionary-detail", entry.reference))


class EditEntry(EntryForms):
    model = DictionaryEntry
    url_name = "dictionary-edit"
    title = button = _("Edit entry")
    verb = _("Save changes")
    icon = "pencil"

    def sentence(self) -> Any:
        if self.object.level is None:
            return _("The new label stands on every client's page and in every limit that names it.")
        return _("Changes hold from the next transaction on. Fees that bear the tier's label are renamed with it; its level is fixed.")

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        if self.object.level is None:
            return LabelForm(data, files, initial=self.initial())
        return TierForm(data, files, initial=self.initial(), assets=self.assets())

    def initial(self) -> dict[str, Any]:
        entry = self.object
        values = {name: getattr(entry, name) for name in ("label", "description", "order", *TIER_FIELDS)}
        return values | {"assets": [asset.code for asset in entry.assets.all()]}

    def back(self) -> str:
        return self.link("dictionary-detail", self.object.reference)

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        entry = dictionaries.edit_entry(entry_id=obj.pk, values=self.values(form.cleaned_data), actor=actor, now=now)
        return Done(_("%(label)s is changed.") % {"label": entry.label}, self.back())


class EntryAction(ActionDialog):
    model = DictionaryEntry
    right = Right.TIERS_EDIT
    menu = "tier-list"

    def back(self) -> str:
        return self.link("dictionary-detail", self.object.reference)


class DeactivateEntry(EntryAction):
    url_name = "dictionary-deactivate"
    title = verb = _("Deactivate entry")
    icon = "ban"
    danger = True

    @classmethod
    def available(cls, obj: DictionaryEntry) -> bool:
        return obj.is_active

    def sentence(self) -> Any:
        held = ClientTerms.objects.filter(tier=self.object).count() if self.object.level else 0
        if not held:
            return format_html(_("Nobody can choose {} any more."), self.object.label)
        words = ngettext(
            "Nobody can choose %(label)s any more. %(count)s client that has it keeps it, with its limits and recurring fees.",
            "Nobody can choose %(label)s any more. %(count)s clients that have it keep it, with its limits and recurring fees.",
            held,
        )
        return words % {"label": self.object.label, "count": held}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        dictionaries.set_active(entry_id=obj.pk, is_active=False, actor=actor, now=now)
        return Done(_("%(label)s is deactivated.") % {"label": obj.label})


class ActivateEntry(EntryAction):
    url_name = "dictionary-activate"
    title = verb = _("Activate entry")
    icon = "player-play"

    @classmethod
    def available(cls, obj: DictionaryEntry) -> bool:
        return not obj.is_active

    @classmethod
    def is_next(cls, obj: Any) -> bool:
        return True

    def sentence(self) -> Any:
        return format_html(_("{} can be used again."), self.object.label)

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        dictionaries.set_active(entry_id=obj.pk, is_active=True, actor=actor, now=now)
        return Done(_("%(label)s is active.") % {"label": obj.label})


class DictionaryList(ListPage):
    """Active ones, unless others are asked for (TIE-01)."""

    model = DictionaryEntry
    right = Right.TIERS_SEE
    title = _("Dictionaries")
    intro = _(
        "The names you give to verification levels 1 to 5, and to kinds of persons and companies. What isn't labelled keeps its default name."
    )
    columns = DICTIONARY_COLUMNS
    filters = DictionaryFilter
    resource = DictionaryResource
    row_url = "dictionary-detail"
    menu = "tier-list"
    primary_action = CreateEntry
    empty = _("Entries appear here once you add one. Levels without a label are called Level 1 to Level 5.")

    def path(self) -> list[tuple[Any, str]]:
        return [(_("Tiers"), self.link("tier-list"))]

    def queryset(self) -> QuerySet[Any]:
        rows = super().queryset()
        return rows if self.request.GET.get("is_active") else rows.filter(is_active=True)


class TierList(ListPage):
    """The tiers, in use or not (TIE-02)."""

    model = DictionaryEntry
    right = Right.TIERS_SEE
    title = _("Tiers")
    intro = _("What clients can choose beside tier 0, which exists always. A tier's page says what it still needs.")
    columns = TIER_COLUMNS
    filters = TierFilter
    resource = DictionaryResource
    row_url = "dictionary-detail"
    primary_action = CreateEntry
    other_actions = [PageLink(_("Dictionaries"), "dictionary-list", "list-check", Right.TIERS_SEE)]
    empty = _("Label a verification level under Dictionaries: that makes a tier.")

    def queryset(self) -> QuerySet[Any]:
        return super().queryset().filter(type=DictionaryType.VERIFICATION_LEVEL)


def checklist(page: Any) -> dict[str, Any]:
    lines = lines_of(page.object, page.request.user, timezone.now())
    return {"lines": lines, "complete": all(line.is_met for line in lines)}


class DictionaryDetail(DetailPage):
    """An entry; a tier begins with its checklist (TIE-03)."""

    model = DictionaryEntry
    right = Right.TIERS_SEE
    list_url, list_label = "dictionary-list", _("Dictionaries")
    menu = "tier-list"
    status_field = ""
    tabs = [
        Tab("checklist", _("Checklist"), "tiers/checklist.html", context=checklist),
        Tab("summary", _("Summary"), "kit/summary.html"),
    ]
    actions = [EditEntry, ActivateEntry, DeactivateEntry]

    @property
    def allowed_tabs(self) -> list[Tab]:  # type: ignore[override]
        return [tab for tab in super().allowed_tabs if tab.name != "checklist" or self.object.level is not None]

    def facts(self) -> list[tuple[Any, Any]]:
        entry = self.object
        facts = [(_("Label"), format_html("{}", entry.label)), (_("Client type"), format_html("{}", entry.get_client_type_display()))]
        if entry.level is not None:
            facts.append((_("Level"), format_html("{}", entry.level)))
        return [*facts, (_("Status"), active_badge(entry))]

    def summary(self) -> list[tuple[Any, Any]]:
        entry = self.object
        rows = [(_("Type"), entry.get_type_display()), (_("Description"), entry.description or cells.NOTHING)]
        if entry.level is not None:
            operations = [one.label for one in CLIENT_OPERATIONS if one.value in entry.operations]
            rows += [
                (_("API value"), format_html('<span class="mono">{}</span>', entry.api_value)),
                (_("KYC provider"), entry.get_provider_display()),
                (_("Provider's level"), entry.provider_level or cells.NOTHING),
                (_("Checks"), several([Check(one).label for one in entry.checks], cells.NOTHING)),
                (_("Operations that it opens"), several(operations, _("All"))),
                (_("Assets that it opens"), several([asset.code for asset in entry.assets.order_by("code")], _("All"))),
            ]
        return [*rows, (_("Order"), entry.order), (_("Created"), cells.when_html(entry.created_at))]


def several(labels: list[Any], none: Any) -> Any:
    return format_html_join(", ", "{}", ((label,) for label in labels)) or none
