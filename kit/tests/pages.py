"""Pages of tests alone: a slow list, and dialogs over users that do something countable."""

import time
from datetime import datetime

from django import forms
from django.db import transaction
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import Concat
from django.urls import include, path

from accounts.enums import Right
from accounts.models import User
from core.errors import DomainError
from kit import cells
from kit.bulk.actions import BulkAction
from kit.details import DetailPage, Tab
from kit.dialogs import ActionDialog, Done, FormPage
from kit.exports.resource import ListResource
from kit.filters import Criteria, Exact
from kit.lists import Column, ListPage
from kit.pages import SIGNED_IN, Page


class PeopleResource(ListResource):
    excluded = {"password": "a secret's hash", "search_text": "made of other columns"}

    class Meta:
        model = User


class SlowResource(PeopleResource):
    more = {"pause": "pause"}

    class Meta:
        model = User


class SlowList(ListPage):
    """Each row takes 20 ms, so that a test can act while an export runs."""

    model = User
    right = Right.USERS_SEE
    title = "Slow people"
    columns = [Column("reference", "Reference", sort="id")]
    order = ("id",)
    resource = SlowResource

    def queryset(self):
        pause = Func(F("id") * 0 + 0.02, function="pg_sleep", template="%(function)s(%(expressions)s)::text", output_field=TextField())
        return super().queryset().annotate(pause=pause)


class MarkForm(forms.Form):
    mark = forms.CharField(max_length=5)


class Mark(BulkAction):
    """Adds its mark to the phone number, so that a row that is done twice has two; slowly, so that a test can act meanwhile."""

    code = "mark"
    right = Right.USERS_EDIT
    title = verb = "Mark people"
    form_class = MarkForm
    able = Q(phone="")
    reasons = [(Q(phone="taken"), "have a number")]

    def sentence(self):
        return "Each gets a mark."

    def perform_row(self, row, actor, now):
        with transaction.atomic(durable=True):
            time.sleep(0.02)
            User.objects.filter(pk=row.pk).update(phone=Concat("phone", Value(self.values["mark"])))
            if row.phone == "taken":
                raise Refused("Somebody has this number.")
            if row.phone == "poison":
                raise RuntimeError("meant to break")


class MarkTogether(Mark):
    code = "mark-together"
    in_chunks = True

    def perform_chunk(self, ids, actor, now):
        time.sleep(0.1)
        if User.objects.filter(pk__in=ids, phone="poison").exists():
            raise RuntimeError("meant to break")
        taken = dict.fromkeys(User.objects.filter(pk__in=ids, phone="taken").values_list("pk", flat=True), "Somebody has this number.")
        User.objects.filter(pk__in=set(ids) - set(taken)).update(phone=Concat("phone", Value(self.values["mark"])))
        return taken


class PeopleFilter(Criteria):
    last_name = Exact(label="Last name")


class People(ListPage):
    model = User
    right = Right.USERS_SEE
    title = "People"
    columns = [Column("reference", "Reference", sort="id")]
    order = ("-id",)
    filters = PeopleFilter
    resource = PeopleResource
    bulk_actions = [Mark, MarkTogether]


class Refused(DomainError):
    code = "phone_taken"


class PhoneForm(forms.Form):
    phone = forms.CharField(max_length=20)
    note = forms.CharField(required=False, widget=forms.Textarea)


class SetPhone(ActionDialog):
    model = User
    right = Right.USERS_EDIT
    url_name = "set-phone"
    verb = title = "Set phone number"
    form_class = PhoneForm

    @classmethod
    def available(cls, obj):
        return obj.is_active

    def sentence(self):
        return f"{self.object.reference} gets another phone number."

    def before_after(self):
        return [("Phone", self.object.phone or cells.NOTHING, "another")]

    def perform(self, form: PhoneForm, actor: User, obj: User, now: datetime) -> Done:
        if form.cleaned_data["phone"] == "taken":
            raise Refused("Somebody has this number.", field="phone")
        made = User.objects.create(
            email=f"made{User.objects.count()}@example.com", face="issuer", created_at=now, phone=form.cleaned_data["phone"]
        )
        return Done(f"Made {made.reference}", url="/things/", link_label="Look")


class MakePerson(FormPage):
    right = Right.USERS_EDIT
    url_name = "make-person"
    verb = title = "Make person"
    form_class = PhoneForm

    def perform(self, form: PhoneForm, actor: User, obj: None, now: datetime) -> Done:
        User.objects.create(email="form@example.com", face="issuer", created_at=now, phone=form.cleaned_data["phone"])
        return Done("Made", url="/things/")


class PersonDetail(DetailPage):
    model = User
    right = Right.USERS_SEE
    kind = "Person"
    list_url, list_label = "slow-list", "People"
    tabs = [Tab("summary", "Summary", "kit/summary.html"), Tab("hidden", "Hidden", "kit/summary.html", right=Right.USERS_EDIT)]
    actions = [SetPhone]

    def facts(self):
        return [("Login", self.object.email)]


class Broken(Page):
    right = SIGNED_IN

    def get(self, request):
        raise RuntimeError("meant to break")


urlpatterns = [
    path("things/", SlowList.as_view(), name="slow-list"),
    path("people/", People.as_view(), name="people"),
    path("things/new/", MakePerson.as_view(), name="make-person"),
    path("things/<str:reference>/", PersonDetail.as_view(), name="person-detail"),
    path("things/<str:reference>/phone/", SetPhone.as_view(), name="set-phone"),
    path("broken/", Broken.as_view(), name="broken"),
    path("", include("backoffice.urls")),
]
handler400 = "kit.errors.bad_request"
handler403 = "kit.errors.permission_denied"
handler404 = "kit.errors.not_found"
handler500 = "kit.errors.server_error"
