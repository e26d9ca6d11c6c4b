"""Wallets: holders of balances, one per asset, with an address on the chain (WAL)."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from assets.models import Asset
from clients.models import Client
from core.references import new_reference
from core.search import search_index, search_text
from organisations.models import Organisation
from wallets.enums import WalletOwner, WalletStatus


def wallet_reference() -> str:
    return new_reference("WAL", length=10)


class Wallet(models.Model):
    """A wallet of the issuer, an organisation, a client or the system. `is_hot` is set at creation (DESIGN section 4).

    The address was derived from `uuid` by `address_scheme` when the wallet was made and is never derived again. `code` names
    the few wallets that the instance itself needs: the issuer's main one and the outside world's.
    """

    reference = models.CharField(max_length=20, unique=True, default=wallet_reference, editable=False)
    code = models.CharField(max_length=20, unique=True, null=True, editable=False)  # noqa: DJ001 - null is "none", and unique
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=80, blank=True)
    owner_type = models.CharField(_("owner type"), max_length=12, choices=WalletOwner.choices)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="wallets")
    client = models.ForeignKey(Client, models.PROTECT, null=True, blank=True, related_name="wallets")
    address = models.CharField(_("address"), max_length=42, unique=True)
    address_scheme = models.CharField(_("address scheme"), max_length=20)
    status = models.CharField(_("status"), max_length=10, choices=WalletStatus.choices, default=WalletStatus.OPEN)
    is_hot = models.BooleanField(_("hot"), default=False)
    is_test = models.BooleanField(_("test mode"), default=False)
    created_at = models.DateTimeField(_("created"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    search_text = search_text("address", "reference", "name")

    writes = "all"

    class Meta:
        verbose_name = _("wallet")
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="wallet_newest"),
            models.Index(fields=["owner_type", "-created_at", "-id"], name="wallet_owner_newest"),
            models.Index(fields=["status", "-created_at", "-id"], name="wallet_status_newest"),
            search_index("wallet_search"),
        ]
        constraints = [
            models.CheckConstraint(name="wallet_address_form", condition=models.Q(address__regex=r"^0x[0-9a-fA-F]{40}$")),
            models.CheckConstraint(
                name="wallet_closed_when",
                condition=models.Q(status=WalletStatus.OPEN, closed_at__isnull=True)
                | models.Q(status=WalletStatus.CLOSED, closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="wallet_owner_fits",
                condition=models.Q(owner_type=WalletOwner.CLIENT, client__isnull=False, organisation__isnull=True, is_hot=False)
                | models.Q(owner_type=WalletOwner.ORGANISATION, client__isnull=True, organisation__isnull=False, is_hot=True)
                | models.Q(
                    owner_type__in=[WalletOwner.ISSUER, WalletOwner.SYSTEM, WalletOwner.OUTSIDE],
                    client__isnull=True,
                    organisation__isnull=True,
                    is_hot=True,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.reference

    @property
    def is_open(self) -> bool:
        return self.status == WalletStatus.OPEN

    @property
    def organisation_reference(self) -> str:
        """Whose trail an event of this wallet belongs to."""
        return self.organisation.reference if self.organisation else ""


class WalletAccess(UserObjectPermissionBase):
    """A wallet that a merchant's person is restricted to (USR-14): who has any sees those alone of all the organisation's."""

    content_object = models.ForeignKey(Wallet, models.CASCADE, related_name="accesses")

    writes = "all"

    class Meta(UserObjectPermissionBase.Meta):
        verbose_name = _("wallet access")


class AssetWallets(models.Model):
    """The issuer's wallets of a digital asset: the one that issues, and the one that received the first issue (AST-01)."""

    asset = models.OneToOneField(Asset, models.PROTECT, primary_key=True, related_name="issuer_wallets")
    issuing_wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="+")
    beneficiary_wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="+")

    writes = "insert"

    def __str__(self) -> str:
        return str(self.asset_id)
