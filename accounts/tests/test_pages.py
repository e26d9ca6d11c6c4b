"""Users through their pages (USR-10, ACC-05, ACC-06)."""

import re

import pytest
from django.test import Client

from accounts.enums import Face
from accounts.services.passwords import send_reset_mail
from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent
from core.actors import SystemActor
from messaging.models import OutgoingMail

pytestmark = pytest.mark.django_db


@pytest.mark.spec("ACC-05")
def test_a_locked_sign_in_is_seen_by_administrators_in_the_list_and_on_the_page():
    locked, other = user(), user()
    for place in range(5):
        Client().post("/accounts/login/", {"login": locked.email, "password": "wrong"}, REMOTE_ADDR=f"192.0.2.{place}")
    browser = sign_in(user())
    assert [row.pk for row in browser.get("/users/?locked=yes").context["slice"].rows] == [locked.pk]
    assert "Locked" in browser.get(f"/users/{locked.reference}/").content.decode()
    assert "Locked" not in browser.get(f"/users/{other.reference}/").content.decode()


@pytest.mark.spec("ACC-06", "USR-12")
def test_an_administrator_sends_the_password_mail_and_the_trail_says_who():
    someone, administrator = user(Face.MERCHANT), user()
    browser, address = sign_in(administrator), f"/users/{someone.reference}/reset-mail/"
    key = re.search(r'name="operation_key" value="([^"]+)"', browser.get(address).content.decode())[1]
    for _twice in range(2):
        assert browser.post(address, {"operation_key": key}).status_code == 302
    assert [mail.to for mail in OutgoingMail.objects.all()] == [someone.email]
    assert AuditEvent.objects.get(action="users.reset_requested").actor_label == administrator.reference


@pytest.mark.spec("ACC-06")
def test_five_mails_an_hour_are_enough():
    someone = user()
    sent = [send_reset_mail(user=someone, actor=SystemActor("test"), now=someone.created_at) for _number in range(7)]
    assert sent == [True] * 5 + [False] * 2
    assert OutgoingMail.objects.count() == 5


@pytest.mark.spec("USR-04")
def test_a_merchant_never_reaches_the_issuer_s_pages_nor_the_other_way_round():
    merchant, administrator = sign_in(user(Face.MERCHANT)), sign_in(user())
    assert merchant.get("/users/").status_code == 404
    assert merchant.get("/merchant/").status_code == 200
    assert administrator.get("/merchant/").status_code == 404
