"""Users from invitation to deletion, and who may do what to whom (USR-03, USR-10, USR-11, USR-12), with real concurrency."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.enums import Face, UserStatus
from accounts.models import Profile, User
from accounts.services import (
    accept_invitation,
    add_totp,
    create_profile,
    deactivate_user,
    delete_profile,
    edit_profile,
    erase_user,
    invite_again,
    invite_user,
    reactivate_user,
    reset_factors,
    reset_profile,
    revoke_invitation,
    set_organisations,
    set_profiles,
    sync_default_profiles,
)
from accounts.services.granting import NobodyLeft, NotYours, RightNotHeld
from accounts.services.invitations import InvitationVoid
from accounts.services.profiles import ProfileNameTaken, UnfitProfile
from accounts.services.users import EmailTaken, UserMoved
from accounts.tests.factories import PASSWORD, sign_in, user
from approvals.models import ApprovalPolicy
from approvals.services import ApprovalNeeded
from audit.models import AuditEvent, AuditPersonal
from core.actors import SystemActor
from core.registries import known_rights
from messaging.models import OutgoingMail
from organisations.tests.factories import organisation

ACTOR = SystemActor("test")
NEW = "nine grey herons wait at the weir"


def profile(*rights: str, face: str = Face.ISSUER) -> Profile:
    return Profile.objects.create(name=f"Profile {Profile.objects.count()}", face=face, rights=sorted(rights))


def invited(actor=ACTOR, **values: object) -> User:
    given = {
        "face": Face.ISSUER, "email": "New.Person@Example.com", "first_name": "Ilze", "last_name": "Kalna", "profiles": [],
        "now": timezone.now(),
    } | values  # fmt: skip
    return invite_user(actor=actor, **given)


def link(mail: OutgoingMail | None = None) -> str:
    mail = mail or OutgoingMail.objects.filter(template="accounts.invitation").latest("id")
    return re.sub(r"^https?://[^/]+", "", mail.context["url"])


def token() -> str:
    return link().split("/")[-2]


def signed_in(someone: User) -> Client:
    """With a session that is known as the person's, as sign-in by the page leaves it."""
    browser = sign_in(someone)
    key = browser.session.session_key
    UserSession.objects.get_or_create(session_key=key, defaults={"user": someone, "ip": "192.0.2.1", "user_agent": "Test"})
    return browser


def give_factor(someone: User) -> None:
    Authenticator.objects.filter(user=someone).delete()
    add_totp(user=someone, secret="JBSWY3DPEHPK3PXP", actor=ACTOR, now=timezone.now())


@pytest.mark.django_db
@pytest.mark.spec("USR-10")
def test_an_invited_person_sets_the_password_once_and_signs_in():
    made = invited(profiles=[profile("clients.see")])
    assert (made.email, User.objects.get(pk=made.pk).status) == ("new.person@example.com", UserStatus.INVITED)
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.template, mail.language) == ("new.person@example.com", "accounts.invitation", "en")
    browser = Client()
    page = browser.get(link())
    assert (page.status_code, "new.person@example.com" in page.content.decode()) == (200, True)
    assert "15 to 128 characters" in page.content.decode()
    short = browser.post(link(), {"password1": "short", "password2": "short"})
    differing = browser.post(link(), {"password1": NEW, "password2": NEW + "s"})
    assert (short.status_code, differing.status_code) == (200, 200)
    assert User.objects.get(pk=made.pk).status == UserStatus.INVITED
    assert browser.post(link(), {"password1": NEW, "password2": NEW})["Location"] == "/accounts/login/"
    assert User.objects.get(pk=made.pk).status == UserStatus.ACTIVE
    assert browser.get(link()).status_code == 410
    assert browser.post(link(), {"password1": NEW + "!", "password2": NEW + "!"}).status_code == 410
    assert browser.post("/accounts/login/", {"login": made.email, "password": NEW}).status_code == 302
    assert list(AuditEvent.objects.filter(subject_id=str(made.pk)).order_by("id").values_list("action", flat=True))[:2] == [
        "users.invited",
        "users.invitation_accepted",
    ]


