"""Which limit covers a client (LIM-03 to LIM-06)."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from clients.enums import ClientType
from clients.tests.factories import client_of_type
from core import instance
from tiers.models import ClientTerms, TierChange
from tiers.services.limits import Covering, standing
from tiers.tests.factories import kind, tier
from tiers.tests.limits import limit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def refused_without_a_limit():
    instance.assume({"tiers.without_limit": "refuse"})


PERSON = ClientType.PERSON

# A person of verification level 3, of a person type, with the tier of level 2: the limits that there are, the one that wins, and by what.
# A limit is written by its criteria: client type, kind, tier, level (a number; "" is none).
CASES = [
    ([], "", ""),
    (["everybody"], "everybody", "everybody"),
    (["level 3", "everybody"], "level 3", "level"),
    (["level 2", "everybody"], "level 2", "lower_level"),
    (["level 2", "level 1"], "level 2", "lower_level"),
    (["level 4", "level 5"], "", ""),
    (["person", "level 3"], "person", "client_type"),
    (["person level 3", "person"], "person level 3", "client_type"),
    (["person level 2", "level 3"], "level 3", "level"),
    (["person level 1", "level 2"], "level 2", "lower_level"),
    (["company", "company level 3"], "", ""),
    (["person kind", "person tier"], "person kind", "kind"),
    (["person other-kind", "person"], "person", "client_type"),
    (["tier", "level 3"], "tier", "tier"),
    (["person", "tier"], "person", "client_type"),
    (["person kind level 3", "person kind tier", "person tier"], "person kind tier", "tier"),
]


def make(written: str, own: dict[str, object]) -> None:
    fields: dict[str, object] = {"name": written}
    words = written.split()
    if "level" in words:
        fields["level"] = int(words[-1])
    if {"person", "company"} & set(words):
        fields["client_type"] = words[0]
    if "kind" in words or "other-kind" in words:
        fields["kind"] = own["kind"] if "kind" in words else kind()
    if "tier" in words:
        fields |= {"tier": own["tier"], "level": 2}
    limit(**fields)


@pytest.mark.spec("LIM-03", "LIM-04")
@pytest.mark.parametrize(("limits", "winner", "won_by"), CASES)
@pytest.mark.parametrize("order", [1, -1], ids=["made in this order", "made in the other"])
def test_sixteen_cases(limits, winner, won_by, order):
    now, client = timezone.now(), client_of_type(PERSON)
    client.verification_level = 3
    client.save(update_fields=["verification_level"])
    own = {"kind": kind(), "tier": tier(2)}
    change = TierChange.objects.create(
        client=client, new_tier=own["tier"], direction="upgrade", with_fee=False, actor_type="system", actor_label="tests", at=now
    )
    ClientTerms.objects.create(client=client, tier=own["tier"], kind=own["kind"], change=change, tier_since=now)
    for written in limits[::order]:
        make(written, own)
    found = standing(client_id=client.pk, now=now).covering
    assert (found.limit_name, found.won_by, found.refused) == (winner, won_by, not winner)
    assert found.why


@pytest.mark.spec("LIM-03", "LIM-05")
def test_a_personal_limit_goes_first_and_the_assigned_one_stays_beside_it():
    client, other = client_of_type(PERSON), client_of_type(PERSON)
    limit(name="assigned", client_type="person")
    limit(name="personal", client=client)
    found = standing(client_id=client.pk, now=timezone.now()).covering
    assert (found.personal_name, found.limit_name) == ("personal", "assigned")
    assert standing(client_id=other.pk, now=timezone.now()).covering.personal_name == ""


@pytest.mark.spec("LIM-06")
def test_a_disabled_limit_covers_no_one():
    client = client_of_type(PERSON)
    limit(name="was", level=0, is_active=False)
    limit(name="was personal", client=client, is_active=False)
    assert standing(client_id=client.pk, now=timezone.now()).covering.is_empty


@pytest.mark.spec("LIM-04")
def test_without_any_limit_the_setting_says_whether_a_client_is_free():
    client = client_of_type(PERSON)
    assert standing(client_id=client.pk, now=timezone.now()).covering.refused
    instance.assume({"tiers.without_limit": "free"})
    found = standing(client_id=client.pk, now=timezone.now()).covering
    assert isinstance(found, Covering)
    assert found.is_empty
    assert not found.refused


@pytest.mark.spec("LIM-03")
@pytest.mark.parametrize(
    "criteria", [{}, {"level": 2}, {"client_type": "person"}, {"client_type": "company", "level": 0}, {"client_type": "person", "level": 2}]
)
def test_the_database_refuses_a_second_active_limit_with_the_same_criteria(criteria):
    limit(**criteria)
    limit(**criteria, is_active=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        limit(**criteria)


@pytest.mark.spec("LIM-03")
def test_the_database_refuses_a_second_active_limit_of_one_client_tier_or_kind():
    client, of_tier, of_kind = client_of_type(PERSON), tier(2), kind()
    for criteria in ({"client": client}, {"tier": of_tier, "level": 2}, {"client_type": "person", "kind": of_kind}):
        limit(**criteria)
        with pytest.raises(IntegrityError), transaction.atomic():
            limit(**criteria)
