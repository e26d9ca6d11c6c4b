"""People who sign in to the back office, the profiles that give them rights (USR-01), and their sign-in tries (ACC-05)."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.enums import Face, ThrottleKind, UserStatus
from core.actors import ActorType
from core.references import new_reference
from core.search import search_index, search_text


def profile_reference() -> str:
    return new_reference("PRF")


def user_reference() -> str:
    return new_reference("USR")


class Profile(models.Model):
    """A named set of rights of one face (USR-01).

    `synced_rights` are the rights that `sync_profiles` has given a default profile already: what an administrator took
    away later doesn't come back with the next start.
    """

    reference = models.CharField(max_length=20, unique=True, default=profile_reference, editable=False)
    name = models.CharField(_("name"), max_length=60, unique=True)
    face = models.CharField(_("face"), max_length=10, choices=Face.choices)
    rights = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    is_default = models.BooleanField(default=False)
    synced_rights = ArrayField(models.CharField(max_length=60), default=list, blank=True, editable=False)

    writes = "all"

    class Meta:
        verbose_name = _("profile")
        constraints = [models.CheckConstraint(condition=Q(face__in=Face.values), name="profile_face_known")]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """An administrator or a merchant user. The e-mail address is the login, unique without regard to case (ACC-04).

    A user and all of the user's profiles are of one face, for ever: the database refuses the rest (0002_faces).
    """

    reference = models.CharField(max_length=20, unique=True, default=user_reference, editable=False)
    email = models.EmailField(_("e-mail address"))
    first_name = models.CharField(_("first name"), max_length=80)
    last_name = models.CharField(_("last name"), max_length=80)
    phone = models.CharField(_("phone number"), max_length=20, blank=True)
    language = models.CharField(_("language"), max_length=5, default="en")
    time_zone = models.CharField(_("time zone"), max_length=40, blank=True)  # "": the instance's
    face = models.CharField(_("face"), max_length=10, choices=Face.choices)
    profiles = models.ManyToManyField(Profile, related_name="users", blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"))
    invited_at = models.DateTimeField(_("invited"), null=True, blank=True, editable=False)  # until the invitation is accepted
    erased_at = models.DateTimeField(_("deleted"), null=True, blank=True, editable=False)
    status = models.GeneratedField(
        expression=Case(
            When(erased_at__isnull=False, then=Value(UserStatus.DELETED)),
            When(is_active=False, then=Value(UserStatus.DEACTIVATED)),
            When(invited_at__isnull=False, then=Value(UserStatus.INVITED)),
            default=Value(UserStatus.ACTIVE),
        ),
        output_field=models.CharField(max_length=12),
        db_persist=True,
        verbose_name=_("status"),
        choices=UserStatus.choices,
    )
    search_text = search_text("email", "first_name", "last_name", "reference")

    writes = "all"
    USERNAME_FIELD = "email"
    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique"),
            models.CheckConstraint(condition=Q(face__in=Face.values), name="user_face_known"),
            models.CheckConstraint(condition=Q(erased_at__isnull=True) | Q(is_active=False), name="user_deleted_is_inactive"),
        ]
        indexes = [
            search_index("user_search"),
            models.Index(fields=["-created_at", "-id"], name="user_newest"),
            models.Index(fields=["status", "-created_at", "-id"], name="user_status_newest"),
            models.Index(fields=["-last_login", "-id"], name="user_last_sign_in"),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.reference  # a deleted one has no name any more

    @property
    def organisation_reference(self) -> str:
        """Whose event it is, for the audit trail: the one organisation that a merchant user acts for."""
        of = list(self.memberships.values_list("organisation__reference", flat=True)[:2]) if self.face == Face.MERCHANT else []
        return of[0] if len(of) == 1 else ""

    actor_type = ActorType.USER

    @property
    def actor_id(self) -> str:
        return str(self.pk)

    @property
    def actor_label(self) -> str:
        return self.reference

    @property
    def organisation_ids(self) -> frozenset[int] | None:
        """The organisations of the user's memberships, read once per instance; None: an administrator without any sees all.

        A merchant user without membership sees nothing. Memberships stand higher in the house, hence the name alone.
        """
        if not hasattr(self, "_organisation_ids"):
            read = getattr(self, "member_of", None)  # by the sign-in backend, in the user's own statement
            ids = frozenset[int](self.memberships.values_list("organisation_id", flat=True) if read is None else read)
            self._organisation_ids = None if self.face == Face.ISSUER and not ids else ids
        return self._organisation_ids

    @property
    def rights(self) -> frozenset[str]:
        """Every right of every profile, read once per instance, so that a revoked right bites at the next request."""
        if not hasattr(self, "_rights"):
            read = getattr(self, "held_rights", None)
            if read is None:
                read = [code for rights in self.profiles.values_list("rights", flat=True) for code in rights]
            self._rights = frozenset(read if self.is_active else ())
        return self._rights

    def has_right(self, right: str) -> bool:
        return right in self.rights


class SignInThrottle(models.Model):
    """Failed tries of one account, one address or one second factor (ACC-05), in the database: a cache may be emptied.

    `key` is a keyed hash of the e-mail address typed (known or not) or the address itself; `tried` are the keys of the
    accounts that failed from an address. `user` is set where the account exists, so that administrators see who is locked.
    """

    kind = models.CharField(max_length=10, choices=ThrottleKind.choices)
    key = models.CharField(max_length=64)
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="throttles")
    tries = models.PositiveIntegerField(default=0)
    tried = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    last_try_at = models.DateTimeField()
    locked_until = models.DateTimeField(_("locked until"), null=True, blank=True)

    writes = "all"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="throttle_once")]
        indexes = [models.Index(fields=["last_try_at"], name="throttle_age")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
