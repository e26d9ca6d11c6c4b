"""SVG by allow-list: what draws stays, what runs, loads or hides goes (AST-08, INS-01, U3).

Written out while it is parsed, so that nothing unknown is ever kept. The library for it (svg-hush) lets references to this
site's own addresses pass and answers deep nesting with fifty times its size.
"""

import re
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape, quoteattr

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

NAMESPACE = "http://www.w3.org/2000/svg"
XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
MOST_ELEMENTS = 5_000
MOST_USES = 24  # uses of uses multiply; so few can't multiply far
DEEPEST = 64

ELEMENTS = frozenset(
    [
        "svg",
        "g",
        "defs",
        "symbol",
        "use",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "text",
        "tspan",
        "textPath",
        "linearGradient",
        "radialGradient",
        "stop",
        "clipPath",
        "mask",
        "pattern",
        "marker",
        "title",
        "desc",
        "style",
    ]
)
UNWRAPPED = frozenset({"a", "switch"})  # their children are drawn, they themselves do nothing
DRAWN = frozenset(["path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "use"])
ATTRIBUTES = frozenset(
    [
        "id",
        "class",
        "x",
        "y",
        "x1",
        "y1",
        "x2",
        "y2",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "fx",
        "fy",
        "fr",
        "dx",
        "dy",
        "d",
        "points",
        "width",
        "height",
        "viewBox",
        "preserveAspectRatio",
        "transform",
        "pathLength",
        "offset",
        "gradientUnits",
        "gradientTransform",
        "spreadMethod",
        "patternUnits",
        "patternContentUnits",
        "patternTransform",
        "clipPathUnits",
        "maskUnits",
        "maskContentUnits",
        "markerWidth",
        "markerHeight",
        "markerUnits",
        "refX",
        "refY",
        "orient",
        "rotate",
        "textLength",
        "lengthAdjust",
        "startOffset",
        "version",
        "fill",
        "fill-opacity",
        "fill-rule",
        "stroke",
        "stroke-width",
        "stroke-opacity",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-miterlimit",
        "stroke-dasharray",
        "stroke-dashoffset",
        "color",
        "opacity",
        "display",
        "visibility",
        "overflow",
        "clip-path",
        "clip-rule",
        "mask",
        "marker-start",
        "marker-mid",
        "marker-end",
        "stop-color",
        "stop-opacity",
        "paint-order",
        "vector-effect",
        "shape-rendering",
        "color-interpolation",
        "font-family",
        "font-size",
        "font-weight",
        "font-style",
        "font-variant",
        "font-stretch",
        "letter-spacing",
        "word-spacing",
        "text-anchor",
        "text-decoration",
        "dominant-baseline",
        "alignment-baseline",
        "baseline-shift",
        "mix-blend-mode",
        "isolation",
        "transform-origin",
    ]
)
FUNCTIONS = frozenset(
    [
        "url",
        "rgb",
        "rgba",
        "hsl",
        "hsla",
        "matrix",
        "translate",
        "translatex",
        "translatey",
        "scale",
        "scalex",
        "scaley",
        "rotate",
        "skewx",
        "skewy",
        "calc",
    ]
)
CALLS = re.compile(r"([\w-]*)\s*\(")
LOCAL = re.compile(r"""url\(\s*(["']?)#[\w.:-]+\1\s*\)""", re.IGNORECASE)
SELECTOR = re.compile(r"[\w\s.,#*>+~-]+")
REFERENCE = re.compile(r"#[\w.:-]+")
NUMBER = re.compile(r"\s*(\d{1,6}(?:\.\d{1,6})?)\s*(?:px|pt)?\s*")


class UnfitSvg(ValueError):
    """It is no SVG, or one that can't be made harmless; `reason` is one of "broken", "large", "image", "style", "empty"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def clean_svg(raw: bytes) -> tuple[bytes, float, float]:
    """The picture alone, with its width and height: no script, no event, no link, no reference but to its own parts, no
    entity, no metadata. Raises UnfitSvg."""
    writer = _Writer()
    try:
        parser = DefusedXMLParser(target=writer, forbid_dtd=False, forbid_entities=True, forbid_external=True)
        parser.feed(raw)
        parser.close()
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        if isinstance(error, UnfitSvg):
            raise
        raise UnfitSvg("broken") from error
    if not writer.draws:
        raise UnfitSvg("empty")
    return "".join(writer.parts).encode(), *writer.size


def harmless(value: str) -> bool:
    """Whether a value of an attribute or of a style refers to nothing outside: known functions, local references, no escapes."""
    if any(sign in value for sign in "\\@<>&{}") or "/*" in value or len(value) > 200_000:
        return False
    calls = [name.lower() for name in CALLS.findall(value)]
    return FUNCTIONS.issuperset(calls) and calls.count("url") == len(LOCAL.findall(value))


class _Writer:
    """The parser's target: writes what is allowed as it comes."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.open: list[str] = []  # the way down: names that were written, "" for those that weren't
        self.skipped = 0  # depth inside something that goes with all it holds
        self.elements = self.uses = 0
        self.draws = False
        self.size = (0.0, 0.0)
        self.style: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _brace, name = tag.removeprefix("{").rpartition("}")
        self.elements += 1
        self.uses += name == "use"
        if self.elements > MOST_ELEMENTS or len(self.open) + self.skipped >= DEEPEST or self.uses > MOST_USES:
            raise UnfitSvg("large")
        if not self.open and (namespace, name) != (NAMESPACE, "svg"):
            raise UnfitSvg("broken")
        if namespace == NAMESPACE and name == "image":
            raise UnfitSvg("image")
        if self.skipped or namespace != NAMESPACE or name not in ELEMENTS | UNWRAPPED:
            self.skipped += 1
        elif name in UNWRAPPED:
            self.open.append("")
        else:
            if not self.open:
                self.size = measured(attributes)
            kept = {key: text for key, text in map(self.kept, attributes.items()) if key}
            self.draws |= name in DRAWN
            if not self.open:
                kept = {"xmlns": NAMESPACE} | kept
            self.parts.append(f"<{name}")
            self.parts += [f" {key}={quoteattr(text)}" for key, text in kept.items()]
            self.parts.append(">")
            self.open.append(name)

    @staticmethod
    def kept(item: tuple[str, str]) -> tuple[str, str]:
        """The attribute as it is written, or an empty name."""
        name, value = item
        if name in ("href", XLINK_HREF):
            return ("href", value) if REFERENCE.fullmatch(value) else ("", "")
        if name == "style":
            declarations = [part.strip() for part in value.split(";")]
            return "style", ";".join(part for part in declarations if part and declared(part))
        return (name, value) if name in ATTRIBUTES and harmless(value) else ("", "")

    def data(self, text: str) -> None:
        if self.skipped or not self.open:
            return
        if self.open[-1] == "style":
            self.style.append(text)
        elif self.open[-1] in ("text", "tspan", "textPath", "title", "desc"):
            self.parts.append(escape(text))

    def end(self, tag: str) -> None:
        if self.skipped:
            self.skipped -= 1
            return
        name = self.open.pop()
        if name == "style":
            self.parts.append(escape(clean_sheet("".join(self.style))))
            self.style.clear()
        if name:
            self.parts.append(f"</{name}>")

    def close(self) -> None:
        return None


def declared(part: str) -> bool:
    """Whether one declaration of a style is about drawing."""
    name, _colon, value = part.partition(":")
    return name.strip().lower() in ATTRIBUTES and harmless(value)


def clean_sheet(text: str) -> str:
    """The plain rules of a style sheet (`.a, #b { fill: red }`). What could load, import or nest refuses the picture: without its
    rules it would look like something else. Raises UnfitSvg."""
    *rules, rest = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL).split("}")
    kept = []
    for rule in rules:
        selector, brace, body = rule.partition("{")
        if not (brace and SELECTOR.fullmatch(selector) and harmless(body)):
            raise UnfitSvg("style")
        kept.append(f"{selector.strip()}{{{';'.join(part.strip() for part in body.split(';') if declared(part))}}}")
    if rest.strip():
        raise UnfitSvg("style")
    return "".join(kept)


def measured(attributes: dict[str, str]) -> tuple[float, float]:
    """Width and height in its own units, by its box or else by its sides. Raises UnfitSvg: without either nothing can place it."""
    box = attributes.get("viewBox", "").replace(",", " ").split()
    sides = box[2:] if len(box) == 4 else [attributes.get("width", ""), attributes.get("height", "")]
    found = [NUMBER.fullmatch(side) for side in sides]
    width, height = (float(match[1]) if match else 0.0 for match in found)
    if not (width > 0 and height > 0):
        raise UnfitSvg("size")
    return width, height
