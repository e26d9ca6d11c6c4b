"""A limit's thresholds, added, changed and removed where they stand: a row turns into its form and back (LIM-01, LIM-02)."""

from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from assets.models import Rate
from assets.services import plain
from core import instance
from kit.dialogs import ActionDialog, Done
from kit.idempotency import Answer
from tiers.enums import Right
from tiers.issuer.limits.forms import ThresholdForm
from tiers.models import Limit, Threshold
from tiers.services.limits import editing
from tiers.services.limits.decision import title_of


def thresholds_of(limit: Limit, person: Any) -> dict[str, Any]:
    """The rows of the table, each with a warning where it can't be judged now."""
    found = list(limit.thresholds.select_related("asset", "currency").order_by("id"))
    pairs = [(one.asset_id, one.currency_id) for one in found if one.currency_id]
    fresh = timezone.now() - timedelta(hours=instance.value("tiers.rate_hours"))
    rates = Rate.objects.filter(asset__in=[asset for asset, _currency in pairs], set_at__gte=fresh) if pairs else ()
    rated = {(rate.asset_id, rate.currency_id) for rate in rates}
    return {
        "object": limit,
        "thresholds": [
            {
                "row": one,
                "title": title_of(one.rule, one.types, one.period_days),
                "unit": one.currency or one.asset,
                "without_rate": bool(one.currency_id) and (one.asset_id, one.currency_id) not in rated,
            }
            for one in found
        ],
        "may_edit": person.has_right(Right.TIERS_EDIT),
    }


class InPlace(ActionDialog):
    """A form in the table; afterwards the table as it is then."""

    model = Limit
    right = Right.TIERS_EDIT
    menu = "limit-list"
    form_class = ThresholdForm
    template = "tiers/threshold_form.html"

    def form_options(self) -> dict[str, Any]:
        return {"actor": self.request.user}

    def back(self) -> str:
        return reverse("limit-detail", args=[self.object.reference])

    def finished(self, answer: Answer) -> HttpResponse:
        if not getattr(self.request, "htmx", False) or self.object is None:
            return super().finished(answer)
        context = thresholds_of(self.object, self.request.user) | {"said": answer.body["message"]}
        html = render_to_string("tiers/thresholds.html", context, request=self.request)
        return HttpResponse(html, headers={"HX-Retarget": "#thresholds", "HX-Reswap": "outerHTML"})


class AddThreshold(InPlace):
    url_name = "limit-threshold-add"
    title = verb = _("Add threshold")
    icon = "plus"

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        editing.add_threshold(limit_id=obj.pk, terms=form.threshold_terms(), actor=actor, now=now)
        return Done(_("The threshold is added; it holds from the next transaction on."), self.back())


class OneThreshold(InPlace):
    """What concerns a present one."""

    threshold: Threshold

    @classmethod
    def address(cls, obj: Any = None) -> str:
        return reverse(cls.url_name, args=[obj.limit.reference, obj.reference])

    def prepare(self, **kwargs: Any) -> None:
        super().prepare(**kwargs)
        found = self.object.thresholds.select_related("asset", "currency").filter(reference=kwargs["threshold"]).first()
        if found is None:
            raise Http404
        self.threshold = found


class ChangeThreshold(OneThreshold):
    url_name = "limit-threshold-change"
    title = _("Change threshold")
    verb = _("Save changes")

    def initial(self) -> dict[str, Any]:
        one = self.threshold
        amounts = {"amount": plain(one.amount), "minimum": plain(one.minimum)}
        names = ("asset", "currency", "rule", "types", "period_days", "max_count", "blocking", "alert")
        return {name: getattr(one, name) for name in names} | amounts

    def sentence(self) -> Any:
        return _("What was used of it stays used.")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        by: dict[str, Any] = {"actor": actor, "now": now}
        editing.change_threshold(limit_id=obj.pk, threshold_id=self.threshold.pk, terms=form.threshold_terms(), **by)
        return Done(_("The threshold is changed; it holds from the next transaction on."), self.back())


class RemoveThreshold(OneThreshold):
    url_name = "limit-threshold-remove"
    title = verb = _("Remove threshold")
    danger = True
    form_class = ActionDialog.form_class
    template = "kit/dialog.html"

    def form_options(self) -> dict[str, Any]:
        return {}

    def sentence(self) -> Any:
        one = self.threshold
        return format_html(_("“{}” bounds nothing any more from the next transaction on."), title_of(one.rule, one.types, one.period_days))

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        editing.remove_threshold(limit_id=obj.pk, threshold_id=self.threshold.pk, actor=actor, now=now)
        return Done(_("The threshold is removed."), self.back())

    def finished(self, answer: Answer) -> HttpResponse:
        return super(InPlace, self).finished(answer)