@pytest.mark.django_db
@pytest.mark.spec("USR-10")
def test_an_invitation_dies_of_age_of_another_and_of_revocation():
    made, now = invited(), timezone.now()
    first = token()
    with pytest.raises(InvitationVoid):
        accept_invitation(token=first, password=NEW, now=now + timedelta(hours=72, minutes=1))
    invite_again(user=made, actor=ACTOR, now=now + timedelta(hours=1))
    second = token()
    for wrong in (first, second[:-1], second + "x", "x" * 40):
        with pytest.raises(InvitationVoid):
            accept_invitation(token=wrong, password=NEW, now=now)
    revoke_invitation(user=made, actor=ACTOR, now=now)
    assert User.objects.get(pk=made.pk).status == UserStatus.DEACTIVATED
    with pytest.raises(InvitationVoid):
        accept_invitation(token=second, password=NEW, now=now)
    with pytest.raises(UserMoved):
        reactivate_user(user=made, actor=ACTOR, now=now)
    invite_again(user=made, actor=ACTOR, now=now + timedelta(hours=2))
    accept_invitation(token=token(), password=NEW, now=now + timedelta(hours=3))
    for service in (invite_again, revoke_invitation):
        with pytest.raises(UserMoved):
            service(user=made, actor=ACTOR, now=now)


@pytest.mark.django_db
@pytest.mark.spec("USR-10", "ACC-06")
def test_nobody_gets_round_an_invitation_by_the_forgotten_password():
    made = invited()
    Client().post("/accounts/password/reset/", {"email": made.email})
    assert set(OutgoingMail.objects.values_list("template", flat=True)) == {"accounts.invitation"}


@pytest.mark.django_db
@pytest.mark.spec("USR-03", "USR-04", "USR-10")
def test_who_is_confined_invites_into_their_own_organisations_with_their_own_rights():
    ours, theirs = organisation(), organisation()
    merchant = user(Face.MERCHANT, rights=["users.edit", "users.see", "wallets.see"], organisations=[ours])
    cashier, owner = profile("wallets.see", face=Face.MERCHANT), profile("keys.edit", face=Face.MERCHANT)
    values = {"actor": merchant, "face": Face.MERCHANT, "profiles": [cashier]}
    with pytest.raises(RightNotHeld):
        invited(**values | {"profiles": [owner]}, organisations=[ours.pk])
    for wrong in ([], [theirs.pk], [ours.pk, theirs.pk]):
        with pytest.raises(NotYours):
            invited(**values, organisations=wrong)
    made = invited(**values, organisations=[ours.pk])
    assert made.organisation_ids == {ours.pk}
    assert AuditEvent.objects.get(action="users.invited").organisation == ours.reference
    confined = user(organisations=[ours])
    for wrong in ([], [theirs.pk]):
        with pytest.raises(NotYours):
            invited(actor=confined, email="a@example.com", organisations=wrong)
    with pytest.raises(EmailTaken):
        invited(actor=confined, organisations=[ours.pk])


@pytest.mark.django_db
@pytest.mark.spec("USR-11")
def test_a_deactivated_user_is_out_at_once_and_back_when_reactivated():
    someone, administrator = user(), user()
    browser = signed_in(someone)
    assert browser.get("/").status_code == 200
    deactivate_user(user=someone, actor=administrator, now=timezone.now(), comment="Left")
    assert browser.get("/")["Location"].startswith("/accounts/login/")
    assert not Client().login(email=someone.email, password=PASSWORD)
    with pytest.raises(UserMoved):
        deactivate_user(user=someone, actor=administrator, now=timezone.now())
    reactivate_user(user=someone, actor=administrator, now=timezone.now())
    assert browser.get("/")["Location"].startswith("/accounts/login/"), "the old session stays ended"
    assert signed_in(someone).get("/").status_code == 200


