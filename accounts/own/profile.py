"""My profile (ACC-04)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.own.forms import ProfileForm
from accounts.selectors import has_second_factor, open_sessions
from accounts.services.profile import change_own_profile
from kit.dialogs import Done, FormPage
from kit.idempotency import Answer
from kit.pages import ANY_FACE, SIGNED_IN
from kit.views import SCHEMES, YEAR
from messaging.enums import Right
from messaging.services import subscriptions_of


class OwnProfile(FormPage):
    right = SIGNED_IN
    face = ANY_FACE
    url_name = "own-profile"
    title = _("My profile")
    verb = _("Save changes")
    form_class = ProfileForm

    def form_options(self) -> dict[str, Any]:
        return {"told_of_alerts": self.request.user.has_right(Right.SEE_ALERTS)}

    def initial(self) -> dict[str, Any]:
        user = self.request.user
        scheme = self.request.COOKIES.get("scheme", "auto")
        return {
            "first_name": user.first_name,
            "last_name": user.last_name,
            "phone": user.phone,
            "language": user.language,
            "time_zone": user.time_zone,
            "alert_groups": sorted(subscriptions_of(user)),
            "scheme": scheme if scheme in SCHEMES else "auto",
        }

    def show(self, form: Any, *, key: str, status: int = 200) -> HttpResponse:
        user = self.request.user
        context = {
            "form": form,
            "key": key,
            "profiles": user.profiles.order_by("name"),
            "organisations": [one.organisation for one in user.memberships.select_related("organisation").order_by("organisation__name")],
            "has_factor": has_second_factor(user),
            "session_count": len(open_sessions(user)),
        }
        return self.render("accounts/own/profile.html", context, status=status)

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        given = {name: value for name, value in form.cleaned_data.items() if name != "scheme"}
        change_own_profile(user=actor, actor=actor, now=now, **given)
        return Done(_("Your profile is saved."), reverse("own-profile"))

    def finished(self, answer: Answer) -> HttpResponse:
        response = super().finished(answer)
        if (scheme := self.request.POST.get("scheme")) in SCHEMES:
            response.set_cookie("scheme", scheme, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=False)
        return response
