"""The one list of alerts: what needs somebody, who has seen it, whose it is, and what was done (NOT-03)."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from core.registries import visible
from kit import cells
from kit.bulk.actions import BulkAction
from kit.details import DetailPage, Tab
from kit.dialogs import ActionDialog, Done
from kit.lists import ListPage
from kit.pages import Page, find_visible
from kit.subjects import subject_html
from messaging.enums import AlertStatus, Right
from messaging.issuer.filters import AlertFilter
from messaging.issuer.resources import AlertResource
from messaging.issuer.tables import ALERT_COLUMNS
from messaging.models import Alert
from messaging.services.alerts import assign_alert, see_alert, settle_by_hand

RELATED = ("assigned_to", "settled_by")


class AlertAction(ActionDialog):
    """Something done about one open alert."""

    model = Alert
    related = RELATED
    right = Right.SETTLE_ALERTS

    @classmethod
    def available(cls, obj: Alert) -> bool:
        return obj.settled_at is None

    def back(self) -> str:
        return reverse("alert-detail", args=[self.object.reference])


class TakeAlert(AlertAction):
    url_name = "alert-take"
    title = verb = _("Take on")
    icon = "user"

    @classmethod
    def is_next(cls, obj: Alert) -> bool:
        return obj.status == AlertStatus.OPEN

    def sentence(self) -> Any:
        if self.object.assigned_to_id == self.request.user.pk:
            return _("This alert is yours already.")
        if self.object.assigned_to is not None:
            return format_html(_("This alert is {}'s now. It becomes yours, and the others see that."), self.object.assigned_to)
        return _("This alert becomes yours, and the others see that.")

    def perform(self, form: Any, actor: Any, obj: Alert, now: datetime) -> Done:
        assign_alert(alert_id=obj.pk, to=actor, actor=actor, now=now)
        return Done(_("The alert %s is yours.") % obj.reference)


def who_may_see_alerts(actor: Any) -> QuerySet[Any]:
    """The administrators that the actor sees and who may see alerts."""
    people = visible(get_user_model(), actor).filter(is_active=True, face="issuer")
    return people.filter(profiles__rights__contains=[Right.SEE_ALERTS]).distinct().order_by("first_name", "last_name", "id")


class AssignForm(forms.Form):
    to = forms.ModelChoiceField(get_user_model().objects.none(), label=_("Person"), help_text=_("Those who may see alerts. They are told."))

    def __init__(self, *args: Any, people: QuerySet[Any], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["to"].queryset = people  # type: ignore[attr-defined]
        self.fields["to"].widget.attrs["data-search"] = "yes"


class AssignAlert(AlertAction):
    url_name = "alert-assign"
    title = verb = _("Assign alert")
    button = _("Assign")
    icon = "user-plus"
    form_class = AssignForm

    def form_options(self) -> dict[str, Any]:
        return {"people": who_may_see_alerts(self.request.user)}

    def initial(self) -> dict[str, Any]:
        return {"to": self.object.assigned_to_id}

    def sentence(self) -> Any:
        return _("The person is told in the bell that this alert is theirs.")

    def perform(self, form: Any, actor: Any, obj: Alert, now: datetime) -> Done:
        to = form.cleaned_data["to"]
        assign_alert(alert_id=obj.pk, to=to, actor=actor, now=now)
        return Done(_("The alert %(alert)s is assigned to %(person)s.") % {"alert": obj.reference, "person": to})


class NoteForm(forms.Form):
    note = forms.CharField(label=_("What was done"), max_length=500, widget=forms.TextInput)


class SettleAlert(AlertAction):
    url_name = "alert-settle"
    title = verb = _("Settle alert")
    icon = "check"
    form_class = NoteForm

    @classmethod
    def is_next(cls, obj: Alert) -> bool:
        return obj.status == AlertStatus.ASSIGNED

    def sentence(self) -> Any:
        return _("The alert is closed with your note. If its cause is still there, a new one is raised.")

    def perform(self, form: Any, actor: Any, obj: Alert, now: datetime) -> Done:
        settle_by_hand(alert_id=obj.pk, note=form.cleaned_data["note"], actor=actor, now=now)
        return Done(_("The alert %s is settled.") % obj.reference)


class AssignAlerts(BulkAction):
    code = "assign"
    right = Right.SETTLE_ALERTS
    title = verb = _("Assign alerts")
    button = _("Assign")
    icon = "user-plus"
    form_class = AssignForm
    able = Q(settled_at__isnull=True)
    reasons = [(Q(settled_at__isnull=False), _("are settled"))]

    def form_options(self) -> dict[str, Any]:
        return {"people": who_may_see_alerts(self.request.user)}

    def sentence(self) -> Any:
        return _("The person is told in the bell of each.")

    def perform_row(self, row: Alert, actor: Any, now: datetime) -> None:
        assign_alert(alert_id=row.pk, to=self.values["to"], actor=actor, now=now)


class SettleAlerts(BulkAction):
    code = "settle"
    right = Right.SETTLE_ALERTS
    title = verb = _("Settle alerts")
    button = _("Settle")
    icon = "check"
    form_class = NoteForm
    able = Q(settled_at__isnull=True)
    reasons = [(Q(settled_at__isnull=False), _("are settled already"))]

    def sentence(self) -> Any:
        return _("They are closed with your note. Where the cause is still there, a new alert is raised.")

    def perform_row(self, row: Alert, actor: Any, now: datetime) -> None:
        settle_by_hand(alert_id=row.pk, note=self.values["note"], actor=actor, now=now)


class AlertList(ListPage):
    model = Alert
    right = Right.SEE_ALERTS
    title = _("Alerts")
    intro = _("What needs somebody, once for each cause while it is open.")
    columns = ALERT_COLUMNS
    filters = AlertFilter
    resource = AlertResource
    order = ("-raised_at", "-id")
    row_url = "alert-detail"
    bulk_actions = [AssignAlerts, SettleAlerts]
    empty = _("Nothing needs you. Alerts appear here by themselves.")


class AlertDetail(DetailPage):
    model = Alert
    right = Right.SEE_ALERTS
    kind = _("Alert")
    list_url, list_label = "alert-list", _("Alerts")
    menu = "alert-list"
    related = RELATED
    tabs = [Tab("summary", _("Summary"), "messaging/alert.html", context=lambda page: page.sights())]
    actions = [TakeAlert, AssignAlert, SettleAlert]

    def facts(self) -> list[tuple[Any, Any]]:
        alert = self.object
        return [(_("Kind"), alert.label), (_("Object"), subject_html(alert)), (_("Raised"), cells.when_html(alert.raised_at))]

    def sights(self) -> dict[str, Any]:
        self.seen_by = list(self.object.sights.select_related("user").order_by("at", "id")[:50])
        return {"seen": any(sight.user_id == self.request.user.pk for sight in self.seen_by)}

    def summary(self) -> list[tuple[Any, Any]]:
        alert = self.object
        names = format_html_join(", ", '<span title="{}">{}</span>', ((f"{s.at:%Y-%m-%d %H:%M}", s.user) for s in self.seen_by))
        facts = [
            (_("Message"), alert.message),
            (_("Object"), subject_html(alert)),
            (_("Raised"), cells.when_html(alert.raised_at)),
            (_("Seen by"), names or cells.NOTHING),
            (_("Assigned to"), alert.assigned_to or cells.NOTHING),
        ]
        if alert.settled_at:
            by = alert.settled_by or _("By itself: its cause has gone")
            facts += [(_("Settled"), cells.when_html(alert.settled_at)), (_("Settled by"), by), (_("Note"), alert.note or cells.NOTHING)]
        return facts


class SeeAlert(Page):
    """The page of an alert says by itself, once it is shown, that its reader has seen it; a GET changes nothing."""

    right = Right.SEE_ALERTS
    http_method_names = ["post"]

    def prepare(self, **kwargs: Any) -> None:
        self.alert = find_visible(Alert, self.request.user, reference=kwargs["reference"])

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        see_alert(alert_id=self.alert.pk, user=request.user, now=timezone.now())
        if getattr(request, "htmx", False):
            return HttpResponse(status=204)
        return HttpResponseRedirect(reverse("alert-detail", args=[self.alert.reference]))
