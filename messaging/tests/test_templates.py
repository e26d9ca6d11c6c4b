"""The issuer words mails itself: edited with a preview, reset, and nothing that a mail may not do (NOT-01, U6, U12)."""

import re
import threading
from dataclasses import asdict, replace

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent
from core.errors import DomainError
from messaging.enums import Right
from messaging.models import Alert, MailTemplateText, OutgoingMail
from messaging.registry import known_mails
from messaging.services import queue_mail, wording
from messaging.services.rendering import render, render_wording
from messaging.services.templates import WordingChanged, checked, default_wording, known_values, save_template
from messaging.tasks import send_mail

CODE = "accounts.invitation"
PAGE = f"/mail-templates/{CODE}/en/"
LANGUAGES = [code for code, _name in django_settings.LANGUAGES]
pytestmark = [pytest.mark.spec("NOT-01"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def editor():
    return user(rights=[Right.EDIT_TEMPLATES, Right.SEE_MAIL], email="editor@example.org")


@pytest.fixture
def browser(editor) -> Client:
    return sign_in(editor)


def key_of(browser: Client, page: str) -> str:
    return str(browser.get(page).context["key"])


def edit(browser: Client, *, page: str = PAGE, **parts: str):
    form = browser.get(page).context["form"]
    data = {**{name: form[name].value() for name in ("subject", "text", "html")}, "opened": form["opened"].as_hidden(), **parts}
    opened = form.initial["opened"]
    return browser.post(page, data | {"opened": form.fields["opened"].prepare_value(opened), "operation_key": key_of(browser, page)})


def words(code: str = CODE, language: str = "en", **parts: str):
    return replace(default_wording(code, language), **parts)


def body_of(html: str) -> str:
    """Without differences that mean nothing: the title, white space, how a style is written."""
    inside = html.partition("<body")[2]
    return re.sub(r"\s+", "", inside).replace(';"', '"').replace("&#x27;", "'").replace("&#39;", "'").replace("&quot;", '"')


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mail_can_be_edited_and_its_default_says_the_same_either_way(language):
    for code in known_mails():
        default, examples = checked(code, language, default_wording(code, language)), known_values(code, language)
        edited = render_wording(**asdict(default), values=examples, language=language)
        file = render(code, language, examples)
        assert (edited.subject, edited.text) == (file.subject, file.text), code
        assert body_of(edited.html) == body_of(file.html), code


def test_an_edited_mail_is_what_people_get_and_a_reset_takes_it_back(browser, mail_server):
    answer = edit(browser, subject="Welcome, {{ name }}", html='<p>Come in: <a href="{{ url }}">here</a></p>', text="Come in: {{ url }}")
    assert answer.status_code == 302
    context = known_mails()[CODE].variables | {"name": "<b>Bobby</b>"}
    queue_mail(template=CODE, to="b@example.org", language="en", context=context, now=timezone.now())
    send_mail(mail_id=OutgoingMail.objects.latest("id").pk)
    (received,) = mail_server.received
    assert received["Subject"] == "Welcome, <b>Bobby</b>"
    assert received.get_body(["plain"]).get_content().strip() == f"Come in: {context['url']}"
    html = received.get_body(["html"]).get_content()
    assert f'<a href="{context["url"]}">here</a>' in html
    assert django_settings.INSTANCE_NAME in html, "the frame with logo or name stays"
    assert "Edited" in browser.get("/mail-templates/").content.decode()
    edited = AuditEvent.objects.get(action="mail_templates.edited")
    assert edited.body["changes"]["subject"] == ["You are invited to {{ instance }}", "Welcome, {{ name }}"]

    reset = browser.get(f"{PAGE}reset/").content.decode()
    assert "<del>Welcome, {{ name }}</del>" in reset
    assert "<ins>You are invited to {{ instance }}</ins>" in reset
    assert browser.post(f"{PAGE}reset/", {"operation_key": key_of(browser, f"{PAGE}reset/")}).status_code == 302
    assert not MailTemplateText.objects.exists()
    assert render(CODE, "en", context).subject.startswith("You are invited")
    assert AuditEvent.objects.filter(action="mail_templates.reset").count() == 1


def test_one_language_is_edited_alone_and_a_country_takes_its_language(browser):
    edit(browser, page=f"/mail-templates/{CODE}/lv/", subject="Nāc, {{ name }}")
    context = known_mails()[CODE].variables
    assert render(CODE, "lv-LV", context).subject == "Nāc, Anna Ozola"
    assert render(CODE, "en", context).subject.startswith("You are invited")
    assert render(CODE, "de", context).subject.startswith("You are invited"), "who has no language of ours gets English"


REFUSED = [
    "{% include 'mail/base.html' %}", "{% load kit %}", "{% extends 'base.html' %}", "{% csrf_token %}", "{% url 'home' %}", "{% debug %}",
    "{% now 'Y' %}", "{% with a=name %}{% endwith %}", "{% for x in name %}{% endfor %}", "{% autoescape off %}{% endautoescape %}",
    "{% if name.password %}{% endif %}", "{% if name|length > 3 %}{% endif %}", "{% if name == url %}{% endif %}", "{% verbatim %}",
    "{{ name.upper }}", "{{ name.__class__ }}", "{{ name|safe }}", "{{ settings.SECRET_KEY }}", "{{ request }}", "{{ block.super }}",
    "{{ surname }}", "{{ 'x' }}", "{{ }}", "{{ name", "name }}", "{% if name %}", "{% endif %}", "{% else %}", "{# secret #}", "{{ name }",
    "{% if name %}{% else %}{% else %}{% endif %}", "{%if%}", "{{ _('x') }}", "{% if forloop %}{% endif %}",
]  # fmt: skip


@pytest.mark.parametrize("source", [source for source in REFUSED if source != "{{ name }"])
@pytest.mark.parametrize("part", ["subject", "text", "html"])
def test_nothing_but_placeholders_and_if_is_taken(source, part):
    good = words()
    with pytest.raises(DomainError) as refusal:
        checked(CODE, "en", replace(good, **{part: f"{getattr(good, part)} {source}"}))
    assert refusal.value.field == part
    with pytest.raises(wording.UnfitWording):
        wording.fill(source, known_values(CODE, "en"), escape=part == "html")


@pytest.mark.spec("U6")
@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>", '<img src="x" onerror="alert(1)">', '<a href="javascript:alert(1)">x</a>', "<iframe></iframe>",
        '<form action="https://evil.example"><input name="p"></form>', "<style>body{}</style>", "<svg onload=alert(1)></svg>",
        '<a href="{{ name }}">x</a>', "<!-- [if mso]> --><p>x</p>", '<meta http-equiv="refresh" content="0">', "<base href=//evil>",
        '{% if name == "nobody" %}<script>1</script>{% endif %}', "<ScRiPt>1</ScRiPt>", '<p onclick="x">y</p>', "<!doctype html><p>x</p>",
        '<a href="data:text/html,x">x</a>', "<math><mtext></mtext></math>", '<object data="x"></object>',
    ],
)  # fmt: skip
def test_html_that_mails_may_not_hold_is_refused_by_name(browser, html):
    good = words().html
    answer = edit(browser, html=f"{good}{html}")
    assert answer.status_code == 422
    assert answer.context["form"].errors["html"]
    assert not MailTemplateText.objects.exists()


