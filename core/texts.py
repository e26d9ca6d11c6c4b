"""The texts of pages and mails in the instance's languages (INS-04): collected from the sources, translated in `locale/`,
compiled at start. Babel does what GNU gettext would, so that no machine needs it installed."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.catalog import Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

BASE_DIR = Path(__file__).resolve().parent.parent
LOCALE_DIR = BASE_DIR / "locale"
TRANSLATED = ("fr", "lv")
# The same forms as Django's own catalogues, so that both are merged into one.
PLURALS = {
    "fr": "nplurals=2; plural=(n > 1);",
    "lv": "nplurals=3; plural=(n % 10 == 1 && n % 100 != 11 ? 0 : n != 0 ? 1 : 2);",
}
LAZY = ("gettext", "ngettext", "pgettext", "npgettext")
KEYWORDS = {name: DEFAULT_KEYWORDS.get(name) for name in (*LAZY, "_")}
KEYWORDS |= {f"{name}_lazy": DEFAULT_KEYWORDS.get(name) for name in LAZY}
SKIPPED = {"tests", "migrations", "var", "static", "bench", "simulators", "node_modules", "stack", "locale"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|</?[a-z]+")


def sources() -> Iterator[Path]:
    """The modules and templates whose texts people see."""
    for pattern in ("*.py", "*.html", "*.txt"):
        for path in sorted(BASE_DIR.rglob(pattern)):
            parts = path.relative_to(BASE_DIR).parts
            hidden = any(part.startswith(".") for part in parts)
            if not hidden and not SKIPPED & set(parts) and (path.suffix == ".py" or "templates" in parts):
                yield path


def collected() -> Catalog:
    """Every text of the sources; templates go through Django's own reader of them."""
    catalog = Catalog(fuzzy=False)
    for path in sources():
        text = path.read_text()
        if path.suffix != ".py":
            text = "\n".join(line.lstrip() for line in templatize(text).splitlines())
        for line, function, given, _comments in extract_python(io.BytesIO(text.encode()), KEYWORDS, (), {}):
            found: Any = given  # one text or several, whatever its declaration says
            texts = [found] if isinstance(found, str) else list(found)
            name = str(function)
            context = texts.pop(0) if name.startswith(("pgettext", "npgettext")) else None
            if texts and texts[0]:
                several = name.startswith(("ngettext", "npgettext"))
                place = (str(path.relative_to(BASE_DIR)), line)
                catalog.add(tuple(texts[:2]) if several else texts[0], locations=[place], context=context)
    return catalog


def file_of(language: str) -> Path:
    return LOCALE_DIR / language / "LC_MESSAGES" / "django.po"


def compiled_file_of(language: str) -> Path:
    return file_of(language).with_suffix(".mo")


def read(language: str) -> Catalog:
    with file_of(language).open("rb") as file:
        return read_po(file, locale=language)


def collect() -> None:
    """Bring the translations' files up to date with the sources: new texts stand empty, texts that have gone are left out."""
    present = collected()
    for language in TRANSLATED:
        known = read(language) if file_of(language).exists() else Catalog()
        fresh = Catalog(locale=language, project="Back office", charset="utf-8", fuzzy=False)
        for message in present:
            if message.id:
                old = known.get(message.id, message.context)
                fresh.add(message.id, old.string if old else None, context=message.context)
        file_of(language).parent.mkdir(parents=True, exist_ok=True)
        with file_of(language).open("wb") as file:
            write_po(file, fresh, omit_header=True, sort_output=True, width=0)
        head = (
            f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"MIME-Version: 1.0\\n"\n'
            f'"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n"Plural-Forms: {PLURALS[language]}\\n"\n\n'
        )
        file_of(language).write_text(head + file_of(language).read_text())


def is_stale(language: str = "") -> bool:
    """Whether a language, or any of them, changed since it was compiled."""
    if not language:
        return any(map(is_stale, TRANSLATED))
    source, compiled = file_of(language), compiled_file_of(language)
    return not compiled.exists() or compiled.stat().st_mtime <= source.stat().st_mtime


def compile_stale() -> None:
    """Compile the languages that changed; a process that reads one meanwhile reads the old one or the new one."""
    for language in filter(is_stale, TRANSLATED):
        draft = compiled_file_of(language).with_suffix(".draft")
        with draft.open("wb") as file:
            write_mo(file, read(language))
        draft.replace(compiled_file_of(language))


def faults(language: str) -> list[str]:
    """What keeps a language from being complete: texts without translation, placeholders or tags that differ, texts that have gone."""
    present, known, found = collected(), read(language), []
    for message in present:
        if not message.id:
            continue
        translation = known.get(message.id, message.context)
        if translation is None or not translation.string or not all(_strings(translation)):
            found.append(f"not translated: {_first(message)!r}")
            continue
        wanted = {frozenset(PLACEHOLDER.findall(one)) for one in ([message.id] if isinstance(message.id, str) else message.id)}
        found += [
            f"placeholders differ: {_first(message)!r} / {one!r}"
            for one in _strings(translation)
            if frozenset(PLACEHOLDER.findall(one)) not in wanted
        ]
    found += [
        f"no longer used: {_first(message)!r}" for message in known if message.id and present.get(message.id, message.context) is None
    ]
    return found


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else str(message.id[0])


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())
