"""The files themselves: an XLSX packed while it is written, sheet after sheet, and CSV. Flat memory, whatever the rows."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.enums import ExportFormat
from kit.exports.cell_sql import csv_query, total_query, xlsx_query
from kit.exports.proof import Proof
from kit.exports.resource import ExportColumn, ListResource

ROWS_OF_SHEET = 1_048_576  # the header's row among them
BYTES_OF_SHEET = 1_500_000_000  # below zip's two gigabytes, which old readers don't pass
CHUNK = 1 << 17
PROGRESS_ROWS = 100
WIDTHS = {"number": 18, "boolean": 9, "date": 12, "datetime": 19}
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # tells spreadsheets that a CSV is UTF-8

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="5">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
Progress = Callable[[int], None]
Lines = Sequence[tuple[str, str]]


@dataclass
class Written:
    """What was written, as its export keeps it: `totals` are (column, asset's or currency's code, sum)."""

    columns: list[ExportColumn]
    proof: Proof
    totals: list[tuple[str, str, Decimal]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.proof.rows


Statement = Callable[[Written], Lines]


def write(
    file: IO[bytes],
    *,
    resource: type[ListResource],
    queryset: QuerySet[Any],
    form: str,
    title: str,
    progress: Progress,
    only: Sequence[str] = (),
    totals: Mapping[str, str] | None = None,
    statement: Statement | None = None,
) -> Written:
    """Write the rows of `queryset` to `file`. `progress(rows)` is called now and then and may raise.

    `only` are the names of the columns (all, where there are none); `totals` the names of columns that are summed, each with that
    of its asset's code; `statement` gives the lines of an XLSX's last sheet, which says what the file is (EXP-X4).
    One moment's truth: totals and rows come of the same snapshot. Times are those of the current time zone.
    """
    columns = [column for column in resource.kinds(queryset) if not only or column.name in only]
    written = Written(columns, Proof(form))
    pack = write_xlsx if form == ExportFormat.XLSX else write_csv
    try:
        sql, params = resource.rows(queryset, columns).query.sql_with_params()
        unordered, _same = resource.rows(queryset.order_by(), columns).query.sql_with_params()
    except EmptyResultSet:  # Django knows that nothing can match, and gives no statement
        pack(file, written, iter(()), title, statement)
        return written
    # psycopg reads % as a placeholder only where there are parameters.
    copied = (xlsx_query if form == ExportFormat.XLSX else csv_query)(columns, sql)
    copied = copied if params else copied.replace("%%", "%")
    outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        # A file may take longer than a page; parallel workers would each take memory for a sort that an index saves.
        cursor.execute(
            "SELECT set_config('TimeZone', %s, true), set_config('statement_timeout', '0', true)", [str(timezone.get_current_timezone())]
        )
        if totals:
            written.totals = read_totals(cursor, columns, unordered, params, totals)
        with cursor.cursor.copy(copied, params or None) as copy:
            pack(file, written, batches(copy, written.proof, progress), title, statement)
    return written


def read_totals(
    cursor: Any, columns: list[ExportColumn], sql: str, params: Sequence[Any], totals: Mapping[str, str]
) -> list[tuple[str, str, Decimal]]:
    """The sum of each such column by asset or currency, in one pass over the rows."""
    places = {column.name: place for place, column in enumerate(columns)}
    pairs = [(places[name], places[code]) for name, code in totals.items() if name in places and code in places]
    if not pairs:
        return []
    query = total_query(pairs, len(columns), sql)
    cursor.execute(query if params else query.replace("%%", "%"), params or None)
    return sorted((columns[place].name, code, total) for place, code, total in cursor.fetchall() if code and total is not None)


def batches(copy: Any, proof: Proof, progress: Progress) -> Iterator[tuple[int, bytes]]:
    """(rows, bytes) of about CHUNK bytes each, cut between rows; PostgreSQL sends one row a message."""
    buffer, rows, size, done = [], 0, 0, 0
    mark = proof.mark
    for message in copy:
        data = bytes(message)
        mark(data)
        buffer.append(data)
        rows += 1
        size += len(data)
        if size >= CHUNK:
            done += rows
            chunk = b"".join(buffer)
            proof.update(chunk)
            yield rows, chunk
            buffer, rows, size = [], 0, 0
        if not (done + rows) % PROGRESS_ROWS:
            progress(done + rows)
    if rows:
        chunk = b"".join(buffer)
        proof.update(chunk)
        yield rows, chunk
    progress(done + rows)


def csv_head(names: Sequence[str]) -> bytes:
    head = io.StringIO()
    csv.writer(head, lineterminator="\n").writerow(names)
    return BYTE_ORDER_MARK + head.getvalue().encode()


def write_csv(file: IO[bytes], written: Written, lines: Iterator[tuple[int, bytes]], title: str, statement: Statement | None) -> None:
    """What a CSV is, its export says in a signed file of its own: a line more in here would be a row to every reader."""
    head = csv_head([column.name for column in written.columns])
    written.proof.update(head)
    file.write(head)
    for _rows, data in lines:
        file.write(data)


def write_xlsx(file: IO[bytes], written: Written, lines: Iterator[tuple[int, bytes]], title: str, statement: Statement | None) -> None:
    columns = written.columns
    written.proof.update(head_row([column.name for column in columns]))
    sheets, room, size = 0, 0, 0
    sheet: IO[bytes] | None = None
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for count, data in lines:
            rows = count
            while rows:
                if sheet is None or room == 0 or size > BYTES_OF_SHEET:
                    close_sheet(sheet)
                    sheets, room, size = sheets + 1, ROWS_OF_SHEET - 1, 0
                    sheet = open_sheet(package, sheets, columns)
                part, rows_of_part = data, rows
                if rows > room:
                    cut = nth_line_end(data, room)
                    part, rows_of_part, data = data[:cut], room, data[cut:]
                sheet.write(part)
                rows, room, size = rows - rows_of_part, room - rows_of_part, size + len(part)
        if sheet is None:
            sheets, sheet = 1, open_sheet(package, 1, columns)
        close_sheet(sheet)
        name = "".join(char for char in title if char not in "[]:*?/\\'")[:24] or "Export"
        names = [name if number == 1 else f"{name} {number}" for number in range(1, sheets + 1)]
        if statement is not None:
            names.append(own_name(_("Provenance"), names))
            write_statement(package, len(names), statement(written))
        write_frame(package, names)


def own_name(wished: str, names: Sequence[str]) -> str:
    """A sheet's name that no other has: two of one name, in whatever case, and the file is called broken."""
    return wished if wished.lower() not in {name.lower() for name in names} else f"{wished} (2)"


