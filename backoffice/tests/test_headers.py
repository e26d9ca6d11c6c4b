"""What every answer tells the browser (ASVS 3.2 to 3.4, 14.3.2)."""

import re

import pytest
from django.test import Client

from accounts.enums import Face
from accounts.tests.factories import sign_in, user
from backoffice.tests.doors import address_of, pages
from core.images import SANDBOX

pytestmark = pytest.mark.django_db
FILES = {"asset-image", "branding-logo", "branding-mark", "branding-colours"}
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>|<style\b|\sstyle=\"|\son[a-z]+=\"|href=\"javascript:", re.IGNORECASE
)


@pytest.fixture(params=["issuer", "merchant", "stranger"])
def answers(request):
    """(name, answer) of every door, for someone of each face and for nobody."""
    owner = user(Face.MERCHANT if request.param == "merchant" else Face.ISSUER)
    browser = Client() if request.param == "stranger" else sign_in(owner)
    made: dict[str, list[str]] = {}
    return [(door.name, browser.get(address_of(door, owner, made))) for door in pages()]


@pytest.mark.spec("OPS-03")
def test_every_answer_carries_the_policies(answers):
    assert len(answers) > 60
    for name, answer in answers:
        policy = answer["Content-Security-Policy"]
        if policy == SANDBOX:
            assert answer["Content-Type"].startswith("image/")  # drawings of people: they can run and load nothing
            continue
        for rule in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"):
            assert rule in policy, (name, policy)
        assert "unsafe" not in policy, name
        assert answer["X-Content-Type-Options"] == "nosniff", name
        assert answer["Referrer-Policy"] == "same-origin", name
        assert answer["X-Frame-Options"] == "DENY", name
        assert "Server" not in answer
        for cookie in answer.cookies.values():
            assert cookie["samesite"], (name, cookie.key)
            assert cookie["httponly"] or cookie.key == "csrf", (name, cookie.key)


@pytest.mark.spec("OPS-03")
def test_no_page_holds_an_inline_script_or_style(answers):
    inline = [
        (name, INLINE.search(answer.getvalue().decode())[0])
        for name, answer in answers
        if answer.get("Content-Type", "").startswith("text/html") and name != "mail-body" and INLINE.search(answer.getvalue().decode())
    ]
    assert inline == []


@pytest.mark.spec("OPS-03")
def test_what_a_signed_in_person_sees_is_kept_by_no_cache():
    someone = user()
    browser, made, kept = sign_in(someone), {}, []
    for door in pages():
        if door.face == Face.MERCHANT:
            continue
        answer = browser.get(address_of(door, someone, made))
        if answer.status_code == 200 and "no-store" not in answer.get("Cache-Control", "") and door.name not in FILES:
            kept.append(door.name)
    assert kept == []