@pytest.mark.spec("U6")
def test_values_can_do_nothing_in_an_edited_mail():
    hostile = {**known_values(CODE, "en"), "name": '"><script>alert(1)</script>', "url": "javascript:alert(1)"}
    html = render_wording("x", "y", '<p title="{{ name }}">{{ name }} <a href="{{ url }}">x</a></p>', values=hostile, language="en").html
    assert "<script" not in html
    assert "javascript:" not in html


@pytest.mark.spec("U12")
def test_a_subject_stays_one_line(browser):
    answer = edit(browser, subject="Hello\r\nBcc: everybody@example.org")
    assert answer.status_code == 422
    assert not MailTemplateText.objects.exists()
    hostile = {**known_values(CODE, "en"), "name": "Anna\r\nBcc: everybody@example.org\0"}
    subject = render_wording("Hello {{ name }}", "x", "<p>x</p>", values=hostile, language="en").subject
    assert subject == "Hello Anna Bcc: everybody@example.org"


def test_a_mail_needs_the_link_it_is_about(browser):
    answer = edit(browser, text="Come in!")
    assert answer.status_code == 422
    assert "Without {{ url }}" in answer.context["form"].errors["text"][0]


def test_the_preview_shows_the_mail_and_keeps_nothing(browser):
    data = asdict(words(subject="Hi {{ name }}", html='<p>Come, {{ name }}: <a href="{{ url }}">here</a></p>'))
    page = browser.post(f"{PAGE}preview/", data)
    html = page.content.decode()
    assert "Hi Anna Ozola" in html
    assert "<p>Come, Anna Ozola:" in html
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none';")
    assert "script-src" not in policy
    assert page.headers["X-Frame-Options"] == "SAMEORIGIN"
    wrong = browser.post(f"{PAGE}preview/", data | {"html": "<script>alert(1)</script>"}).content.decode()
    assert "<script>" not in wrong
    assert "Mails may not hold &lt;script&gt;." in wrong
    assert not MailTemplateText.objects.exists()
    assert browser.get(f"{PAGE}preview/").status_code == 405


def test_a_test_mail_goes_to_oneself(browser, mail_server):
    answer = browser.post(f"{PAGE}test/", {"operation_key": key_of(browser, f"{PAGE}test/")})
    assert answer.status_code == 302
    send_mail(mail_id=OutgoingMail.objects.get().pk)
    (received,) = mail_server.received
    assert (received["To"], received["Subject"]) == ("editor@example.org", "[Test] You are invited to Amber Coast")


def test_what_no_longer_fits_raises_an_alert_and_the_default_is_sent(editor):
    row = MailTemplateText.objects.create(
        code=CODE, language="en", subject="{{ gone }}", text="x", html="<p>x</p>", changed_by=editor, changed_at=timezone.now()
    )
    assert render(CODE, "en", known_mails()[CODE].variables).subject.startswith("You are invited")
    render(CODE, "en", known_mails()[CODE].variables)
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject_reference) == ("messaging.template_unfit", f"{CODE}.en")
    save_template(
        code=CODE,
        language="en",
        given=words(),
        opened=replace(words(), subject=row.subject, text="x", html="<p>x</p>"),
        actor=editor,
        now=timezone.now(),
    )
    alert.refresh_from_db()
    assert alert.settled_at is not None
    assert not MailTemplateText.objects.exists(), "the default saved is the default"


def test_who_saves_over_a_colleagues_change_is_told(editor):
    outcomes: list[str] = []
    barrier = threading.Barrier(4)

    def save(number: int) -> None:
        from django.db import connection  # noqa: PLC0415

        barrier.wait()
        try:
            save_template(
                code=CODE, language="en", given=words(subject=f"Hello {number}"), opened=words(), actor=editor, now=timezone.now()
            )
            outcomes.append("saved")
        except WordingChanged:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["saved", "told", "told", "told"]
    assert MailTemplateText.objects.count() == 1


def test_unknown_mails_and_languages_are_not_found(browser):
    assert browser.get("/mail-templates/accounts.nothing/en/").status_code == 404
    assert browser.get(f"/mail-templates/{CODE}/xx/").status_code == 404
