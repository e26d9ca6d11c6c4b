"""The files themselves: an XLSX packed while it is written, sheet after sheet, and CSV. Flat memory, whatever the rows."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from kit.enums import ExportFormat
from kit.exports.cell_sql import csv_query, xlsx_query
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


def write(file: IO[bytes], *, resource: type[ListResource], queryset: QuerySet[Any], form: str, title: str, progress: Progress) -> int:
    """Write the rows of `queryset` to `file`; how many they were. `progress(rows)` is called now and then and may raise.

    One statement in one transaction: the file is one moment's truth. Times are those of the current time zone.
    """
    columns = resource.kinds(queryset)
    pack = write_xlsx if form == ExportFormat.XLSX else write_csv
    try:
        sql, params = resource.rows(queryset).query.sql_with_params()
    except EmptyResultSet:  # Django knows that nothing can match, and gives no statement
        return pack(file, columns, iter(()), title)
    statement = (xlsx_query if form == ExportFormat.XLSX else csv_query)(columns, sql)
    # psycopg reads % as a placeholder only where there are parameters.
    statement = statement if params else statement.replace("%%", "%")
    with transaction.atomic(), connection.cursor() as cursor:
        # A file may take longer than a page; parallel workers would each take memory for a sort that an index saves.
        cursor.execute(
            "SELECT set_config('TimeZone', %s, true), set_config('statement_timeout', '0', true)", [str(timezone.get_current_timezone())]
        )
        with cursor.cursor.copy(statement, params or None) as copy:
            return pack(file, columns, batches(copy, progress), title)


def batches(copy: Any, progress: Progress) -> Iterator[tuple[int, bytes]]:
    """(rows, bytes) of about CHUNK bytes each, cut between rows; PostgreSQL sends one row a message."""
    buffer, rows, size, done = [], 0, 0, 0
    for data in copy:
        buffer.append(bytes(data))
        rows += 1
        size += len(data)
        if size >= CHUNK:
            done += rows
            yield rows, b"".join(buffer)
            buffer, rows, size = [], 0, 0
        if not (done + rows) % PROGRESS_ROWS:
            progress(done + rows)
    if rows:
        yield rows, b"".join(buffer)
    progress(done + rows)


def write_csv(file: IO[bytes], columns: list[ExportColumn], lines: Iterator[tuple[int, bytes]], title: str = "") -> int:
    head = io.StringIO()
    csv.writer(head, lineterminator="\n").writerow([column.name for column in columns])
    file.write(BYTE_ORDER_MARK + head.getvalue().encode())
    total = 0
    for rows, data in lines:
        file.write(data)
        total += rows
    return total


def write_xlsx(file: IO[bytes], columns: list[ExportColumn], lines: Iterator[tuple[int, bytes]], title: str) -> int:
    total, sheets, room, size = 0, 0, 0, 0
    sheet: IO[bytes] | None = None
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for rows, data in lines:
            total += rows
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
        write_frame(package, sheets, title)
    return total


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
    names = "".join(f'<c s="1" t="inlineStr"><is><t>{escape(column.name)}</t></is></c>' for column in columns)
    selected = ' tabSelected="1"' if number == 1 else ""
    sheet.write(
        f'{HEAD}<worksheet xmlns="{MAIN}"><sheetViews><sheetView{selected} workbookViewId="0"><pane ySplit="1" topLeftCell="A2"'
        f' activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>{widths}</cols><sheetData><row>{names}</row>\n'.encode()
    )
    return sheet


def close_sheet(sheet: IO[bytes] | None) -> None:
    if sheet is not None:
        sheet.write(b"</sheetData></worksheet>")
        sheet.close()


def write_frame(package: zipfile.ZipFile, sheets: int, title: str) -> None:
    """The parts that name the sheets; written last, when their number is known."""
    numbers = range(1, sheets + 1)
    name = "".join(char for char in title if char not in "[]:*?/\\'")[:24] or "Export"
    entries = "".join(f'<sheet name={quoteattr(name if n == 1 else f"{name} {n}")} sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
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