@pytest.mark.django_db
@pytest.mark.spec("USR-11", "AUD-05")
def test_a_deleted_user_s_data_go_events_stay_and_the_login_is_free_again():
    administrator, ours = user(), organisation()
    made = invited(face=Face.MERCHANT, organisations=[ours.pk], phone="+37120000123", profiles=[profile(face=Face.MERCHANT)])
    accept_invitation(token=token(), password=NEW, now=timezone.now())
    give_factor(made)
    deactivate_user(user=made, actor=administrator, now=timezone.now(), comment="Ilze has left")
    events = AuditEvent.objects.filter(subject_id=str(made.pk), subject_type="accounts.user").count()
    erase_user(user=made, actor=administrator, now=timezone.now())
    gone = User.objects.get(pk=made.pk)
    assert (gone.status, str(gone), gone.phone, gone.has_usable_password()) == (UserStatus.DELETED, made.reference, "", False)
    assert not gone.profiles.exists()
    assert not gone.memberships.exists()
    assert not Authenticator.objects.filter(user=gone).exists()
    assert not AuditPersonal.objects.filter(event__subject_id=str(made.pk)).exists()
    assert not OutgoingMail.objects.filter(to=made.email).exists()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)} AS t WHERE t::text ILIKE '%%new.person%%'")
            assert cursor.fetchone() == (0,), f"the login is still in {table}"
    assert AuditEvent.objects.filter(subject_id=str(made.pk), subject_type="accounts.user").count() == events + 1
    for service in (erase_user, reactivate_user, invite_again):
        with pytest.raises(UserMoved):
            service(user=made, actor=administrator, now=timezone.now())
    assert invited(email=made.email).pk != made.pk


@pytest.mark.django_db
@pytest.mark.spec("USR-12")
def test_a_lost_second_factor_is_reset_told_and_the_sessions_end():
    someone, administrator = user(), user()
    Authenticator.objects.filter(user=someone).delete()
    with pytest.raises(UserMoved):
        reset_factors(user=someone, actor=administrator, now=timezone.now())
    give_factor(someone)
    browser = signed_in(someone)
    browser.get("/")
    reset_factors(user=someone, actor=administrator, now=timezone.now())
    assert not Authenticator.objects.filter(user=someone).exists()
    assert browser.get("/")["Location"].startswith("/accounts/login/")
    assert OutgoingMail.objects.filter(template="accounts.factor_reset").count() == 1
    assert AuditEvent.objects.get(action="users.factors_reset").actor_label == administrator.reference


@pytest.mark.django_db
@pytest.mark.spec("USR-03", "USR-11")
def test_nobody_acts_on_themselves_above_themselves_or_on_the_last_administrator():
    administrator, now = user(), timezone.now()
    give_factor(administrator)
    lower = user(rights=["users.see", "users.edit", "profiles.edit", "clients.see"])
    for service in (deactivate_user, erase_user, reset_factors):
        with pytest.raises(NotYours):
            service(user=administrator, actor=administrator, now=now)
        with pytest.raises(RightNotHeld):
            service(user=administrator, actor=lower, now=now)
    for service in (deactivate_user, erase_user):
        with pytest.raises(NobodyLeft):
            service(user=administrator, actor=ACTOR, now=now)
    with pytest.raises(NotYours):
        set_profiles(user=lower, profiles=[], actor=lower, now=now)
    with pytest.raises(RightNotHeld):
        set_profiles(user=administrator, profiles=[], actor=lower, now=now)
    with pytest.raises(NobodyLeft):
        set_profiles(user=administrator, profiles=[], actor=ACTOR, now=now)
    with pytest.raises(NobodyLeft):
        set_organisations(user=administrator, organisations=[organisation().pk], actor=ACTOR, now=now)
    with pytest.raises(NobodyLeft):
        edit_profile(profile=administrator.profiles.get(), name="Less", take=["keys.edit"], actor=ACTOR, now=now)
    second = user()
    deactivate_user(user=administrator, actor=second, now=now)
    with pytest.raises(NobodyLeft):
        deactivate_user(user=second, actor=ACTOR, now=now)


@pytest.mark.django_db
@pytest.mark.spec("USR-04")
def test_an_administrator_confined_to_some_organisations_reaches_nobody_of_others_and_never_lifts_it():
    ours, theirs, now = organisation(), organisation(), timezone.now()
    confined = user(organisations=[ours])
    colleague, both = user(Face.MERCHANT, rights=[], organisations=[ours]), user(Face.MERCHANT, rights=[], organisations=[ours, theirs])
    deactivate_user(user=colleague, actor=confined, now=now)
    with pytest.raises(NotYours):
        deactivate_user(user=both, actor=confined, now=now)
    with pytest.raises(NotYours):
        set_organisations(user=confined, organisations=[], actor=confined, now=now)
    other = user(rights=[], organisations=[ours])
    with pytest.raises(NotYours):
        set_organisations(user=other, organisations=[], actor=confined, now=now)
    with pytest.raises(NotYours):
        create_profile(name="Mine", face=Face.MERCHANT, rights=["wallets.see"], actor=confined, now=now)
    set_organisations(user=other, organisations=[], actor=user(), now=now)
    assert User.objects.get(pk=other.pk).organisation_ids is None


