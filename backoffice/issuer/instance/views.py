"""The instance's settings on one page (INS-03), and its logos (INS-01)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from audit.models import AuditEvent
from audit.selectors import name_actors
from backoffice.enums import Right
from backoffice.issuer.instance.forms import LogoForm, SettingsForm, in_words
from backoffice.models import InstanceSetting
from backoffice.services.settings import change_settings
from core import colours
from core.branding import FOLDER, KINDS, LARGEST, LOGOS, Logo
from core.errors import DomainError
from core.images import discard, store
from core.instance import GROUPS, Kind, Setting, known_settings, setting_of, stored, value
from kit.dialogs import ActionDialog, Done
from kit.pages import Page

GROUNDS = {"light": "#ffffff", "dark": colours.DARK_PAPER}


@dataclass
class Line:
    """One setting as the page shows it."""

    setting: Setting
    event: AuditEvent | None  # of the change to what is stored, if anything is

    @property
    def value(self) -> str:
        return in_words(self.setting, value(self.setting.key))

    @property
    def default(self) -> str:
        return in_words(self.setting, self.setting.default)

    @property
    def unfit(self) -> str:
        """What was set and no longer fits its declaration; "" where all is well."""
        if self.event is None:
            return ""
        given = stored().get(self.setting.key)
        try:
            self.setting.clean(given)
        except DomainError:
            return str(given)
        return ""


def lines_of(settings: list[Setting]) -> list[Line]:
    rows = {row.key: row.event for row in InstanceSetting.objects.filter(key__in=[one.key for one in settings]).select_related("event")}
    name_actors(rows.values())
    return [Line(setting, rows.get(setting.key)) for setting in settings]


def on_the_page() -> list[Setting]:
    return [setting for setting in known_settings() if setting.kind != Kind.FILE]


class Settings(Page):
    right = Right.INSTANCE_SEE
    title = _("Settings")

    def get(self, request: HttpRequest) -> HttpResponseBase:
        lines = lines_of(on_the_page())
        groups = [
            (code, label, members) for code, label in GROUPS.items() if (members := [line for line in lines if line.setting.group == code])
        ]
        return self.render("backoffice/settings.html", {"groups": groups, "may_edit": request.user.has_right(Right.INSTANCE_EDIT)})


class InstanceAction(ActionDialog):
    right = Right.INSTANCE_EDIT
    fresh_proof = True
    menu = "settings"

    def back(self) -> str:
        return reverse("settings")

    def path(self) -> list[tuple[str, str]]:
        return [(str(Settings.title), reverse("settings"))]


class EditSettings(InstanceAction):
    """The settings of one group."""

    url_name = "settings-edit"
    verb = _("Save changes")
    form_class = SettingsForm

    def prepare(self, **kwargs: Any) -> None:
        self.group = kwargs["group"]
        self.settings = [setting for setting in on_the_page() if setting.group == self.group]
        if not self.settings:
            raise Http404

    def page_title(self) -> str:
        return str(GROUPS[self.group])

    def sentence(self) -> Any:
        return _("What you change here holds for everyone, at once. Each change is recorded with your name.")

    def form_options(self) -> dict[str, Any]:
        return {"settings": self.settings}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        before = {setting.key: value(setting.key) for setting in self.settings}
        changed = change_settings(values=form.cleaned_data, actor=actor, now=now)
        if not changed:
            return Done(_("Nothing was changed."), reverse("settings"))
        said = [
            f"{one.label}: {in_words(one, before[one.key])} → {in_words(one, value(one.key))}"
            for one in self.settings
            if one.key in changed
        ]
        return Done("; ".join(said), f"{reverse('settings')}#{self.group}")


class ResetSetting(InstanceAction):
    """Back to the default."""

    url_name = "settings-reset"
    title = verb = _("Reset to default")

    def prepare(self, **kwargs: Any) -> None:
        if kwargs["key"] not in {setting.key for setting in on_the_page()}:
            raise Http404
        self.setting = setting_of(kwargs["key"])

    def sentence(self) -> Any:
        return format_html("{}. {}", self.setting.label, _("It holds for everyone, at once."))

    def before_after(self) -> list[tuple[Any, Any, Any]]:
        now = in_words(self.setting, value(self.setting.key))
        return [(self.setting.label, now, in_words(self.setting, self.setting.default))]

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        change_settings(values={self.setting.key: self.setting.default}, actor=actor, now=now)
        default = in_words(self.setting, self.setting.default)
        message = _("%(setting)s: the default, %(default)s, counts again.") % {"setting": self.setting.label, "default": default}
        return Done(message, f"{reverse('settings')}#{self.setting.group}")


class Branding(Page):
    """The logos that are there, on light and dark ground, and the accent colour."""

    right = Right.INSTANCE_SEE
    title = _("Branding")

    def get(self, request: HttpRequest) -> HttpResponseBase:
        lines = lines_of([setting_of(logo.key) for logo in LOGOS])
        logos = [(logo, value(logo.key), line.event) for logo, line in zip(LOGOS, lines, strict=True)]
        (accent,) = lines_of([setting_of("instance.accent")])
        may_edit = request.user.has_right(Right.INSTANCE_EDIT)
        schemes = colours.palette(value("instance.accent"))
        shown = {
            scheme: {name.removeprefix("accent-"): colour for name, colour in of_it.items()} | {"ground": GROUNDS[scheme]}
            for scheme, of_it in schemes.items()
        }
        context = {"logos": logos, "accent": accent, "palette": shown, "folder": FOLDER, "may_edit": may_edit}
        return self.render("backoffice/branding.html", context)


class LogoAction(InstanceAction):
    menu = "branding"
    logo: Logo

    def prepare(self, **kwargs: Any) -> None:
        try:
            self.logo = KINDS[kwargs["kind"]]
        except KeyError:
            raise Http404 from None

    def page_title(self) -> str:
        return f"{self.title}: {self.logo.label}"

    def back(self) -> str:
        return reverse("branding")

    def path(self) -> list[tuple[str, str]]:
        return [(str(Branding.title), reverse("branding"))]


class SetLogo(LogoAction):
    url_name = "branding-set"
    title = _("Set logo")
    verb = _("Set logo")
    form_class = LogoForm

    def sentence(self) -> Any:
        return _("%(use)s It is seen at once, by everyone.") % {"use": self.logo.use}

    def form_options(self) -> dict[str, Any]:
        return {"ending": self.logo.ending}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        image = store(form.cleaned_data["image"], folder=FOLDER, kinds=(self.logo.ending,), largest=LARGEST)
        try:
            change_settings(values={self.logo.key: image.name.removeprefix(f"{FOLDER}/")}, actor=actor, now=now)
        except DomainError:
            discard(image.name)
            raise
        return Done(_("The logo is set."), reverse("branding"))


class ResetLogo(LogoAction):
    """Without a logo of its own the instance shows its name and the product's mark."""

    url_name = "branding-reset"
    title = verb = _("Reset to default")

    def sentence(self) -> Any:
        return _("The logo is no longer shown. Mails that were sent keep theirs.")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        change_settings(values={self.logo.key: ""}, actor=actor, now=now)
        return Done(_("The default counts again."), reverse("branding"))
