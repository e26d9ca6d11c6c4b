"""Reading a file back into the rows that were written, whoever saved it since: bounded, and never trusted (EXP-X4, U1, U2).

A spreadsheet that is saved again holds the same cells in other bytes. So each cell is written anew as the writer of exports
would have: what comes out equal was equal.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import IO, Any, NamedTuple
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from defusedxml.common import DefusedXmlException
from defusedxml.sax import make_parser
from django.utils.translation import gettext as _

from core.errors import DomainError
from kit.exports.cell_sql import DATE_STYLE, DATETIME_STYLE, NUMBER_STYLE
from kit.exports.resource import ExportColumn

PARTS = 100
LAST_ROW = 1_048_576
WIDEST = 2_000  # columns
LONGEST = 1 << 20  # bytes of one text or CSV record
UNUSUAL = re.compile("[\x01-\x1f\x7f\ufffe\uffff&<>\\\\]|\\A | \\Z")
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "&#92;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
DAY = 86_400_000  # milliseconds
EPOCH = 25_569  # days from the spreadsheet's first day to 1970


class Unreadable(DomainError):
    """The file is none that could be read safely, or none at all."""

    code = "file_unreadable"
    status = 422


class Cell(NamedTuple):
    kind: str  # the file's own: s, inlineStr, str, b, n or nothing
    text: str
    is_formula: bool = False


@dataclass(frozen=True)
class Bounds:
    """How much a file may hold, packed and unpacked, in bytes."""

    packed: int
    unpacked: int


class Workbook:
    """An XLSX, sheet by sheet. Raises Unreadable, at once or while it is read."""

    def __init__(self, file: IO[bytes], bounds: Bounds) -> None:
        try:
            self.package = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            raise Unreadable(_("This is no XLSX file, or it is cut off.")) from None
        parts = self.package.infolist()
        # A part never yields more than the size it declares, so that these bounds hold whatever it says.
        if len(parts) > PARTS or sum(part.file_size for part in parts) > bounds.unpacked:
            raise Unreadable(_("The file is too large when it is unpacked."))
        if any(part.flag_bits & 1 for part in parts):
            raise Unreadable(_("The file is locked with a password."))
        self.names = {part.filename for part in parts}
        self.strings: list[str] = []
        if "xl/sharedStrings.xml" in self.names:
            self.parse("xl/sharedStrings.xml", SharedStrings(self.strings))

    def sheets(self) -> list[tuple[str, str]]:
        """(name, part) of each, in order."""
        links, names = Elements("Relationship"), Elements("sheet")
        self.parse("xl/_rels/workbook.xml.rels", links)
        self.parse("xl/workbook.xml", names)
        targets = {link.get("Id"): str(link.get("Target", "")) for link in links.found}
        found = []
        for sheet in names.found:
            key = next((value for name, value in sheet.items() if name.rpartition(":")[2] == "id"), "")
            target = targets.get(key, "").lstrip("/")
            found.append((str(sheet.get("name", "")), target if target.startswith("xl/") else f"xl/{target}"))
        return found

    def rows(self, part: str, take: Callable[[list[Cell]], None]) -> None:
        """Hand each row's cells to `take`, which may raise Enough."""
        self.parse(part, SheetRows(self.strings, take))

    def parse(self, part: str, handler: ContentHandler) -> None:
        if part not in self.names:
            raise Unreadable(_("The file lacks a part that every XLSX has."))
        parser = make_parser()
        parser.forbid_dtd = True
        parser.setContentHandler(handler)
        try:
            with self.package.open(part) as stream:
                parser.parse(stream)
        except Enough:
            pass
        except (SAXException, DefusedXmlException, zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError):
            raise Unreadable(_("The file is damaged, or holds what no export holds.")) from None


class Enough(Exception):
    """What was wanted has been read."""


class Elements(ContentHandler):
    """The attributes of every element of one name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.found = name, list[dict[str, str]]()

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802 - SAX's name
        if name.rpartition(":")[2] == self.name:
            self.found.append(dict(attrs.items()))


class Texts(ContentHandler):
    """Collects text where it is wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.length = 0
        self.collecting = False

    def characters(self, content: str) -> None:
        if self.collecting:
            self.length += len(content)
            if self.length > LONGEST:
                raise Unreadable(_("A cell of the file is longer than any can be."))
            self.parts.append(content)

    def take(self) -> str:
        text = "".join(self.parts)
        self.parts, self.length, self.collecting = [], 0, False
        return text


class SharedStrings(Texts):
    def __init__(self, strings: list[str]) -> None:
        super().__init__()
        self.strings, self.phonetic = strings, False

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802
        local = name.rpartition(":")[2]
        self.phonetic = self.phonetic or local == "rPh"
        self.collecting = local == "t" and not self.phonetic

    def endElement(self, name: str) -> None:  # noqa: N802
        local = name.rpartition(":")[2]
        self.collecting = False
        if local == "rPh":
            self.phonetic = False
        elif local == "si":
            self.strings.append(self.take())


