"""What is done to wallets without looking at what they hold (WAL-02, WAL-03). Their list and page stand in the ledger's
`issuer/wallets`, which knows the balances."""

from datetime import datetime
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from kit.dialogs import ActionDialog, Done
from wallets import services
from wallets.enums import Right, WalletOwner, WalletStatus
from wallets.issuer.forms import NameForm, NewWalletForm, ReasonForm
from wallets.models import Wallet
from wallets.transitions import WALLET


class CreateWallet(ActionDialog):
    """A wallet of an organisation or the issuer; a client gets one at sign-up (WAL-02)."""

    right = Right.WALLETS_EDIT
    url_name = "wallet-create"
    menu = "wallet-list"
    title = verb = _("Create wallet")
    icon = "plus"
    form_class = NewWalletForm

    def sentence(self) -> Any:
        return _(
            "The wallet gets an address of its own, which no private key opens: only this system moves what it holds. Its owner is fixed."
        )

    def form_options(self) -> dict[str, Any]:
        return {"actor": self.request.user}

    def initial(self) -> dict[str, Any]:
        return {"organisation": self.request.GET.get("organisation", "")[:20]}

    def back(self) -> str:
        return self.link("wallet-list")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        data = form.cleaned_data
        wallet = services.create_wallet(
            owner_type=WalletOwner(data["owner_type"]), organisation=data["organisation"], name=data["name"], actor=actor, now=now
        )
        return Done(_("Wallet %s is created.") % wallet.reference, self.link("wallet-detail", wallet.reference), _("Open"))


class WalletAction(ActionDialog):
    model = Wallet
    right = Right.WALLETS_EDIT
    menu = "wallet-list"

    def back(self) -> str:
        return self.link("wallet-detail", self.object.reference)


class RenameWallet(WalletAction):
    url_name = "wallet-rename"
    title = verb = _("Rename wallet")
    icon = "pencil"
    form_class = NameForm

    def initial(self) -> dict[str, Any]:
        return {"name": self.object.name}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        wallet = services.rename_wallet(wallet_id=obj.pk, name=form.cleaned_data["name"], actor=actor, now=now)
        return Done(_("The wallet is called %s.") % wallet)


class ReopenWallet(WalletAction):
    url_name = "wallet-reopen"
    fresh_proof = True
    title = verb = _("Reopen wallet")
    icon = "player-play"
    form_class = ReasonForm

    @classmethod
    def is_next(cls, obj: Any) -> bool:
        return True

    @classmethod
    def available(cls, obj: Any) -> bool:
        return WalletStatus.OPEN in WALLET.allowed(obj.status)

    def sentence(self) -> Any:
        return format_html(_("{} takes part in operations again, with all that it holds."), self.object.reference)

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        services.reopen_wallet(wallet_id=obj.pk, reason=form.cleaned_data["reason"], actor=actor, now=now)
        return Done(_("Wallet %s is open.") % obj.reference)
