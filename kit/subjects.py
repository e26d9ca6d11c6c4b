"""From an event, an alert or a notification to the page of what it is about."""

from functools import cache
from typing import Any

from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.enums import Face
from core.subjects import type_label
from kit.details import DetailPage
from kit.pages import ANY_FACE


@cache
def pages_of_subjects(face: str = Face.ISSUER) -> dict[str, tuple[str, str]]:
    """model label -> (url name, lookup) of its page on the face."""
    found: dict[str, tuple[str, str]] = {}

    def walk(patterns: list[URLPattern | URLResolver]) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns)
                continue
            page = getattr(pattern.callback, "view_class", None)
            if isinstance(page, type) and issubclass(page, DetailPage) and page.face in (face, ANY_FACE) and pattern.name:
                found.setdefault(page.model._meta.label_lower, (pattern.name, page.lookup))

    walk(get_resolver().url_patterns)
    return found


def subject_url(subject_type: str, reference: str, face: str = Face.ISSUER) -> str:
    """The address of the subject's page on the face, "" where it has none."""
    name, lookup = pages_of_subjects(face).get(subject_type, ("", ""))
    try:
        return reverse(name, args=[reference]) if reference and lookup in ("reference", "code") else ""
    except NoReverseMatch:
        return ""


def subject_link(subject_type: str, reference: str, face: str = Face.ISSUER) -> SafeString:
    """The subject's reference alone: a link where it has a page."""
    name, url = format_html('<span class="mono">{}</span>', reference), subject_url(subject_type, reference, face)
    return format_html('<a href="{}">{}</a>', url, name) if url else name


def subject_html(row: Any, face: str = Face.ISSUER) -> SafeString:
    """What a row with `subject_type` and `subject_reference` is about: a link where that has a page."""
    kind, reference = type_label(row.subject_type).capitalize(), row.subject_reference
    url = subject_url(row.subject_type, reference, face)
    if url:
        return format_html('{} <a class="inner mono" href="{}">{}</a>', kind, url, reference)
    return format_html('{} <span class="mono">{}</span>', kind, reference)
