"""Who sees which organisation and key."""

import pytest

from accounts.enums import Face
from accounts.tests.factories import user
from core.registries import visible
from organisations.models import Membership, Organisation
from organisations.tests.factories import organisation

pytestmark = pytest.mark.django_db


@pytest.mark.spec("USR-04")
def test_a_merchant_sees_its_own_organisations_and_an_administrator_all_or_some():
    ours, theirs = organisation(), organisation()
    merchant, confined = user(Face.MERCHANT, organisations=[ours]), user(organisations=[theirs])
    assert set(visible(Organisation, merchant)) == {ours}
    assert set(visible(Organisation, confined)) == {theirs}
    assert set(visible(Organisation, user())) == {ours, theirs}
    assert set(visible(Organisation, user(Face.MERCHANT))) == set()
    assert {membership.user for membership in visible(Membership, merchant)} == {merchant}
