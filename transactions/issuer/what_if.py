"""What if: the rules asked about a transaction that isn't made (LIM-10)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from clients.models import Client
from core.actors import Actor
from core.errors import DomainError
from core.references import clean_reference
from core.registries import visible
from kit import cells
from kit.filters import PlainDecimal, SearchText
from kit.pages import Page
from ledger.enums import OperationType
from ledger.services.posting import Move, available
from ledger.services.refusals import LedgerRefusal
from tiers.enums import CLIENT_OPERATIONS, Payer
from tiers.enums import Right as TiersRight
from tiers.services.opening import NotOpened
from transactions.issuer.forms import wallet_named
from transactions.issuer.why import why_now
from transactions.services import pipeline
from transactions.services.holds import HELD_TYPES, is_held_level
from transactions.services.judgement import Judgement
from wallets.enums import WalletOwner, WalletStatus
from wallets.models import AssetWallets, Wallet
from wallets.selectors import outside_wallet

TYPES = (*CLIENT_OPERATIONS, OperationType.MANUAL_TRANSFER, OperationType.REFUND)
TO_CLIENT = frozenset({OperationType.PURCHASE, OperationType.TOP_UP, OperationType.REFUND})
WITH_OUTSIDE = frozenset({OperationType.TOP_UP, OperationType.WITHDRAWAL})


class WhatIfForm(forms.Form):
    client = SearchText(label=_("Client"), max_length=254, help_text=_("The client's reference or e-mail address."))
    type = forms.ChoiceField(label=_("Type of transaction"), choices=[(one.value, one.label) for one in TYPES])
    asset = forms.ModelChoiceField(label=_("Asset"), queryset=Asset.objects.none(), to_field_name="code")
    quantity = PlainDecimal(label=_("Quantity"))
    other = SearchText(
        label=_("The other side"), max_length=60, required=False,
        help_text=_("A wallet's reference or whole address. Empty: the issuer's wallet, and for a transfer between clients nobody's limits but the client's."),
    )  # fmt: skip

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        self.actor = actor
        self.fields["asset"].queryset = visible(Asset, actor).order_by("code")
        self.fields["asset"].label_from_instance = lambda asset: f"{asset.code} · {asset.label}"

    def clean_client(self) -> Client:
        text = self.cleaned_data["client"].strip()
        clients = visible(Client, self.actor)
        found = clients.filter(email__iexact=text) if "@" in text else clients.filter(reference=clean_reference(text) or text)
        if (client := found.order_by("is_test").first()) is None:
            raise forms.ValidationError(_("No client has this reference or e-mail address."))
        return client

    def clean_other(self) -> Wallet | None:
        if not (text := self.cleaned_data["other"].strip()):
            return None
        return wallet_named(text, self.actor)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.errors:
            return data
        own = Wallet.objects.filter(client=data["client"], status=WalletStatus.OPEN).order_by("pk").first()
        if own is None:
            self.add_error("client", _("This client has no open wallet."))
        if data["other"] is None:
            data["other"] = self._usual_other(OperationType(data["type"]), data["asset"], data["client"])
            if data["other"] is None:
                self.add_error("other", _("Name the other side's wallet: this asset has no wallet of the issuer to stand in."))
        return data | {"own": own}

    @staticmethod
    def _usual_other(kind: OperationType, asset: Asset, client: Client) -> Wallet | None:
        if kind in WITH_OUTSIDE:
            return outside_wallet(is_test=client.is_test)
        wallets = AssetWallets.objects.select_related("issuing_wallet").filter(pk=asset.pk).first()
        return wallets.issuing_wallet if wallets else None

    def move(self) -> Move:
        data, kind = self.cleaned_data, OperationType(self.cleaned_data["type"])
        sides = (data["other"], data["own"]) if kind in TO_CLIENT else (data["own"], data["other"])
        return Move(kind, data["asset"], *sides, data["quantity"])


@dataclass(frozen=True, slots=True)
class Step:
    """One of the pipeline's, and what it would say."""

    label: Any
    stops: bool
    words: Any = ""

    @property
    def word(self) -> Any:
        return _("Refuses") if self.stops else _("Passes")

    @property
    def meaning(self) -> str:
        return cells.FAILED if self.stops else cells.DONE


class WhatIf(Page):
    """A page that reads: the address holds the question, so that it can be sent to a colleague."""

    right = TiersRight.TIERS_SEE
    title = _("What if")

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        asked = any(request.GET.get(name) for name in ("client", "asset", "quantity"))
        form = WhatIfForm(request.GET if asked else None, actor=request.user)  # type: ignore[arg-type]  # signed in: the page has a right
        if not asked or not form.is_valid():
            return self.render("transactions/what_if.html", {"form": form})
        now = timezone.now()
        try:
            wanted = form.move()
            judgement = pipeline.check(moves=[wanted], now=now)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else "quantity", str(error))
            return self.render("transactions/what_if.html", {"form": form})
        context = {"form": form, "why": why_now(judgement), "steps": steps(wanted, judgement, now), "notes": notes(form.cleaned_data)}
        return self.render("transactions/what_if.html", context)


def notes(data: dict[str, Any]) -> list[Any]:
    """What would become of it beside the verdict."""
    level = data["client"].verification_level
    if data["type"] in HELD_TYPES and is_held_level(level):
        return [
            _("It would be held: verification level %(level)s is a held one. It is checked again when the client has left that level.")
            % {"level": level}
        ]
    if data["type"] == OperationType.PURCHASE:
        return [_("A purchase above a blocking threshold isn't refused: its order goes on hold, for an administrator to decide.")]
    return []


def steps(wanted: Move, judgement: Judgement, now: datetime) -> list[Step]:
    """The pipeline's steps in their order; after one that refuses, the others are said too."""
    refusal = judgement.refusal
    by_ledger, by_tier = isinstance(refusal, LedgerRefusal), isinstance(refusal, NotOpened)
    by_limit = judgement.limits.refusal if judgement.limits is not None else None
    needed = wanted.quantity + judgement.fee(Payer.SENDER)
    made = [
        Step(_("Wallets and clients"), by_ledger, refusal if by_ledger else _("Open, active, and fit for this type.")),
        Step(_("Tier"), by_tier, refusal if by_tier else _("Opens this, or isn't asked.") if not by_ledger else _("Not asked.")),
        Step(
            _("Limits"), by_limit is not None, by_limit or (_("Every threshold is kept.") if judgement.limits else _("No limit is asked."))
        ),
        Step(_("Fees"), False, _("See above.") if judgement.fees else _("None.")),
    ]
    return [*made, balance_step(wanted, needed, now)]


def balance_step(wanted: Move, needed: Decimal, now: datetime) -> Step:
    sender, asset = wanted.sender, wanted.asset
    if not isinstance(sender, Wallet) or not isinstance(asset, Asset) or sender.owner_type == WalletOwner.OUTSIDE:
        return Step(_("Balance"), False, _("The outside world has no balance."))
    free = available(sender, asset, now=now)
    words = _("%(free)s are available in the sender's wallet, %(needed)s are needed.") % {
        "free": cells.plain_amount(free, asset.decimals), "needed": cells.plain_amount(needed, asset.decimals),
    }  # fmt: skip
    return Step(_("Balance"), free < needed, words)
