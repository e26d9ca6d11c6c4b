"""Organisations and the keys of the API (ORG-02, API-03)."""

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import Face
from accounts.tests.factories import user
from audit.models import AuditEvent
from core.actors import SystemActor
from core.registries import visible
from core.text import UnfitText
from organisations.api_keys import KeyRevoked, UnfitScopes, authenticate, create_key, revoke
from organisations.enums import Scope
from organisations.models import ApiKey, Organisation
from organisations.services import create_organisation, edit_organisation
from organisations.tests.factories import organisation

pytestmark = pytest.mark.django_db
ACTOR = SystemActor("test")


@pytest.mark.spec("ORG-02")
def test_an_organisation_is_created_and_edited_with_its_events():
    made = create_organisation(actor=ACTOR, now=timezone.now(), name="  Kafejnīca   Rīgā ", external_reference="K-1")
    assert Organisation.objects.get().name == "Kafejnīca Rīgā"
    edit_organisation(organisation=made, actor=ACTOR, now=timezone.now(), name="Kafejnīca", external_reference="K-1")
    edit_organisation(organisation=made, actor=ACTOR, now=timezone.now(), name="Kafejnīca", external_reference="K-1")
    assert list(AuditEvent.objects.order_by("id").values_list("action", "organisation")) == [
        ("organisations.created", made.reference),
        ("organisations.edited", made.reference),
    ]
    with pytest.raises(UnfitText):
        create_organisation(actor=ACTOR, now=timezone.now(), name=" ")


@pytest.mark.spec("API-03")
def test_a_key_is_stored_hashed_with_at_least_128_random_bits():
    key, raw = create_key(actor=ACTOR, now=timezone.now(), name="Channel", scopes=[Scope.ORDERS_ACT])
    secret = raw.removeprefix(f"{key.prefix}_")
    assert len(secret) == 43
    assert ApiKey.objects.get().secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert secret.encode() not in bytes(AuditEvent.objects.get(action="keys.created").payload)
    assert authenticate(raw) == key


@pytest.mark.spec("API-03")
def test_wrong_cut_foreign_and_revoked_keys_authenticate_nobody():
    key, raw = create_key(actor=ACTOR, now=timezone.now(), name="Channel", scopes=[Scope.ORDERS_SEE])
    _, other = create_key(actor=ACTOR, now=timezone.now(), name="Other", scopes=[Scope.ORDERS_SEE])
    mixed = f"{key.prefix}_{other.split('_', 2)[2]}"
    for wrong in ("", "\x00", raw[:-1], raw + "x", raw.lower(), f" {raw}", mixed, "live_" + "0" * 10 + "_" + "a" * 43, "ā" * 60):
        assert authenticate(wrong) is None
    revoke(key=key, actor=ACTOR, now=timezone.now(), comment="Lost")
    assert authenticate(raw) is None
    with pytest.raises(KeyRevoked):
        revoke(key=key, actor=ACTOR, now=timezone.now())


@pytest.mark.spec("API-03")
def test_the_last_use_is_noted_at_most_once_a_minute():
    _, raw = create_key(actor=ACTOR, now=timezone.now(), name="Channel", scopes=[Scope.ORDERS_SEE])
    start = timezone.now()
    for seconds, noted in ((0, 0), (59, 0), (60, 60)):
        authenticate(raw, now=start + timedelta(seconds=seconds))
        assert ApiKey.objects.get().last_used_at == start + timedelta(seconds=noted)


@pytest.mark.spec("ORG-04")
def test_a_deactivated_organisation_s_keys_stop():
    ours = organisation()
    _, raw = create_key(actor=ACTOR, now=timezone.now(), name="Till", scopes=[Scope.ASSETS_SEE], organisation=ours)
    assert authenticate(raw) is not None
    Organisation.objects.update(is_active=False)
    assert authenticate(raw) is None


@pytest.mark.spec("USR-03", "API-03")
def test_nobody_gives_a_key_a_right_they_do_not_hold_nor_a_merchant_the_channel_s():
    someone = user(rights=["keys.edit", "orders.see"])
    with pytest.raises(UnfitScopes):
        create_key(actor=someone, now=timezone.now(), name="Channel", scopes=[Scope.ORDERS_SEE, Scope.ORDERS_ACT])
    with pytest.raises(UnfitScopes):
        create_key(actor=ACTOR, now=timezone.now(), name="Till", scopes=[Scope.CLIENTS_SEE], organisation=organisation())
    for scopes in ([], ["everything"]):
        with pytest.raises(UnfitScopes):
            create_key(actor=ACTOR, now=timezone.now(), name="Channel", scopes=scopes)
    assert ApiKey.objects.count() == 0


@pytest.mark.spec("API-03", "USR-04")
def test_a_key_acts_within_its_organisation_and_a_merchant_never_sees_the_channel_s():
    ours = organisation()
    channel, _ = create_key(actor=ACTOR, now=timezone.now(), name="Channel", scopes=[Scope.ORDERS_SEE])
    till, _ = create_key(actor=ACTOR, now=timezone.now(), name="Till", scopes=[Scope.ASSETS_SEE], organisation=ours)
    assert (channel.organisation_ids, till.organisation_ids) == (None, {ours.pk})
    assert (till.has_right("assets.see"), till.has_right("orders.see")) == (True, False)
    assert set(visible(ApiKey, user(Face.MERCHANT, organisations=[ours]))) == {till}
    assert set(visible(ApiKey, user())) == {channel, till}
