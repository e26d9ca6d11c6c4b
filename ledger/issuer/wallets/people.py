"""Which wallets a merchant's person is restricted to, on the page of the person (USR-14)."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.enums import Face, UserStatus
from accounts.issuer.dialogs import UserAction
from accounts.models import User
from core.registries import extend
from kit.details import DetailPage, Tab
from kit.dialogs import Done
from kit.ticks import Ticks
from ledger.holdings import with_held
from ledger.issuer.wallets.tables import balances
from wallets.access import choose_wallets, chosen_wallets, offered
from wallets.enums import Right
from wallets.models import Wallet

SHOWN = 50


class WalletsForm(forms.Form):
    wallets = forms.ModelMultipleChoiceField(
        queryset=Wallet.objects.none(), to_field_name="reference", required=False, widget=Ticks, label=_("Wallets"),
        help_text=_("Nothing ticked: the person sees all wallets of the organisation."),
    )  # fmt: skip

    def __init__(self, *args: Any, about: User, actor: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["wallets"].queryset = offered(about, actor).order_by("name", "reference")
        self.fields["wallets"].label_from_instance = lambda wallet: (
            f"{wallet.name} · {wallet.reference}" if wallet.name else wallet.reference
        )


class ChooseWallets(UserAction):
    url_name = "user-wallets"
    title = button = _("Restrict to wallets")
    verb = _("Save wallets")
    icon = "wallet"
    form_class = WalletsForm

    @classmethod
    def available(cls, obj: User) -> bool:
        return obj.face == Face.MERCHANT and obj.status != UserStatus.DELETED

    def sentence(self) -> Any:
        return format_html(
            _("{} sees the ticked wallets alone, with their balances and operations, from the next page on: a cashier the till's."),
            self.object,
        )

    def form_options(self) -> dict[str, Any]:
        return {"about": self.object, "actor": self.request.user}

    def initial(self) -> dict[str, Any]:
        return {"wallets": list(Wallet.objects.filter(accesses__user=self.object).values_list("reference", flat=True))}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        chosen = list(form.cleaned_data["wallets"])
        choose_wallets(user=obj, wallets=chosen, actor=actor, now=now)
        if not chosen:
            return Done(_("%(name)s sees all wallets of the organisation.") % {"name": obj})
        return Done(_("%(name)s sees: %(wallets)s.") % {"name": obj, "wallets": ", ".join(map(str, chosen))})


def wallets_tab(page: DetailPage) -> dict[str, Any]:
    """The wallets that the person sees, as far as the viewer does; none in particular for the issuer's people."""
    chosen = chosen_wallets(page.object)
    rows = offered(page.object, page.request.user)
    rows = with_held(rows if chosen is None else rows.filter(pk__in=chosen))
    shown = [(wallet, balances(wallet)) for wallet in rows.order_by("name", "id")[:SHOWN]]
    return {"wallets": shown, "is_restricted": chosen is not None}


WALLETS_TAB = Tab("wallets", _("Wallets"), "ledger/user_wallets.html", right=Right.WALLETS_SEE, context=wallets_tab)


def register(page: str, action: type[ChooseWallets]) -> None:
    """The tab and the action, on the page of users of one face."""
    extend(page, "tab", WALLETS_TAB)
    extend(page, "action", action)
