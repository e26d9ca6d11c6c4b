"""My profile, of either face (ACC-04)."""

import pytest

from accounts.enums import Face
from accounts.models import Profile, User
from accounts.tests.factories import sign_in, user
from accounts.tests.test_factors import key_in
from audit.models import AuditEvent, AuditPersonal
from messaging.enums import Right
from messaging.registry import alert_groups
from messaging.services import subscriptions_of
from organisations.tests.factories import organisation

pytestmark = [pytest.mark.django_db, pytest.mark.spec("ACC-04")]
PAGE = "/accounts/profile/"
GIVEN = {
    "first_name": "Anna",
    "last_name": "Kalniņa",
    "phone": "+371 20 000 000",
    "language": "lv",
    "time_zone": "Europe/Paris",
    "scheme": "dark",
}


def send(browser, **given):
    return browser.post(PAGE, {"operation_key": key_in(browser.get(PAGE)), **GIVEN, **given})


@pytest.mark.parametrize("face", Face.values)
def test_it_shows_who_one_is_and_saves_what_is_one_s_own(face):
    shop = organisation(name="Café Rīga")
    someone = user(face, organisations=[shop])
    browser = sign_in(someone)
    text = browser.get(PAGE).content.decode()
    assert someone.email in text
    assert "Café Rīga" in text
    assert someone.profiles.get().name in text
    done = send(browser)
    assert done["Location"] == PAGE
    assert done.cookies["scheme"].value == "dark"
    someone.refresh_from_db()
    assert (someone.last_name, someone.phone, someone.language, someone.time_zone) == ("Kalniņa", "+37120000000", "lv", "Europe/Paris")
    event = AuditEvent.objects.get(action="users.profile_changed")
    assert event.changes == {"language": ["en", "lv"], "time_zone": ["", "Europe/Paris"]}
    assert "Kalni" not in str(event.changes) + str(event.details)
    assert set(AuditPersonal.objects.filter(event=event).values_list("field", flat=True)) == {"last_name", "phone"}
    assert 'lang="lv"' in browser.get(PAGE).content.decode()


def test_saved_without_a_change_it_leaves_no_event():
    someone = user(first_name="Anna", last_name="Kalniņa", phone="+37120000000", language="lv", time_zone="Europe/Paris")
    send(sign_in(someone))
    assert not AuditEvent.objects.filter(action="users.profile_changed").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_name", ""), ("first_name", "a" * 81), ("last_name", "two\nlines\x00"), ("last_name", "a\u202eb"), ("phone", "12"),
        ("phone", "not a number"), ("language", "de"), ("time_zone", "Mars/Olympus"), ("scheme", "pink"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_at_its_field_and_changes_nothing(field, value):
    someone = user()
    browser = sign_in(someone)
    before = User.objects.filter(pk=someone.pk).values().get()
    answer = send(browser, **{field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert User.objects.filter(pk=someone.pk).values().get() == before


def test_nobody_changes_login_rights_or_face_by_it():
    someone, more = user(rights=[]), Profile.objects.create(name="More", face=Face.ISSUER, rights=["users.edit"])
    email = someone.email
    send(sign_in(someone), email="other@example.com", profiles=str(more.pk), face="merchant", is_active="", reference="USR-1")
    someone.refresh_from_db()
    assert (someone.email, someone.face, someone.is_active, list(someone.profiles.filter(pk=more.pk))) == (email, "issuer", True, [])


@pytest.mark.spec("ACC-04", "NOT-03")
def test_who_sees_alerts_chooses_what_to_be_told_of():
    someone = user(rights=[Right.SEE_ALERTS])
    browser = sign_in(someone)
    groups = list(alert_groups())[:2]
    send(browser, alert_groups=groups)
    assert subscriptions_of(someone) == set(groups)
    assert browser.get(PAGE).context["form"]["alert_groups"].value() == sorted(groups)
    assert send(browser, alert_groups=["nonsense"]).status_code == 422
    send(browser)
    assert subscriptions_of(someone) == set()
    assert AuditEvent.objects.filter(action="alerts.subscriptions_changed").count() == 2
    other = user(rights=[])
    send(sign_in(other), alert_groups=groups)
    assert subscriptions_of(other) == set()