@pytest.mark.django_db
@pytest.mark.spec("USR-03")
def test_profiles_are_created_edited_and_deleted_within_one_s_own_rights():
    now = timezone.now()
    lower = user(rights=["profiles.edit", "profiles.see", "clients.see", "wallets.see"])
    user()
    with pytest.raises(RightNotHeld):
        create_profile(name="Desk", face=Face.ISSUER, rights=["clients.see", "clients.edit"], actor=lower, now=now)
    with pytest.raises(UnfitProfile):
        create_profile(name="Desk", face=Face.MERCHANT, rights=["clients.see"], actor=lower, now=now)
    desk = create_profile(name=" Front  desk ", face=Face.ISSUER, rights=["clients.see"], actor=lower, now=now)
    assert desk.name == "Front desk"
    with pytest.raises(ProfileNameTaken):
        create_profile(name="front DESK", face=Face.ISSUER, rights=[], actor=lower, now=now)
    with pytest.raises(NotYours):
        edit_profile(profile=lower.profiles.get(), name="Mine", actor=lower, now=now)
    for change in ({"give": ["clients.edit"]}, {"give": ["users.edit"]}):
        with pytest.raises(RightNotHeld):
            edit_profile(profile=desk, name=desk.name, actor=lower, now=now, **change)
    Profile.objects.filter(pk=desk.pk).update(rights=["clients.edit", "clients.see"])
    with pytest.raises(RightNotHeld):
        edit_profile(profile=desk, name=desk.name, take=["clients.edit"], actor=lower, now=now)
    edit_profile(profile=desk, name="Desk", give=["wallets.see"], take=["clients.see"], actor=lower, now=now)
    desk.refresh_from_db()
    assert (desk.name, desk.rights) == ("Desk", ["clients.edit", "wallets.see"])
    person, target = user(profile=desk), profile("wallets.see")
    with pytest.raises(UnfitProfile):
        delete_profile(profile=desk, actor=user(), now=now)
    with pytest.raises(RightNotHeld):
        delete_profile(profile=desk, move_to=target, actor=lower, now=now)
    delete_profile(profile=desk, move_to=target, actor=user(), now=now)
    assert list(person.profiles.all()) == [target]
    assert AuditEvent.objects.filter(action="users.profiles_set", subject_id=str(person.pk)).exists()


@pytest.mark.django_db
@pytest.mark.spec("USR-03", "USR-02")
def test_a_default_profile_is_edited_reset_and_never_deleted():
    now = timezone.now()
    sync_default_profiles(actor=ACTOR, now=now)
    support, administrator = Profile.objects.get(name="Support"), user()
    before = sorted(support.rights)
    edit_profile(profile=support, name="Renamed", give=["clients.edit"], take=["orders.see"], actor=administrator, now=now)
    support.refresh_from_db()
    assert (support.name, "clients.edit" in support.rights, "orders.see" in support.rights) == ("Support", True, False)
    reset_profile(profile=support, actor=administrator, now=now)
    assert sorted(Profile.objects.get(name="Support").rights) == before
    with pytest.raises(UnfitProfile):
        delete_profile(profile=support, actor=administrator, now=now)


@pytest.mark.django_db
@pytest.mark.spec("USR-05", "USR-03")
@pytest.mark.parametrize(
    "action", ["users.invite", "users.set_profiles", "users.reactivate", "profiles.create", "profiles.edit", "profiles.delete"]
)
def test_what_moves_rights_waits_for_a_second_person_where_the_policy_wants_one(action):
    now, administrator, someone, desk = timezone.now(), user(), user(rights=["clients.see"]), profile("clients.see")
    idle = user(rights=["clients.see"], is_active=False)
    ApprovalPolicy.objects.create(action=action, is_required=True, changed_at=now)
    attempts = {
        "users.invite": lambda: invited(administrator),
        "users.set_profiles": lambda: set_profiles(user=someone, profiles=[desk], actor=administrator, now=now),
        "users.reactivate": lambda: reactivate_user(user=idle, actor=administrator, now=now),
        "profiles.create": lambda: create_profile(name="Desk", face=Face.ISSUER, rights=[], actor=administrator, now=now),
        "profiles.edit": lambda: edit_profile(profile=desk, name="Desk", give=["users.see"], actor=administrator, now=now),
        "profiles.delete": lambda: delete_profile(profile=desk, actor=administrator, now=now),
    }
    with pytest.raises(ApprovalNeeded):
        attempts[action]()
    assert not AuditEvent.objects.exclude(action="users.totp_added").exists()


