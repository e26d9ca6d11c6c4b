"""Clients, the end-users who hold assets. They act through the API and never sign in to the back office (CLI)."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from clients.enums import ClientStatus, ClientType, PersonRole
from core.actors import ActorType
from core.references import new_reference
from core.search import search_index, search_text


def client_reference() -> str:
    return new_reference("CLT", length=10)


class Client(models.Model):
    """A person or a company that holds assets (CLI-02). A new one has verification level 0 (CLI-05).

    As an actor it is itself alone: it holds no right, and `visible()` shows it no rows. Its calls name the rows that are its own.
    """

    reference = models.CharField(max_length=20, unique=True, default=client_reference, editable=False)
    type = models.CharField(_("type"), max_length=10, choices=ClientType.choices)
    status = models.CharField(_("status"), max_length=12, choices=ClientStatus.choices, default=ClientStatus.CREATED)
    email = models.EmailField(_("e-mail address"))
    phone = models.CharField(_("phone number"), max_length=20, blank=True)
    first_name = models.CharField(_("first name"), max_length=80, blank=True)
    last_name = models.CharField(_("last name"), max_length=80, blank=True)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    company_name = models.CharField(_("company name"), max_length=120, blank=True)
    registration_number = models.CharField(_("registration number"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=5, default="en")
    verification_level = models.PositiveSmallIntegerField(_("verification level"), default=0)
    email_verified_at = models.DateTimeField(_("e-mail address verified"), null=True, blank=True)
    phone_verified_at = models.DateTimeField(_("phone number verified"), null=True, blank=True)
    is_test = models.BooleanField(_("test mode"), default=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)  # by the client's own wish: never opened again
    created_at = models.DateTimeField(_("created"))
    search_text = search_text("email", "first_name", "last_name", "company_name", "registration_number", "reference")

    writes = "all"

    class Meta:
        verbose_name = _("client")
        constraints = [
            # A test client may carry the address of a live one; they never meet (API-05).
            models.UniqueConstraint(Lower("email"), "is_test", name="client_email_unique"),
            models.CheckConstraint(condition=Q(status__in=ClientStatus.values), name="client_status_known"),
            models.CheckConstraint(condition=Q(verification_level__lte=5), name="client_level_known"),
            models.CheckConstraint(
                condition=Q(type=ClientType.PERSON, company_name="", registration_number="") & ~Q(first_name="", last_name="")
                | Q(type=ClientType.COMPANY, first_name="", last_name="", birth_date__isnull=True) & ~Q(company_name=""),
                name="client_data_fits_type",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | Q(status=ClientStatus.DEACTIVATED), name="client_deleted_is_closed"
            ),
        ]
        indexes = [
            search_index("client_search"),
            models.Index(fields=["-created_at", "-id"], name="client_newest"),
            models.Index(fields=["status", "-created_at", "-id"], name="client_by_status"),
            models.Index(fields=["type", "-created_at", "-id"], name="client_by_type"),
            models.Index(fields=["verification_level", "-created_at", "-id"], name="client_by_level"),
            models.Index(fields=["phone"], name="client_phone", condition=~Q(phone="")),
        ]

    def __str__(self) -> str:
        return self.company_name or f"{self.first_name} {self.last_name}".strip()

    @property
    def is_reachable(self) -> bool:
        """Whether e-mail address and phone number are both verified, as they are now (CLI-10)."""
        return self.email_verified_at is not None and self.phone_verified_at is not None

    actor_type = ActorType.CLIENT
    organisation_ids: frozenset[int] | None = frozenset()

    @property
    def actor_id(self) -> str:
        return str(self.pk)

    @property
    def actor_label(self) -> str:
        return self.reference

    def has_right(self, right: str) -> bool:
        return False


class CompanyPerson(models.Model):
    """A representative or beneficial owner of a company (CLI-02). `share` is the owner's part in per cent."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="people")
    role = models.CharField(_("role"), max_length=14, choices=PersonRole.choices)
    first_name = models.CharField(_("first name"), max_length=80)
    last_name = models.CharField(_("last name"), max_length=80)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    share = models.DecimalField(_("share in %"), max_digits=5, decimal_places=2, null=True, blank=True)

    writes = "all"

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(role=PersonRole.REPRESENTATIVE, share__isnull=True)
                | Q(role=PersonRole.OWNER, share__isnull=False, share__gt=0, share__lte=100),
                name="company_person_share_fits_role",
            ),
            models.CheckConstraint(condition=~Q(first_name="") & ~Q(last_name=""), name="company_person_named"),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"
