"""The settings page and the branding page, as people use them, and what they change (INS-01, INS-03)."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent
from backoffice.models import InstanceSetting
from backoffice.services.settings import change_settings
from core import branding, instance
from core.actors import SystemActor
from messaging.services.rendering import render

pytestmark = pytest.mark.django_db
TESTS = SystemActor("tests")
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M1 1h6v6z"/></svg>'


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def admin():
    return user()


@pytest.fixture
def browser(admin):
    return sign_in(admin)


def send(browser, url, **values):
    """Open the dialog and send its form, as a person does."""
    key = re.search(r'name="operation_key" value="([^"]+)"', browser.get(url).content.decode())[1]
    return browser.post(url, {"operation_key": key, **values})


def picture(size=(60, 40)):
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, format="PNG")
    return out.getvalue()


def set_logo(browser, kind, content, name="logo.png"):
    return send(browser, f"/branding/{kind}/set/", image=SimpleUploadedFile(name, content))


INSTANCE = {"instance.name": "Riga Tokens & Sons", "instance.time_zone": "America/New_York", "instance.languages": ["fr", "lv"]}


@pytest.mark.spec("INS-03")
def test_the_page_says_what_is_set_by_whom_and_what_the_default_is(browser, admin):
    send(
        browser,
        "/settings/security/edit/",
        **{
            "accounts.idle_minutes": 30, "accounts.idle_minutes_money": 5, "accounts.two_factor_issuer": "on",
            "clients.session_days": 30, "clients.session_idle_hours": 72,
        },
    )  # fmt: skip
    page = browser.get("/settings/").content.decode()
    assert "30 minutes" in page
    assert "Default: 15 minutes." in page
    assert f"Changed by {admin}" in page
    assert "Name of the instance" in page
    (event,) = AuditEvent.objects.filter(action="instance.setting_changed")
    assert (event.actor_id, event.changes) == (str(admin.pk), {"value": [15, 30]})


@pytest.mark.spec("INS-03")
def test_name_zone_and_languages_act(browser, admin):
    response = send(browser, "/settings/instance/edit/", **INSTANCE)
    assert response.status_code == 302
    page = browser.get("/")
    text = page.content.decode()
    assert "Riga Tokens &amp; Sons</title>" in text
    assert '<html lang="fr"' in text, "English is no longer offered"
    assert 'value="lv"' in text
    assert 'name="language" value="en"' not in text
    assert "Riga Tokens &amp; Sons" in Client().get("/accounts/login/").content.decode()
    assert '<html lang="lv"' in Client(headers={"accept-language": "lv"}).get("/accounts/login/").content.decode()
    assert '<html lang="fr"' in Client(headers={"accept-language": "en"}).get("/accounts/login/").content.decode()
    browser.post("/preferences/", {"language": "en"})
    admin.refresh_from_db()
    assert admin.language == "en", "it was so before, and choosing it changes nothing"
    browser.post("/preferences/", {"language": "lv"})
    admin.refresh_from_db()
    assert admin.language == "lv"
    assert str(instance.time_zone()) == "America/New_York"
    assert re.search(r'<time datetime="[^"]+-0[45]:00"', browser.get("/settings/").content.decode())
    assert "Riga Tokens & Sons" in render("accounts.password_changed", "en", {"name": "A", "url": "https://x"}).html.replace("&amp;", "&")


@pytest.mark.spec("INS-03")
@pytest.mark.parametrize(
    ("group", "values"),
    [
        ("instance", {**INSTANCE, "instance.name": ""}),
        ("instance", {**INSTANCE, "instance.name": "x" * 41}),
        ("instance", {**INSTANCE, "instance.name": "a\u202eb"}),
        ("instance", {**INSTANCE, "instance.time_zone": "Mars/Olympus"}),
        ("instance", {**INSTANCE, "instance.languages": ["de"]}),
        ("instance", {**INSTANCE, "instance.languages": []}),
        ("security", {"accounts.idle_minutes": "1e3", "accounts.idle_minutes_money": 5}),
        ("security", {"accounts.idle_minutes": 100000, "accounts.idle_minutes_money": 5}),
        ("look", {"instance.accent": "red"}),
        ("look", {"instance.accent": "#4f46e5; background: url(//evil)"}),
        ("look", {"instance.accent": "#ffcc00"}),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_changes_nothing(browser, group, values):
    response = send(browser, f"/settings/{group}/edit/", **values)
    assert response.status_code == 422
    assert "field-error" in response.content.decode()
    assert not InstanceSetting.objects.exists()


@pytest.mark.spec("INS-03")
def test_a_form_sent_twice_is_one_change_and_reset_takes_it_back(browser):
    url = "/settings/orders/edit/"
    key = re.search(r'name="operation_key" value="([^"]+)"', browser.get(url).content.decode())[1]
    for _time in range(2):
        assert browser.post(url, {"operation_key": key, "orders.payment_hours": 24}).status_code == 302
    assert AuditEvent.objects.filter(action="instance.setting_changed").count() == 1
    page = browser.get("/settings/orders.payment_hours/reset/").content.decode()
    assert "24 hours" in page
    assert "72 hours" in page
    assert send(browser, "/settings/orders.payment_hours/reset/").status_code == 302
    assert instance.value("orders.payment_hours") == 72
    assert not InstanceSetting.objects.exists()


@pytest.mark.spec("INS-03")
def test_unknown_groups_and_settings_are_not_there(browser):
    for address in ("/settings/nothing/edit/", "/settings/logo/edit/", "/settings/logo.mail_png/reset/", "/branding/other/set/"):
        assert browser.get(address).status_code == 404


@pytest.mark.spec("INS-03")
def test_a_value_that_no_longer_fits_is_said(browser):
    change_settings(values={"accounts.idle_minutes": 30}, actor=TESTS, now=timezone.now())
    InstanceSetting.objects.update(value=9999)
    instance.forget()
    page = browser.get("/settings/").content.decode()
    assert "“9999” was set and is no longer possible" in page


@pytest.mark.spec("INS-01")
def test_a_logo_is_seen_at_once_everywhere(browser):
    assert set_logo(browser, "long_svg", DRAWING).status_code == 302
    assert set_logo(browser, "short_png", picture()).status_code == 302
    assert set_logo(browser, "mail_png", picture()).status_code == 302
    long, short, mail = branding.long_logo(), branding.short_logo(), branding.logo_address("mail_png")
    for page in (browser.get("/"), Client().get("/accounts/login/"), browser.get("/branding/")):
        text = page.content.decode()
        assert f'src="{long}"' in text
        assert f'<link rel="icon" href="{short}" type="image/png">' in text
    assert mail in render("accounts.password_changed", "en", {"name": "A", "url": "https://x"}).html
    events = AuditEvent.objects.filter(action="instance.setting_changed").values_list("subject_reference", flat=True)
    assert set(events) == {"logo.long_svg", "logo.short_png", "logo.mail_png"}


@pytest.mark.spec("INS-01")
def test_a_logo_can_run_nothing_and_is_kept_for_ever_under_its_own_address(browser):
    evil = DRAWING.replace(b"<path", b'<script>alert(1)</script><path onclick="alert(1)"')
    set_logo(browser, "short_svg", evil, "logo.svg")
    first = branding.short_logo()
    answer = Client().get(first)
    body = answer.content
    assert b"script" not in body
    assert b"onclick" not in body
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    set_logo(browser, "short_svg", DRAWING, "logo.svg")
    assert branding.short_logo() != first
    assert Client().get(first).status_code == 200, "a mail may show it"
    assert send(browser, "/branding/short_svg/reset/").status_code == 302
    assert branding.short_logo() == ""
    assert "/static/logo.svg" in browser.get("/").content.decode()


@pytest.mark.spec("INS-01")
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("short_png", DRAWING),
        ("short_svg", picture()),
        ("long_png", b"\x89PNG\r\n\x1a\n" + b"\0" * 50),
        ("long_svg", b"<html><script>1</script></html>"),
        ("mail_png", picture() + b"\0" * 100_000),
        ("short_svg", DRAWING.replace(b"<path", b"<!--" + b"x" * 100_000 + b"--><path")),
        ("short_png", picture((900, 20))),
        ("short_png", b""),
    ],
)
def test_another_type_too_much_or_a_bad_shape_is_refused(browser, kind, content):
    response = set_logo(browser, kind, content)
    assert response.status_code == 422
    assert "field-error" in response.content.decode()
    assert not InstanceSetting.objects.exists()


@pytest.mark.spec("INS-01")
def test_no_other_file_is_reached_by_a_logo_address(browser, settings):
    (settings.MEDIA_ROOT / "secret.png").write_bytes(b"x")
    for name in ("../secret.png", "..%2fsecret.png", "%2e%2e/secret.png", "a" * 32 + ".png", "a" * 32 + ".html"):
        assert Client().get(f"/branding/{name}").status_code == 404


@pytest.mark.spec("INS-01")
def test_the_accent_colour_is_a_stylesheet_with_its_version(browser):
    assert "branding.css" not in browser.get("/").content.decode()
    assert send(browser, "/settings/look/edit/", **{"instance.accent": "#0B6E4F"}).status_code == 302
    page = browser.get("/").content.decode()
    assert '<link rel="stylesheet" href="/branding.css?v=0b6e4f">' in page
    assert "/branding/mark-0b6e4f.svg" in page
    answer = Client().get("/branding.css?v=0b6e4f")
    assert answer["Content-Type"] == "text/css"
    assert "immutable" in answer["Cache-Control"]
    assert "--accent-fill: #0b6e4f;" in answer.content.decode()
    assert Client().get("/branding.css?v=123456")["Cache-Control"] == "no-cache"
    mark = Client().get("/branding/mark-0b6e4f.svg")
    assert b"#0b6e4f" in mark.content
