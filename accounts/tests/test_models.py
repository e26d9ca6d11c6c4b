"""What the database refuses about users and profiles."""

import pytest
from django.db import IntegrityError, transaction

from accounts.enums import Face
from accounts.models import Profile, User
from accounts.tests.factories import user
from core.registries import visible
from organisations.tests.factories import organisation

pytestmark = pytest.mark.django_db


@pytest.mark.spec("ACC-04")
def test_an_email_address_is_unique_without_regard_to_case():
    user(email="anna@example.com")
    with pytest.raises(IntegrityError, match="user_email_unique"), transaction.atomic():
        user(email="ANNA@example.com")


@pytest.mark.spec("USR-02")
def test_a_user_never_gets_a_profile_of_the_other_face():
    administrator = user(Face.ISSUER)
    cashier = Profile.objects.create(name="Cashier", face=Face.MERCHANT)
    with pytest.raises(IntegrityError, match="different faces"), transaction.atomic():
        administrator.profiles.add(cashier)
    assert list(administrator.profiles.values_list("face", flat=True)) == [Face.ISSUER]


@pytest.mark.parametrize("model", [User, Profile])
def test_a_face_never_changes(model):
    user(Face.ISSUER)
    with pytest.raises(IntegrityError, match="cannot change"), transaction.atomic():
        model.objects.update(face=Face.MERCHANT)


@pytest.mark.spec("USR-01")
def test_rights_are_those_of_all_profiles_and_none_when_inactive():
    someone = user(rights=["clients.see"])
    someone.profiles.add(Profile.objects.create(name="More", face=Face.ISSUER, rights=["users.see"]))
    assert User.objects.get(pk=someone.pk).rights == {"clients.see", "users.see"}
    User.objects.update(is_active=False)
    assert User.objects.get(pk=someone.pk).rights == set()


@pytest.mark.spec("USR-04")
def test_people_see_people_of_their_own_organisations():
    ours, theirs = organisation(), organisation()
    merchant, colleague = user(Face.MERCHANT, organisations=[ours]), user(Face.MERCHANT, organisations=[ours])
    stranger = user(Face.MERCHANT, organisations=[theirs])
    confined, free = user(organisations=[ours]), user()
    assert set(visible(User, merchant)) == {merchant, colleague}, "a merchant never sees the issuer's people"
    assert set(visible(User, confined)) == {merchant, colleague, confined}
    assert set(visible(User, free)) == {merchant, colleague, stranger, confined, free}
    assert set(visible(User, user(Face.MERCHANT))) == set()