def nth_line_end(data: bytes, number: int) -> int:
    place = 0
    for _line in range(number):
        place = data.index(b"\n", place) + 1
    return place


def open_sheet(package: zipfile.ZipFile, number: int, columns: list[ExportColumn]) -> IO[bytes]:
    sheet = package.open(f"xl/worksheets/sheet{number}.xml", "w")
    widths = "".join(
        f'<col min="{place}" max="{place}" width="{WIDTHS.get(column.kind, max(14, min(len(column.name) + 4, 28)))}" customWidth="1"/>'
        for place, column in enumerate(columns, start=1)
    )
    selected = ' tabSelected="1"' if number == 1 else ""
    sheet.write(
        f'{HEAD}<worksheet xmlns="{MAIN}"><sheetViews><sheetView{selected} workbookViewId="0"><pane ySplit="1" topLeftCell="A2"'
        f' activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>{widths}</cols><sheetData>'.encode()
    )
    sheet.write(head_row([column.name for column in columns]))
    return sheet


def head_row(names: Sequence[str]) -> bytes:
    cells = "".join(f'<c s="1" t="inlineStr"><is><t>{escape(name)}</t></is></c>' for name in names)
    return f"<row>{cells}</row>\n".encode()


def write_statement(package: zipfile.ZipFile, number: int, lines: Lines) -> None:
    """The sheet that says what the file is: a label and a text in each row."""
    bold, plain = '<c s="1" t="inlineStr"><is><t>', '<c t="inlineStr"><is><t xml:space="preserve">'
    rows = "".join(f"<row>{bold}{escape(label)}</t></is></c>{plain}{escape(text)}</t></is></c></row>\n" for label, text in lines)
    package.writestr(
        f"xl/worksheets/sheet{number}.xml",
        f'{HEAD}<worksheet xmlns="{MAIN}"><cols><col min="1" max="1" width="28" customWidth="1"/><col min="2" max="2" width="90"'
        f' customWidth="1"/></cols><sheetData>{rows}</sheetData></worksheet>',
    )


def close_sheet(sheet: IO[bytes] | None) -> None:
    if sheet is not None:
        sheet.write(b"</sheetData></worksheet>")
        sheet.close()


def write_frame(package: zipfile.ZipFile, names: Sequence[str]) -> None:
    """The parts that name the sheets; written last, when their number is known."""
    sheets = len(names)
    numbers = range(1, sheets + 1)
    entries = "".join(f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(names, start=1))
    links = "".join(f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers)
    types = "".join(f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{SHEET_TYPE}.worksheet+xml"/>' for n in numbers)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="{RELATION_TYPE}"/>'
        f'<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{SHEET_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{SHEET_TYPE}.styles+xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{OFFICE}/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{entries}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}<Relationship Id="rId{sheets + 1}"'
        f' Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
    }
    for path, content in parts.items():
        package.writestr(path, HEAD + content)
    package.writestr("xl/styles.xml", STYLES)


SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
RELATION_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
