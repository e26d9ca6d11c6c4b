"""Merchants' organisations, their people, and the keys of the API (organisation null = the issuer's channel)."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.actors import ActorType
from core.references import new_reference
from core.search import search_index, search_text


def organisation_reference() -> str:
    return new_reference("ORG")


def key_reference() -> str:
    return new_reference("KEY")


class Organisation(models.Model):
    """A merchant or acceptance network (ORG-02). Deactivated: its users can't sign in and its keys stop (ORG-04)."""

    reference = models.CharField(max_length=20, unique=True, default=organisation_reference, editable=False)
    name = models.CharField(_("name"), max_length=120)
    external_reference = models.CharField(_("external reference"), max_length=60, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"))
    search_text = search_text("name", "external_reference", "reference")

    writes = "all"

    class Meta:
        verbose_name = _("organisation")
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="organisation_named")]
        indexes = [
            search_index("organisation_search"),
            models.Index(fields=["-created_at", "-id"], name="organisation_newest"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def organisation_reference(self) -> str:
        """Whose event it is, for the audit trail."""
        return self.reference


class Membership(models.Model):
    """Which organisations a merchant user acts for, or an administrator is restricted to (USR-04)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="memberships")

    writes = "all"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "organisation"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.organisation_id}"


class ApiKey(models.Model):
    """A key of the API: stored hashed, shown once, scoped, revocable (API-03). It acts for its organisation or the channel."""

    reference = models.CharField(max_length=20, unique=True, default=key_reference, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="api_keys")
    name = models.CharField(_("name"), max_length=60)
    prefix = models.CharField(_("begins with"), max_length=16, unique=True)
    secret_hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    is_test = models.BooleanField(_("test mode"), default=False)
    created_at = models.DateTimeField(_("created"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    search_text = search_text("name", "prefix", "reference")

    writes = "all"

    class Meta:
        verbose_name = _("API key")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="api_key_named"),
            models.CheckConstraint(condition=Q(secret_hash__regex=r"^[0-9a-f]{64}$"), name="api_key_hashed"),  # noqa: S106 - a pattern
        ]
        indexes = [search_index("api_key_search"), models.Index(fields=["-created_at", "-id"], name="api_key_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def organisation_reference(self) -> str:
        return self.organisation.reference if self.organisation else ""

    actor_type = ActorType.API_KEY

    @property
    def actor_id(self) -> str:
        return str(self.pk)

    @property
    def actor_label(self) -> str:
        return self.reference

    @property
    def organisation_ids(self) -> frozenset[int] | None:
        return None if self.organisation_id is None else frozenset({self.organisation_id})

    def has_right(self, right: str) -> bool:
        return right in self.scopes
