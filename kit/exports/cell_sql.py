# ruff: noqa: S608 - every part is ours: kinds of columns and their numbers; the values travel as parameters
"""Cells written by PostgreSQL itself: a million rows pass through Python as bytes, not as objects.

Two layers over the list's own query, each evaluated once a row: `p.tN` is a column's value as text; around it stands what
the file's format asks for. What a cell may not hold is taken away here: control characters (no XML may hold them), formulas
(text is typed as text; in CSV it gets a leading '), digits past the fifteenth (a spreadsheet would round them: such numbers
go as text), letters past a cell's 32,767.
"""

from collections.abc import Sequence

from kit.exports.resource import ExportColumn

MAX_CELL = 32_767
# Octal, for E'' strings. Tab and line ends are kept.
BAD = "E'" + "".join(f"\\{code:03o}" for code in range(1, 32) if code not in (9, 10, 13)) + "\\177\\uFFFE\\uFFFF'"
# Most texts need nothing done, and translate() costs 15 microseconds a text: a regular expression finds those that do.
UNUSUAL = r"E'[\001-\037\177\uFFFE\uFFFF&<>\\\\]|^ | $'"
UNUSUAL_IN_CSV = r"E'[\001-\010\013\014\016-\037\177\uFFFE\uFFFF]|^[-=+@|\t\r\n]'"
FORMULA = r"E'^[-=+@|\t\r\n]'"
# Text format of COPY would escape backslashes and line ends, so they travel as character references too.
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\\\\": "&#92;", "\\n": "&#10;", "\\r": "&#13;", "\\t": "&#9;"}
NUMBER_STYLE, DATE_STYLE, DATETIME_STYLE = 2, 3, 4  # cellXfs in kit.exports.sheet


def prepared(column: ExportColumn, source: str, *, sheet: bool) -> str:
    """A column's value as text; a sheet counts days, CSV writes times out."""
    match column.kind:
        case "number":
            return f"trim_scale({source}::numeric)::text"
        case "boolean":
            return f"({source}::int)::text" if sheet else f"CASE WHEN {source} THEN 'true' WHEN NOT {source} THEN 'false' END"
        case "date":
            return f"({source}::date - DATE '1899-12-30')::text" if sheet else f"{source}::date::text"
        case "datetime" if sheet:
            # Whole milliseconds, which is what spreadsheets keep when they save a file again.
            return f"(round(date_part('epoch', {source}::timestamp) * 1000) / 86400000 + 25569)::text"
        case "datetime":
            return f"to_char({source}, 'YYYY-MM-DD\"T\"HH24:MI:SSTZH:TZM')"
        case "list":
            return f"left(array_to_string({source}, ', '), {MAX_CELL})"
        case "bytes":
            return f"left(encode({source}, 'hex'), {MAX_CELL})"
    return f"left({source}::text, {MAX_CELL})"


def xml_cell(column: ExportColumn, text: str) -> str:
    match column.kind:
        case "number":
            digits = f"length(ltrim(translate({text}, '-.', ''), '0'))"
            cell = (
                f"CASE WHEN length({text}) > 15 AND {digits} > 15 OR {text} IN ('NaN', 'Infinity', '-Infinity')"
                f" THEN '<c t=\"inlineStr\"><is><t>' || {text} || '</t></is></c>'"
                f" ELSE '<c s=\"{NUMBER_STYLE}\"><v>' || {text} || '</v></c>' END"
            )
        case "boolean":
            cell = f"'<c t=\"b\"><v>' || {text} || '</v></c>'"
        case "date":
            cell = f"'<c s=\"{DATE_STYLE}\"><v>' || {text} || '</v></c>'"
        case "datetime":
            cell = f"'<c s=\"{DATETIME_STYLE}\"><v>' || {text} || '</v></c>'"
        case _:
            clean = f"translate({text}, {BAD}, '')"
            escaped = clean
            for plain, reference in ESCAPES.items():
                escaped = f"replace({escaped}, E'{plain}', '{reference}')"
            # What is usual once it is clean is written as any other text: so it can be written again from what is read back.
            cell = (
                f"CASE WHEN {text} = '' THEN '<c/>' WHEN {text} ~ {UNUSUAL}"
                f" THEN CASE WHEN {clean} = '' THEN '<c/>' WHEN {clean} ~ {UNUSUAL}"
                f" THEN '<c t=\"inlineStr\"><is><t xml:space=\"preserve\">' || {escaped} || '</t></is></c>'"
                f" ELSE '<c t=\"inlineStr\"><is><t>' || {clean} || '</t></is></c>' END"
                f" ELSE '<c t=\"inlineStr\"><is><t>' || {text} || '</t></is></c>' END"
            )
    return f"coalesce({cell}, '<c/>')"


def csv_cell(column: ExportColumn, text: str) -> str:
    if column.kind in ("number", "boolean", "date", "datetime"):
        return text
    clean = f"translate({text}, {BAD}, '')"
    quoted = f"CASE WHEN {clean} ~ {FORMULA} THEN '''' ELSE '' END || {clean}"
    return f"CASE WHEN {text} ~ {UNUSUAL_IN_CSV} THEN {quoted} ELSE {text} END"


def xlsx_query(columns: list[ExportColumn], sql: str) -> str:
    """COPY that gives one `<row>` a line."""
    cells = " || ".join(xml_cell(column, f"p.t{place}") for place, column in enumerate(columns))
    return f"COPY (SELECT '<row>' || {cells} || '</row>' FROM {layer(columns, sql, sheet=True)}) TO STDOUT"


def csv_query(columns: list[ExportColumn], sql: str) -> str:
    cells = ", ".join(csv_cell(column, f"p.t{place}") for place, column in enumerate(columns))
    return f"COPY (SELECT {cells} FROM {layer(columns, sql, sheet=False)}) TO STDOUT (FORMAT csv)"


def layer(columns: list[ExportColumn], sql: str, *, sheet: bool) -> str:
    texts = ", ".join(f"{prepared(column, f'q.c{place}', sheet=sheet)} AS t{place}" for place, column in enumerate(columns))
    names = ", ".join(f"c{place}" for place in range(len(columns)))
    # OFFSET 0 keeps the planner from folding the layers into one, where each text would be made again at each mention.
    return f"(SELECT {texts} FROM ({sql}) AS q({names}) OFFSET 0) AS p"


def total_query(pairs: Sequence[tuple[int, int]], columns: int, sql: str) -> str:
    """(place of the column, code, sum) of each pair of places: an amount and the code of its asset."""
    names = ", ".join(f"c{place}" for place in range(columns))
    sets = ", ".join(f"({place}, q.c{code}, q.c{place})" for place, code in pairs)
    return (
        f"SELECT v.place, v.code, sum(v.amount) FROM ({sql}) AS q({names}), LATERAL (VALUES {sets}) AS v(place, code, amount) GROUP BY 1, 2"
    )
