"""The fragment that was searched for, marked where it stands."""

import re

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

ADDRESS = re.compile(r"0x[0-9a-fA-F]{40,64}")
ENDS = 6, 4  # letters of an address that are always shown


def marked(text: str, fragments: list[str]) -> SafeString:
    """The text as HTML, every fragment in it marked, without regard to case; an address is cut around what was found in it."""
    spans = merged([match.span() for fragment in fragments for match in re.finditer(re.escape(fragment), text, re.IGNORECASE)])
    if ADDRESS.fullmatch(text):
        return cut(text, spans)
    parts, place = [], 0
    for start, end in spans:
        parts += [escape(text[place:start]), "<mark>", escape(text[start:end]), "</mark>"]
        place = end
    return mark_safe("".join([*parts, escape(text[place:])]))  # noqa: S308 - every part is escaped


def merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def cut(address: str, spans: list[tuple[int, int]]) -> SafeString:
    """Both ends of the address and what was found in between; the rest is an ellipsis."""
    length = len(address)
    found = {place for start, end in spans for place in range(start, end)}
    kept = found | set(range(ENDS[0])) | set(range(length - ENDS[1], length))
    parts, is_marked = [], False
    for place, char in enumerate(address):
        if place not in kept:
            if place - 1 in kept:
                parts.append("</mark>…" if is_marked else "…")
                is_marked = False
            continue
        if (place in found) != is_marked:
            parts.append("</mark>" if is_marked else "<mark>")
            is_marked = not is_marked
        parts.append(char)
    html = "".join([*parts, "</mark>" if is_marked else ""])
    return mark_safe(f'<span class="mono">{html}</span>')  # noqa: S308 - hexadecimal digits alone