class SheetRows(Texts):
    def __init__(self, strings: list[str], take: Callable[[list[Cell]], None]) -> None:
        super().__init__()
        self.strings, self.hand_over = strings, take
        self.cells: list[Cell] = []
        self.kind, self.is_formula, self.row = "", False, 0

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802
        match name.rpartition(":")[2]:
            case "row":
                self.cells = []
                self.fill_rows(attrs.get("r"))
            case "c":
                self.fill_cells(attrs.get("r"))
                self.kind, self.is_formula = attrs.get("t", ""), False
            case "f":
                self.is_formula = True
            case "v" | "t":
                self.collecting = True

    def endElement(self, name: str) -> None:  # noqa: N802
        match name.rpartition(":")[2]:
            case "v" | "t":
                self.collecting = False
            case "c":
                self.cells.append(self.cell())
            case "row":
                self.row += 1
                self.hand_over(self.cells)

    def fill_rows(self, number: str | None) -> None:
        """Rows that the file leaves out hold nothing."""
        place = int(number[:8]) - 1 if number and number.isdecimal() else self.row
        if place >= LAST_ROW:
            raise Unreadable(_("The file is damaged, or holds what no export holds."))
        while self.row < place:
            self.row += 1
            self.hand_over([])

    def fill_cells(self, reference: str | None) -> None:
        letters = (reference or "").rstrip("0123456789")
        place = 0
        for letter in letters[:4]:
            place = place * 26 + (ord(letter) & 31)
        if max(place, len(self.cells)) > WIDEST:
            raise Unreadable(_("The file has more columns than any export."))
        self.cells += [Cell("", "")] * (place - 1 - len(self.cells))

    def cell(self) -> Cell:
        text = self.take()
        if self.kind == "s":
            if not text.isdecimal() or int(text[:9]) >= len(self.strings):
                raise Unreadable(_("The file is damaged, or holds what no export holds."))
            text = self.strings[int(text[:9])]
        return Cell(self.kind, text, self.is_formula)


def written_again(columns: Sequence[ExportColumn], cells: Sequence[Cell]) -> bytes:
    """The row as the writer of exports writes it (kit.exports.cell_sql says the same in SQL); cells too many are added."""
    padded = [*cells, *[Cell("", "")] * (len(columns) - len(cells))]
    parts = [xml_cell(column.kind, cell) for column, cell in zip(columns, padded, strict=False)]
    parts += [text_cell(cell.text) for cell in padded[len(columns) :] if cell.text]
    return f"<row>{''.join(parts)}</row>\n".encode("utf-8", "replace")


def xml_cell(kind: str, cell: Cell) -> str:
    is_text = cell.kind in ("s", "inlineStr", "str")
    if not cell.text:
        return "<c/>"
    if not is_text and (number := plain_number(cell.text)) is not None:
        match kind:
            case "number":
                return f'<c s="{NUMBER_STYLE}"><v>{number}</v></c>'
            case "boolean" if cell.kind == "b":
                return f'<c t="b"><v>{number}</v></c>'
            case "date":
                return f'<c s="{DATE_STYLE}"><v>{number}</v></c>'
            case "datetime":
                moment = round((float(cell.text) - EPOCH) * DAY)
                return f'<c s="{DATETIME_STYLE}"><v>{repr(moment / DAY + EPOCH).removesuffix(".0")}</v></c>'
    return text_cell(cell.text)


def plain_number(text: str) -> str | None:
    """Fifteen digits without an exponent, as far as it is a number: programs write 0.1 as 0.10000000000000001, or 1e-1."""
    try:
        rounded = Decimal(f"{float(text):.15g}")
        plain = format(rounded, "f")
    except (ValueError, InvalidOperation, OverflowError):
        return None
    if not rounded.is_finite() or len(plain) > 400:
        return None
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def text_cell(text: str) -> str:
    if not UNUSUAL.search(text):
        return f'<c t="inlineStr"><is><t>{text}</t></is></c>'
    escaped = "".join(ESCAPES.get(char, char) for char in text)
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escaped}</t></is></c>'


def csv_records(file: IO[bytes]) -> Iterator[bytes]:
    """The records of a CSV file as they stand in it; a line end within quotes is a part of its record."""
    record, quotes = b"", 0
    while line := file.readline(LONGEST + 1):
        record += line
        quotes += line.count(b'"')
        if len(record) > LONGEST:
            raise Unreadable(_("A line of the file is longer than any of an export."))
        if quotes % 2 == 0:
            yield record
            record, quotes = b"", 0
    if record:
        yield record
