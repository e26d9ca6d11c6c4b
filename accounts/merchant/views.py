"""The merchant face: its first page, and a merchant administrator's own people (USR-10 to USR-13).

The pages are the issuer's, for what a merchant may see of them.
"""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from accounts.enums import Face
from accounts.issuer import dialogs
from accounts.issuer.filters import OwnUserFilter
from accounts.issuer.tables import OWN_USER_COLUMNS
from accounts.issuer.views import UserDetail, UserList
from core.registries import extensions
from kit.pages import SIGNED_IN, Page


class MerchantHome(Page):
    """The figures of a dashboard come with payments; until then it leads to what is there."""

    right = SIGNED_IN
    face = Face.MERCHANT
    title = _("Dashboard")

    def get(self, request: HttpRequest) -> HttpResponseBase:
        organisations = [membership.organisation for membership in request.user.memberships.select_related("organisation")]
        lines = [item for item in extensions("menu", Face.MERCHANT) if item.url_name != "merchant-home"]
        open_to = [
            item for item in sorted(lines, key=lambda item: item.order) if item.right == SIGNED_IN or request.user.has_right(item.right)
        ]
        return self.render("accounts/merchant_home.html", {"organisations": organisations, "lines": open_to})


class MerchantInvite(dialogs.InviteMerchantUser):
    face = Face.MERCHANT
    url_name = "user-invite"
    title = _("Invite a colleague")
    button = _("Invite colleague")


class MerchantEditUser(dialogs.EditUser):
    face = Face.MERCHANT


class MerchantSetProfiles(dialogs.SetProfiles):
    face = Face.MERCHANT


class MerchantSetOrganisations(dialogs.SetOrganisations):
    face = Face.MERCHANT


class MerchantSendResetMail(dialogs.SendResetMail):
    face = Face.MERCHANT


class MerchantResetFactors(dialogs.ResetFactors):
    face = Face.MERCHANT


class MerchantInviteAgain(dialogs.InviteAgain):
    face = Face.MERCHANT


class MerchantRevokeInvitation(dialogs.RevokeInvitation):
    face = Face.MERCHANT


class MerchantDeactivate(dialogs.Deactivate):
    face = Face.MERCHANT


class MerchantReactivate(dialogs.Reactivate):
    face = Face.MERCHANT


class MerchantErase(dialogs.Erase):
    face = Face.MERCHANT


class MerchantUserList(UserList):
    face = Face.MERCHANT
    intro = _("Your colleagues who sign in for your organisation.")
    columns = OWN_USER_COLUMNS
    filters = OwnUserFilter
    primary_action = MerchantInvite
    other_actions: list[Any] = []
    empty = _("Your colleagues appear here once you invite them.")


class MerchantUserDetail(UserDetail):
    face = Face.MERCHANT
    actions = [
        MerchantInviteAgain,
        MerchantReactivate,
        MerchantEditUser,
        MerchantSetProfiles,
        MerchantSetOrganisations,
        MerchantSendResetMail,
        MerchantResetFactors,
        MerchantRevokeInvitation,
        MerchantDeactivate,
        MerchantErase,
    ]
