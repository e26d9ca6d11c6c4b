"""Assets: digital assets that live on the chain, and currencies that live in the ledger alone (AST, RAT)."""

from decimal import Decimal
from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from assets.enums import AssetKind, AssetStatus, RateEvent
from core.actors import ActorType
from core.amounts import MAX_DECIMALS, MAX_WHOLE_DIGITS

CODE = RegexValidator(r"\A[A-Z0-9]{3,5}\Z", _("A code has 3 to 5 capital letters or digits."))
TOO_LARGE = Decimal(10) ** MAX_WHOLE_DIGITS


def positive(field: str) -> models.Q:
    """There, more than zero and finite: a check that comes out as null passes, and NaN is more than every number in PostgreSQL,
    so that only an upper bound refuses it."""
    return models.Q(**{f"{field}__isnull": False, f"{field}__gt": 0, f"{field}__lt": TOO_LARGE})


def quantity(label: Any, **options: Any) -> models.DecimalField:
    """A quantity in human units, exact to 18 decimals (LED-04)."""
    return models.DecimalField(label, max_digits=38, decimal_places=18, **options)


class Asset(models.Model):
    """A digital asset or a currency. Its code is its public name; the chain knows it by its id (AST-01, AST-06).

    Kind, name, reissuable, decimals, expiry yes/no, transaction limit yes/no and test mode are fixed after creation
    (AST-03): a trigger refuses their change, whoever asks. `payable`, `p2p`, `redeemable` and `exchangeable` say which operations
    it takes part in (AST-07): the ledger refuses the others.
    """

    code = models.CharField(_("code"), max_length=5, unique=True, validators=[CODE])
    name = models.CharField(_("name"), max_length=60)
    label = models.CharField(_("label"), max_length=20)
    kind = models.CharField(_("kind"), max_length=10, choices=AssetKind.choices)
    status = models.CharField(_("status"), max_length=12, choices=AssetStatus.choices, default=AssetStatus.ACTIVE)
    decimals = models.PositiveSmallIntegerField(_("decimals"))
    max_client_balance = quantity(_("maximum end-user wallet balance"), null=True, blank=True)
    reissuable = models.BooleanField(_("reissuable"), default=False)
    reissue_below = quantity(_("reissue below"), null=True, blank=True)
    reissue_quantity = quantity(_("reissue quantity"), null=True, blank=True)
    expires = models.BooleanField(_("expires"), default=False)
    expiration_days = models.PositiveIntegerField(_("expiration period in days"), null=True, blank=True)
    limits_transactions = models.BooleanField(_("transaction limit"), default=False)
    transaction_count = models.PositiveIntegerField(_("transaction count"), null=True, blank=True)
    image = models.FileField(_("image"), upload_to="assets/", blank=True)
    category = models.CharField(_("category"), max_length=40, blank=True)
    description = models.TextField(_("description"), max_length=2000, blank=True)
    terms_url = models.CharField(_("terms"), max_length=300, blank=True)
    payable = models.BooleanField(_("payable"), default=True)
    p2p = models.BooleanField(_("P2P"), default=True)
    redeemable = models.BooleanField(_("redeemable"), default=True)
    exchangeable = models.BooleanField(_("exchangeable"), default=True)
    is_test = models.BooleanField(_("test mode"), default=False)
    created_at = models.DateTimeField(_("created"))

    writes = "all"
    FIXED = ("id", "kind", "name", "decimals", "reissuable", "expires", "limits_transactions", "is_test", "created_at")

    class Meta:
        verbose_name = _("asset")
        constraints = [
            models.CheckConstraint(name="asset_code_form", condition=models.Q(code__regex=r"^[A-Z0-9]{3,5}$")),
            models.CheckConstraint(name="asset_enums_known", condition=models.Q(kind__in=AssetKind.values, status__in=AssetStatus.values)),
            models.CheckConstraint(name="asset_named", condition=~models.Q(name="") & ~models.Q(label="")),
            models.CheckConstraint(name="asset_decimals_bounded", condition=models.Q(decimals__lte=MAX_DECIMALS)),
            models.CheckConstraint(
                name="asset_max_balance_positive", condition=models.Q(max_client_balance__isnull=True) | positive("max_client_balance")
            ),
            models.CheckConstraint(
                name="asset_reissue_whole",
                condition=models.Q(reissue_below__isnull=True, reissue_quantity__isnull=True)
                | models.Q(reissuable=True) & positive("reissue_below") & positive("reissue_quantity"),
            ),
            models.CheckConstraint(
                name="asset_expiry_whole",
                condition=models.Q(expires=False, expiration_days__isnull=True)
                | models.Q(expires=True, expiration_days__isnull=False, expiration_days__gt=0),
            ),
            models.CheckConstraint(
                name="asset_count_whole",
                condition=models.Q(limits_transactions=False, transaction_count__isnull=True)
                | models.Q(limits_transactions=True, transaction_count__isnull=False, transaction_count__gt=0),
            ),
            models.CheckConstraint(
                name="asset_terms_https", condition=models.Q(terms_url="") | models.Q(terms_url__regex=r"^https://[^\s\x01-\x1f]+$")
            ),
            models.CheckConstraint(
                name="asset_currency_plain",
                condition=models.Q(kind=AssetKind.DIGITAL) | models.Q(reissuable=False, expires=False, limits_transactions=False),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def on_chain(self) -> bool:
        return self.kind == AssetKind.DIGITAL and not self.is_test

    @property
    def is_active(self) -> bool:
        return self.status == AssetStatus.ACTIVE

    @property
    def reissues_automatically(self) -> bool:
        return self.reissue_below is not None


class AbstractRate(models.Model):
    """Who or what set a rate, and when (RAT-03)."""

    set_at = models.DateTimeField(_("set"))
    actor_type = models.CharField(_("set by"), max_length=10, choices=ActorType.choices)
    actor_id = models.CharField(max_length=60)
    actor_label = models.CharField(_("set by"), max_length=80)

    class Meta:
        abstract = True


class Rate(AbstractRate):
    """What one unit of an asset costs in a currency; one per asset and currency (RAT-01)."""

    asset = models.ForeignKey(Asset, models.PROTECT, related_name="rates")
    currency = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    rate = models.DecimalField(_("rate"), max_digits=38, decimal_places=18)

    writes = "all"

    class Meta:
        verbose_name = _("rate")
        constraints = [
            models.UniqueConstraint(fields=["asset", "currency"], name="rate_once_per_currency"),
            models.CheckConstraint(name="rate_positive", condition=positive("rate")),
            models.CheckConstraint(name="rate_of_two_assets", condition=~models.Q(asset=models.F("currency"))),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id}/{self.currency_id}"


class RateChange(AbstractRate):
    """The history of rates, written with each change and never altered; `rate` is empty where the rate was deleted (RAT-03)."""

    asset = models.ForeignKey(Asset, models.PROTECT, related_name="rate_changes")
    currency = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    event = models.CharField(_("event"), max_length=10, choices=RateEvent.choices)
    old_rate = models.DecimalField(_("rate before"), max_digits=38, decimal_places=18, null=True, blank=True)
    rate = models.DecimalField(_("rate"), max_digits=38, decimal_places=18, null=True, blank=True)

    writes = "insert"

    class Meta:
        indexes = [models.Index(fields=["asset", "-id"], name="rate_change_newest")]
        constraints = [
            models.CheckConstraint(
                name="rate_change_whole",
                condition=models.Q(event=RateEvent.ADDED, old_rate__isnull=True) & positive("rate")
                | models.Q(event=RateEvent.CHANGED) & positive("old_rate") & positive("rate")
                | models.Q(event=RateEvent.DELETED, rate__isnull=True) & positive("old_rate"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id}/{self.currency_id} {self.event}"
