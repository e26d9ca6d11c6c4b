"""The small language in which the issuer words mails (NOT-01): placeholders such as {{ name }}, and `if` between fixed words.

It is Django's template engine with everything taken away but those: no tag that loads or includes, no filter but one, no
attribute of a value. What is written is checked token by token before anything compiles it, and the HTML that comes out
goes through an allow-list each time, whatever the values were.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from html.parser import HTMLParser
from urllib.parse import urlsplit

import nh3
from django.template import Context, Engine, Library, TemplateSyntaxError
from django.template.base import Lexer, TokenType
from django.template.defaultfilters import linebreaksbr
from django.template.defaulttags import do_if
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError

ALWAYS = ("instance_name", "base_url", "accent")  # known to every mail
VITAL = ("url", "link", "code")  # where the default has them, the mail is useless without
VARIABLE = re.compile(r"(?P<name>[a-z][a-z0-9_]*)(?P<filter>\|linebreaksbr)?")
CONDITION = re.compile(r'(?:if|elif) (?P<name>[a-z][a-z0-9_]*)(?: (?:==|!=) "[^"{}%]*")?')
LOOSE = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")

TAGS = {
    "a", "b", "blockquote", "br", "code", "div", "em", "h1", "h2", "h3", "hr", "i", "img", "li", "ol", "p", "pre", "s", "small", "span",
    "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "*": {"style", "align", "dir", "lang", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "table": {"width", "border", "cellpadding", "cellspacing", "role"},
    "td": {"width", "height", "colspan", "rowspan", "valign", "bgcolor"},
    "th": {"width", "height", "colspan", "rowspan", "valign", "bgcolor"},
}
SCHEMES = {"https", "http", "mailto", "tel"}
STYLES = {
    "background", "background-color", "border", "border-bottom", "border-collapse", "border-color", "border-left", "border-radius",
    "border-right", "border-spacing", "border-top", "color", "display", "font", "font-family", "font-size", "font-style", "font-weight",
    "height", "letter-spacing", "line-height", "list-style", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top",
    "max-width", "min-width", "overflow-wrap", "padding", "padding-bottom", "padding-left", "padding-right", "padding-top", "text-align",
    "text-decoration", "text-transform", "vertical-align", "white-space", "width", "word-break",
}  # fmt: skip


class UnfitWording(DomainError):
    """A part of a mail that can't be rendered, names what isn't there, or holds HTML that mails may not."""

    code = "unfit_wording"
    status = 422


class _Bare(Engine):
    """An engine that finds no file, loads no library and knows one tag and one filter."""

    default_builtins: list[str] = []

    def __init__(self) -> None:
        super().__init__(loaders=[])
        words = Library()
        words.tag("if", do_if)
        words.filters["linebreaksbr"] = linebreaksbr
        self.template_builtins = [words]


def fill(source: str, values: Mapping[str, str], *, escape: bool, field: str = "") -> str:
    """The source with its values. Raises UnfitWording, at `field`, for what isn't of this language."""
    check(source, values, html=escape, field=field)
    try:
        return str(_Bare().from_string(source).render(Context(dict(values), autoescape=escape)))
    except TemplateSyntaxError:
        raise UnfitWording(
            _("Each {% if %} needs its own {% endif %} after it, and {% else %} stands between them."), field=field
        ) from None


def check(source: str, known: Iterable[str], *, html: bool, field: str = "") -> None:
    """Raise UnfitWording, at `field`, naming the first thing in the source that isn't text, a known placeholder or an `if`."""
    names = set(known)
    for kind, content in _tokens(source):
        if kind == TokenType.TEXT and (loose := LOOSE.search(content)):
            raise UnfitWording(_("“%(mark)s” isn't closed, or opens nothing.") % {"mark": loose[0]}, field=field)
        if kind == TokenType.COMMENT:
            raise UnfitWording(_("Leave out comments: {# … #}."), field=field)
        if kind == TokenType.VAR:
            match = VARIABLE.fullmatch(content)
            if match is None or (match["filter"] and not html):
                raise UnfitWording(_("“%(given)s” is no placeholder: write its name alone.") % {"given": content[:60]}, field=field)
        elif kind == TokenType.BLOCK:
            if content in ("else", "endif"):
                continue
            match = CONDITION.fullmatch(content)
            if match is None:
                words = _("“%(given)s” can't stand in a mail: only if, elif, else and endif can, with one placeholder and one fixed word.")
                raise UnfitWording(words % {"given": content[:60]}, field=field)
        else:
            continue
        if match["name"] not in names:
            words = _("There is no placeholder “%(name)s” here. There are: %(names)s.")
            raise UnfitWording(words % {"name": match["name"][:60], "names": ", ".join(sorted(names))}, field=field)


def placeholders(source: str) -> set[str]:
    """The names of the values that are printed."""
    return {match["name"] for kind, content in _tokens(source) if kind == TokenType.VAR and (match := VARIABLE.fullmatch(content))}


def clean_html(html: str) -> str:
    """What of the HTML a mail may hold."""
    return nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=None, filter_style_properties=STYLES)


def check_html(source: str, examples: Mapping[str, str]) -> None:
    """Raise UnfitWording naming the first tag, attribute or address that `clean_html` would take away, in whichever branch it stands."""
    pieces = [
        content if kind == TokenType.TEXT else examples.get(content.split("|")[0], "") for kind, content in _tokens(source)
        if kind in (TokenType.TEXT, TokenType.VAR)
    ]  # fmt: skip
    reader = _Reader()
    reader.feed("".join(pieces))
    reader.close()


class _Reader(HTMLParser):
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            raise UnfitWording(_("Mails may not hold <%(tag)s>.") % {"tag": tag[:40]}, field="html")
        for name, value in attrs:
            if name not in ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set()):
                raise UnfitWording(_("Mails may not hold “%(name)s” in <%(tag)s>.") % {"name": name[:40], "tag": tag}, field="html")
            if name in ("href", "src") and not _is_address(value or ""):
                raise UnfitWording(
                    _("“%(address)s” is no address that a mail may lead to.") % {"address": (value or "")[:80]}, field="html"
                )

    def handle_decl(self, decl: str) -> None:
        raise UnfitWording(_("Write only what stands between logo and foot: the frame of the mail comes by itself."), field="html")

    def handle_comment(self, data: str) -> None:
        raise UnfitWording(_("Leave out comments: <!-- … -->."), field="html")


def _is_address(value: str) -> bool:
    try:
        return urlsplit(value.strip()).scheme in SCHEMES
    except ValueError:
        return False


def _tokens(source: str) -> Iterator[tuple[TokenType, str]]:
    for token in Lexer(source).tokenize():
        yield token.token_type, token.contents if token.token_type == TokenType.TEXT else token.contents.strip()
