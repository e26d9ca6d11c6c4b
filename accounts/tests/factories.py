"""People for tests, of either face, with the rights asked for."""

from collections.abc import Iterable
from functools import cache
from itertools import count

from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from accounts.enums import Face
from accounts.models import Profile, User
from core.registries import known_rights

PASSWORD = "seven quiet lamps by the river"
_numbers = count(1)
_hashed = cache(make_password)  # argon2 is slow on purpose; people of tests may share a salt


def user(
    face: str = Face.ISSUER,
    rights: Iterable[str] | None = None,
    *,
    profile: Profile | None = None,
    organisations: Iterable[object] = (),
    password: str = PASSWORD,
    **fields: object,
) -> User:
    """A user with exactly `rights` (None: every right that any app knows) in a profile of its own, or with `profile`.

    `organisations` make memberships: a merchant user's own, or those an administrator is confined to.
    """
    number = next(_numbers)
    values = {
        "email": f"person{number}@example.com",
        "first_name": "Anna",
        "last_name": f"Ozola {number}",
        "face": face,
        "created_at": timezone.now(),
    } | fields
    made = User(**values, password=_hashed(password))
    made.save()
    if profile is None:
        codes = sorted(known_rights() if rights is None else rights)
        profile = Profile.objects.create(name=f"Test profile {number}", face=face, rights=codes)
    made.profiles.add(profile)
    for organisation in organisations:
        made.memberships.create(organisation=organisation)
    return made


def sign_in(someone: User) -> Client:
    """A browser of Django's test client in which `someone` is signed in, CSRF checks off (tests of CSRF turn them on)."""
    browser = Client()
    browser.force_login(someone)
    return browser
