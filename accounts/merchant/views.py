"""The merchant face: its first page says what comes."""

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from accounts.enums import Face
from kit.pages import SIGNED_IN, Page


class MerchantHome(Page):
    right = SIGNED_IN
    face = Face.MERCHANT
    title = _("Welcome")

    def get(self, request: HttpRequest) -> HttpResponseBase:
        organisations = [membership.organisation for membership in request.user.memberships.select_related("organisation")]
        return self.render("accounts/merchant_home.html", {"organisations": organisations})
