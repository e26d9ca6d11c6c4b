"""Default profiles (USR-01, USR-02)."""

from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from accounts.enums import Face
from accounts.models import Profile
from accounts.profiles import DEFAULT_PROFILES, HOLDERS
from accounts.rights_document import rights_document
from accounts.services import create_user, sync_default_profiles
from accounts.services.granting import NotYours, RightNotHeld
from accounts.services.users import EmailTaken, UnfitUser
from accounts.tests.factories import user
from audit.models import AuditEvent
from core.actors import SystemActor
from core.registries import known_rights

ACTOR = SystemActor("test")


@pytest.mark.spec("USR-02")
def test_every_right_stands_in_the_table_and_every_line_is_a_right():
    assert set(HOLDERS) == set(known_rights())
    codes = {profile.code for profile in DEFAULT_PROFILES}
    assert all(holders and holders <= codes for holders in HOLDERS.values())
    assert all("Ad" in holders for holders in HOLDERS.values())


@pytest.mark.spec("USR-02")
def test_an_auditor_and_support_change_nothing():
    changing = {right for right in HOLDERS if not right.endswith((".see", ".see_mail", ".see_alerts", ".see_all"))}
    assert {right for right in changing if "Au" in HOLDERS[right]} == {"audit.verify", "chain.compare", "exports.make", "ledger.proof"}
    assert {right for right in changing if "Su" in HOLDERS[right]} == set()


@pytest.mark.spec("USR-02")
def test_the_document_equals_the_code():
    assert (settings.BASE_DIR / "docs" / "rights.md").read_text(encoding="utf-8") == rights_document(), "run manage.py write_rights"


@pytest.mark.django_db
@pytest.mark.spec("USR-02")
def test_the_command_makes_the_profiles_once_and_gives_back_nothing_that_was_taken():
    for _twice in range(2):
        call_command("sync_profiles", stdout=StringIO())
    assert set(Profile.objects.values_list("name", "face")) == {(profile.name, profile.face) for profile in DEFAULT_PROFILES}
    assert AuditEvent.objects.filter(action="profiles.synced").count() == len(DEFAULT_PROFILES)
    support = Profile.objects.get(name="Support")
    support.rights.remove("clients.see")
    support.save()
    call_command("sync_profiles", stdout=StringIO())
    assert "clients.see" not in Profile.objects.get(name="Support").rights


@pytest.mark.django_db
@pytest.mark.spec("USR-02")
def test_a_right_that_is_new_comes_with_the_next_start_and_one_that_is_gone_goes():
    sync_default_profiles(actor=ACTOR, now=timezone.now())
    support = Profile.objects.get(name="Support")
    support.rights = [*[right for right in support.rights if right != "orders.see"], "gone.right"]
    support.synced_rights.remove("orders.see")
    support.save()
    assert sync_default_profiles(actor=ACTOR, now=timezone.now()) == ["Support"]
    support.refresh_from_db()
    assert "orders.see" in support.rights
    assert "gone.right" not in support.rights


@pytest.mark.django_db
@pytest.mark.spec("USR-03")
def test_nobody_makes_a_user_with_more_rights_than_their_own():
    sync_default_profiles(actor=ACTOR, now=timezone.now())
    administrator, support = Profile.objects.get(name="Administrator"), Profile.objects.get(name="Support")
    values = {"now": timezone.now(), "face": Face.ISSUER, "email": "New@Example.com", "first_name": "Ivo", "last_name": "Liepa"}
    lower = user(rights=[*support.rights, "users.edit"])
    with pytest.raises(NotYours):
        create_user(actor=user(rights=support.rights), profiles=[support], **values)
    with pytest.raises(RightNotHeld):
        create_user(actor=lower, profiles=[administrator], **values)
    with pytest.raises(NotYours):
        create_user(actor=ACTOR, profiles=[Profile.objects.get(name="Merchant cashier")], **values)
    with pytest.raises(UnfitUser):
        create_user(actor=ACTOR, profiles=[support], password="too short", **values)
    made = create_user(actor=lower, profiles=[support], **values)
    assert (made.email, made.rights, made.has_usable_password()) == ("new@example.com", set(support.rights), False)
    with pytest.raises(EmailTaken):
        create_user(actor=ACTOR, **values)
