"""What the dialogs about one client share."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clients.enums import Right
from clients.models import Client
from kit.dialogs import ActionDialog


def client_page(client: Client, tab: str = "") -> str:
    return reverse("client-detail", args=[client.reference]) + (f"?tab={tab}" if tab else "")


class ClientAction(ActionDialog):
    """What the dialogs about one client share."""

    model = Client
    right = Right.CLIENTS_EDIT
    menu = "client-list"

    def back(self) -> str:
        return client_page(self.object)


def told_by_mail(client: Client) -> str:
    if client.is_test:
        return str(_("It is a test client, so no mail is sent."))
    return _("A mail to %(address)s says so.") % {"address": client.email}
