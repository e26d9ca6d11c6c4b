"""From an event to the page of what it is about."""

from functools import cache

from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from audit.models import AuditEvent
from kit.details import DetailPage


@cache
def _pages() -> dict[str, tuple[str, str]]:
    """model label -> (url name, lookup) of its page on the issuer's face."""
    found: dict[str, tuple[str, str]] = {}

    def walk(patterns: list[URLPattern | URLResolver]) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns)
                continue
            page = getattr(pattern.callback, "view_class", None)
            if isinstance(page, type) and issubclass(page, DetailPage) and page.face == DetailPage.face and pattern.name:
                found.setdefault(page.model._meta.label_lower, (pattern.name, page.lookup))

    walk(get_resolver().url_patterns)
    return found


def subject_url(event: AuditEvent) -> str:
    """The address of the subject's page, "" where it has none."""
    name, lookup = _pages().get(event.subject_type, ("", ""))
    try:
        return reverse(name, args=[event.subject_reference]) if lookup in ("reference", "code") else ""
    except NoReverseMatch:
        return ""
