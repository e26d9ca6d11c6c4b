"""English, French and Latvian are complete, and nothing that a person reads is left out of them (INS-04)."""

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from django.core.management import call_command
from django.test import override_settings
from django.utils import translation
from django.utils.translation import trans_real

from accounts.enums import Face
from accounts.tests.factories import sign_in, user
from backoffice.tests.doors import address_of, pages
from core import texts

OPEN, CLOSE = "⟦", "⟧"
MARKED = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
WORDS = re.compile(r"[A-Za-z]{3,}")
READ = ("aria-label", "title", "placeholder", "alt")  # attributes that people read or hear
UNREAD = {"script", "style", "svg", "code", "pre", "time", "textarea"}
CODES = ("mono", "address")  # identifiers, the same in every language


@pytest.mark.spec("INS-04")
@pytest.mark.parametrize("language", texts.TRANSLATED)
def test_a_language_is_complete(language):
    faults = texts.faults(language)
    assert not faults, "\n".join(faults)


@pytest.mark.spec("INS-04")
def test_texts_are_collected_of_modules_and_templates():
    found = texts.collected()
    places = {path.rsplit(".", 1)[-1] for message in found for path, _line in message.locations}
    assert places >= {"py", "html"}
    assert found.get("Reference") is not None  # gettext_lazy of a list's column
    assert any(not isinstance(message.id, str) for message in found), "plural forms"


class Texts(HTMLParser):
    """What a person reads or hears of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.texts += [attributes[name] for name in READ if attributes.get(name)]
        if tag in ("input", "img", "br", "meta", "link", "hr", "use", "path", "wbr", "col"):
            return
        css = (attributes.get("class") or "").split()
        if self.silent or tag in UNREAD or any(name in css for name in CODES):
            self.silent.append(tag)

    def handle_endtag(self, tag):
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()

    def handle_data(self, data):
        if not self.silent and data.strip():
            self.texts.append(" ".join(data.split()))


@pytest.fixture
def marked_language(tmp_path):
    """A language in which every text that can be translated stands between brackets."""
    catalog = Catalog(locale="lv", fuzzy=False)
    for message in texts.collected():
        if message.id:
            forms = (message.id,) * 3 if isinstance(message.id, str) else (message.id[0], message.id[1], message.id[1])
            strings = tuple(f"{OPEN}{form}{CLOSE}" for form in forms)
            catalog.add(message.id, strings[0] if isinstance(message.id, str) else strings, context=message.context)
    folder = tmp_path / "lv" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, catalog)
    with override_settings(LOCALE_PATHS=[tmp_path]):
        forget_catalogues()
        yield
    forget_catalogues()


def forget_catalogues() -> None:
    trans_real._translations = {}
    trans_real._default = None
    translation.activate(translation.get_language() or "en")


def written_in_the_sources() -> set[str]:
    """Every text constant of the modules and every bare text of the templates: what is data can't be among them."""
    found = set()
    for path in texts.sources():
        if "demo" in path.as_posix():
            continue
        if path.suffix == ".py":
            found |= {
                " ".join(node.value.split())
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
        else:
            reader = Texts()
            reader.feed(re.sub(r"{%.*?%}|{{.*?}}", " ", path.read_text()))
            found |= set(reader.texts)
    return {text for text in found if WORDS.search(text)}


@pytest.mark.django_db
@pytest.mark.spec("INS-04")
@pytest.mark.parametrize("face", [Face.ISSUER, Face.MERCHANT])
def test_no_page_says_anything_that_can_not_be_translated(face, marked_language):
    sources, someone, made, bare = written_in_the_sources(), user(face, language="lv"), {}, []
    browser = sign_in(someone)
    for door in pages():
        if door.face not in (face, "any") or door.name == "account_logout":
            continue
        response = browser.get(address_of(door, someone, made))
        if response.status_code != 200 or not response.headers.get("Content-Type", "").startswith("text/html") or response.streaming:
            continue
        reader = Texts()
        reader.feed(response.content.decode())
        for text in reader.texts:
            left = " ".join(MARKED.sub(" ", text).split())
            fixed = door.name in FIXED_NAMES and left.islower()
            if WORDS.search(left) and left in sources and left not in PROPER and not fixed:
                bare.append((door.name, left))
    assert not bare, "\n".join(sorted({f"{name}: {left}" for name, left in bare}))


# Names, the same in every language; the first wallets are named when they are made, and can be renamed.
PROPER = {"English", "Français", "Latviešu", "Back office", "EUR", "Ctrl", "Enter", "Esc", "Europe/Riga", "Issuer", "Outside world"}
# Pages that show the names of an export's columns, which are the same for whoever reads the file.
FIXED_NAMES = {"schedule-edit", "schedule-create"}


@pytest.mark.spec("INS-04")
def test_the_command_names_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setattr(texts, "LOCALE_DIR", tmp_path)
    texts.collect()
    known = texts.read("fr")
    assert known.get("Reference") is not None
    faults = texts.faults("fr")
    assert any("not translated: 'Reference'" in fault for fault in faults)
    message = next(one for one in known if isinstance(one.id, str) and "%(" in one.id)
    file = texts.file_of("fr")
    file.write_text(file.read_text().replace(f'msgid "{message.id}"\nmsgstr ""', f'msgid "{message.id}"\nmsgstr "sans rien"'))
    assert any("placeholders differ" in fault for fault in texts.faults("fr"))


@pytest.mark.spec("INS-04")
def test_compiled_texts_are_read_and_compiled_once(monkeypatch, tmp_path):
    monkeypatch.setattr(texts, "LOCALE_DIR", tmp_path)
    texts.collect()
    assert texts.is_stale()
    call_command("texts", "compile")
    assert not texts.is_stale()
    before = Path(texts.compiled_file_of("fr")).stat().st_mtime_ns
    call_command("texts", "compile")
    assert Path(texts.compiled_file_of("fr")).stat().st_mtime_ns == before
