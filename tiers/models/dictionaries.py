"""Dictionaries: the names that an issuer gives to verification levels, and to kinds of persons and companies (TIE-01, TIE-02)."""

from collections.abc import Collection

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from clients.enums import ClientType
from core.references import new_reference
from tiers.enums import DictionaryType, Provider

LEVEL = Q(type=DictionaryType.VERIFICATION_LEVEL)


def entry_reference() -> str:
    return new_reference("TIE")


class DictionaryEntry(models.Model):
    """A label. Of a verification level 1 to 5 for persons or companies: a *tier* while it is active (TIE-02). Of a person or company
    type: what narrows a limit.

    `checks` are codes of `Check`, `provider_level` is the name of the level or flow at the provider, where that has names.
    `operations` are the types that the tier opens and `assets` the assets; none of them: all (TIE-07).
    """

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=entry_reference, editable=False)
    type = models.CharField(_("type"), max_length=20, choices=DictionaryType.choices)
    client_type = models.CharField(_("client type"), max_length=10, choices=ClientType.choices)
    level = models.PositiveSmallIntegerField(_("verification level"), null=True, blank=True)
    label = models.CharField(_("label"), max_length=60)
    description = models.CharField(_("description"), max_length=500, blank=True)
    provider = models.CharField(_("KYC provider"), max_length=10, choices=Provider.choices, default=Provider.MANUAL)
    provider_level = models.CharField(_("provider's level"), max_length=80, blank=True)
    checks = models.JSONField(_("checks"), default=list, blank=True)
    operations = models.JSONField(_("operations"), default=list, blank=True)
    assets = models.ManyToManyField(Asset, verbose_name=_("assets"), blank=True, related_name="+")
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"))

    writes = "all"

    class Meta:
        verbose_name = _("dictionary entry")
        verbose_name_plural = _("dictionary entries")
        indexes = [models.Index(fields=["-created_at", "-id"], name="dictionary_newest")]
        constraints = [
            models.CheckConstraint(
                condition=LEVEL & Q(level__isnull=False, level__gte=1, level__lte=5)
                | Q(type=DictionaryType.PERSON_TYPE, client_type=ClientType.PERSON, level__isnull=True)
                | Q(type=DictionaryType.COMPANY_TYPE, client_type=ClientType.COMPANY, level__isnull=True),
                name="dictionary_entry_fits_type",
            ),
            models.CheckConstraint(
                condition=Q(client_type__in=ClientType.values, provider__in=Provider.values), name="dictionary_enums_known"
            ),
            models.CheckConstraint(condition=~Q(label=""), name="dictionary_labelled"),
            models.UniqueConstraint(fields=["level", "client_type"], condition=LEVEL & Q(is_active=True), name="tier_one_active_per_level"),
            models.UniqueConstraint(
                "type", "client_type", Lower("label"), condition=Q(is_active=True), name="dictionary_label_once_while_active"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def is_tier(self) -> bool:
        return self.type == DictionaryType.VERIFICATION_LEVEL and self.is_active

    @property
    def api_value(self) -> str:
        """What the API calls it, whatever its label is (TIE-01)."""
        return f"level_{self.level}" if self.level else self.reference

    def opens(self, *, operation: str, asset_id: int, asset_ids: Collection[int]) -> bool:
        """Whether it opens this operation with this asset; `asset_ids` are those of `assets` (TIE-07)."""
        return (not self.operations or operation in self.operations) and (not asset_ids or asset_id in asset_ids)
