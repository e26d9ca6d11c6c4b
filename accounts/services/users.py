"""Making users."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.enums import Face
from accounts.models import Profile, User
from audit.services import record
from core.actors import Actor
from core.errors import DomainError
from core.text import clean_email, clean_line, clean_phone


class EmailTaken(DomainError):
    code = "email_taken"
    status = 409


class UnfitUser(DomainError):
    """A profile of the other face or one above the actor's own rights, an unknown language, a password against the rules."""

    code = "unfit_user"
    status = 422


def create_user(
    *,
    actor: Actor,
    now: datetime,
    face: str,
    email: str,
    first_name: str,
    last_name: str,
    phone: str = "",
    language: str = "en",
    profiles: Iterable[Profile] = (),
    password: str | None = None,
) -> User:
    """A new active user of one face. Without `password` nobody can sign in before the reset mail's link was used.

    Nobody gives a right that they don't hold (USR-03). Raises UnfitText, UnfitUser (422) or EmailTaken (409) with the field.
    """
    given = list(profiles)
    if face not in Face.values or any(profile.face != face for profile in given):
        raise UnfitUser(_("A user and the user's profiles are of one face."), field="profiles")
    if any(not actor.has_right(right) for profile in given for right in profile.rights):
        raise UnfitUser(_("You can't give a profile with rights that you don't hold."), field="profiles")
    if language not in dict(settings.LANGUAGES):
        raise UnfitUser(_("Choose one of the languages of this instance."), field="language")
    user = User(
        face=face, language=language, created_at=now, email=clean_email(email), phone=clean_phone(phone),
        first_name=clean_line(first_name, maximum=80, field="first_name", required=True),
        last_name=clean_line(last_name, maximum=80, field="last_name", required=True),
    )  # fmt: skip
    try:
        if password is not None:
            validate_password(password, user)
    except ValidationError as error:
        raise UnfitUser(" ".join(error.messages), field="password") from error
    user.set_password(password)
    try:
        with transaction.atomic(durable=True):
            user.save(force_insert=True)
            user.profiles.add(*given)
            record(
                action="users.created", actor=actor, subject=user, now=now,
                changes={"face": (None, face), "profiles": (None, sorted(profile.name for profile in given))},
                personal={
                    name: (None, value)
                    for name in ("email", "first_name", "last_name", "phone")
                    if (value := getattr(user, name))
                },
            )  # fmt: skip
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        if diagnosis is not None and diagnosis.constraint_name == "user_email_unique":
            raise EmailTaken(_("Another user has this e-mail address."), field="email") from error
        raise
    return user