def together(*calls) -> list[object]:
    """Run the calls at the same moment, each on a connection of its own; what each gave or raised."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            barrier.wait(5)
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("USR-11", "A4")
def test_two_administrators_who_deactivate_each_other_at_once_leave_one():
    for _round in range(3):
        one, two = user(), user()
        User.objects.exclude(pk__in=[one.pk, two.pk]).update(is_active=False)
        now = timezone.now()
        results = together(
            lambda one=one, two=two, now=now: deactivate_user(user=two, actor=one, now=now),
            lambda one=one, two=two, now=now: deactivate_user(user=one, actor=two, now=now),
        )
        assert sorted(isinstance(result, User) for result in results) == [False, True], results
        assert User.objects.filter(pk__in=[one.pk, two.pk], is_active=True).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("USR-03", "A8")
def test_a_right_that_is_being_taken_away_can_not_be_given_on_meanwhile():
    """Whoever comes first: afterwards nobody has a right that was given by somebody who had lost it."""
    for _round in range(4):
        administrator, middle, friend = user(), user(rights=["users.edit", "keys.edit"]), user(rights=[])
        extra, now = profile("keys.edit"), timezone.now()
        results = together(
            lambda middle=middle, a=administrator, now=now: set_profiles(user=middle, profiles=[], actor=a, now=now),
            lambda middle=middle, friend=friend, extra=extra, now=now: set_profiles(user=friend, profiles=[extra], actor=middle, now=now),
        )
        events = list(AuditEvent.objects.filter(action="users.profiles_set").order_by("-id")[:2])
        given = isinstance(results[1], User)
        assert isinstance(results[0], User), results
        assert User.objects.get(pk=friend.pk).has_right("keys.edit") == given
        if given:
            assert [event.subject_id for event in events] == [str(middle.pk), str(friend.pk)], "given before it was taken"
        else:
            assert isinstance(results[1], NotYours)


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("USR-03", "A8")
def test_nobody_raises_themselves_by_a_profile_that_grows_while_it_is_given():
    """A profile is given by someone with few rights while an administrator adds one to it: the gift is what it was, or refused."""
    for _round in range(4):
        administrator, lower, friend = user(), user(rights=["users.edit", "clients.see"]), user(rights=[])
        desk, now = profile("clients.see"), timezone.now()
        given, edited = together(
            lambda lower=lower, friend=friend, desk=desk, now=now: set_profiles(user=friend, profiles=[desk], actor=lower, now=now),
            lambda desk=desk, a=administrator, now=now: edit_profile(profile=desk, name=desk.name, give=["keys.edit"], actor=a, now=now),
        )
        assert isinstance(edited, Profile), edited
        actions = list(AuditEvent.objects.order_by("-id").values_list("action", flat=True)[:2])
        if isinstance(given, User):
            assert actions == ["profiles.edited", "users.profiles_set"]
        else:
            assert isinstance(given, RightNotHeld)
            assert not User.objects.get(pk=friend.pk).has_right("clients.see")


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("USR-10")
def test_an_invitation_accepted_twice_at_once_has_one_password():
    made = invited()
    ours, now = token(), timezone.now()
    results = together(*(lambda word=word: accept_invitation(token=ours, password=word, now=now) for word in (NEW, NEW + " again")))
    assert sorted(isinstance(result, User) for result in results) == [False, True], results
    winner = [NEW, NEW + " again"][[isinstance(result, User) for result in results].index(True)]
    assert User.objects.get(pk=made.pk).check_password(winner)


@pytest.mark.spec("USR-03")
def test_there_are_rights_for_profiles_apart_from_those_for_users():
    assert {"users.see", "users.edit", "profiles.see", "profiles.edit"} <= set(known_rights())
