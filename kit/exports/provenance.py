"""What a file is: its statement of itself, and whether it still is what was written (EXP-X4).

An XLSX carries the statement as its last sheet, beside a CSV stands a signed file. Whatever a file says of itself, the answer
to "is it unchanged?" comes from the export's own row and from the audit trail (kit.exports.proof says what that proves).
"""

import json
import re
from dataclasses import dataclass, field
from typing import IO, Any

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit import chain
from audit.selectors import timeline
from core import instance
from kit.enums import ExportFormat
from kit.exports import reading, sheet
from kit.exports.proof import MOST, Proof, differing_rows
from kit.exports.resource import ExportColumn
from kit.exports.sheet import Lines, Written
from kit.models import Export

REFERENCE = re.compile(r"EXP-[0-9A-HJKMNP-TV-Z]{8}")
SHOWN = 20  # differences
CODES = 100  # totals
STATEMENT_ROWS = 400
MADE = "exports.made"


def statement(export: Export, page: Any, written: Written) -> list[tuple[str, str]]:
    """(label, text) of everything that a reader of the file should know, in the language of the export."""
    rows = [
        (_("Export"), export.reference),
        (_("List"), export.title),
        (_("Criteria"), criteria_in_words(export, page)),
        (_("Rows"), str(written.rows)),
        *[
            (_("Total of %(column)s, %(code)s") % {"column": name, "code": code}, f"{total.normalize():f}")
            for name, code, total in written.totals[:CODES]
        ],
        (_("Columns"), ", ".join(column.name for column in written.columns)),
        (_("Time zone"), str(timezone.get_current_timezone())),
        (_("Made by"), f"{export.user} ({export.user.reference})"),
        (_("Made at"), timezone.localtime(export.created_at).isoformat(sep=" ", timespec="seconds")),
        (_("Instance"), f"{instance.value('instance.name')}, {settings.BASE_URL}"),
        (_("Hash of the rows"), f"HMAC-SHA256 {written.proof.hash}"),
        (_("To check it"), _("“Verify a file” among the exports of this instance, or the command verify_export.")),
    ]
    return [(label, "".join(char for char in text if char.isprintable())) for label, text in rows]


def criteria_in_words(export: Export, page: Any) -> str:
    chips = page.criteria.chips(page.address) if page.criteria else []
    said = "; ".join(f"{chip['label']}: {chip['value']}" for chip in chips)
    return said or _("None: every row that the person was allowed to see")


def kept(export: Export, page: Any, written: Written) -> dict[str, Any]:
    """What the export's row keeps of the file."""
    proof = written.proof
    return {
        "content_hash": proof.hash,
        "marks": proof.packed(),
        "statement": {
            "lines": [list(line) for line in statement(export, page, written)],
            "columns": [[column.name, column.kind] for column in written.columns],
            "column_marks": proof.columns,
            **({"sha256": proof.plain.hexdigest()} if export.format == ExportFormat.CSV else {}),
        },
    }


def signed(export: Export) -> dict[str, Any]:
    """The statement as a file of its own, with a signature that the instance's public key checks."""
    content = {
        "format": "export-provenance-v1",
        "reference": export.reference,
        "rows": export.rows_done,
        "content_hash": export.content_hash,
        "statement": dict(export.statement["lines"]),
        "columns": [name for name, _kind in export.statement["columns"]],
    }
    if "sha256" in export.statement:
        content["sha256"] = export.statement["sha256"]
    document = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return {"document": document, "signature": chain.sign(document.encode()).hex(), "public_key": chain.public_key()}


@dataclass
class Verdict:
    """What a file turned out to be. `export` is None for one that isn't known here."""

    export: Export | None = None
    differences: list[str] = field(default_factory=list)

    @property
    def unchanged(self) -> bool:
        return self.export is not None and not self.differences

    def in_words(self) -> str:
        export = self.export
        if export is None:
            return _("This file is none that this instance has exported.")
        facts = {
            "reference": export.reference,
            "at": date_format(timezone.localtime(export.created_at), "Y-m-d H:i"),
            "name": f"{export.user} ({export.user.reference})",
            "rows": export.rows_done,
        }
        if self.differences:
            return _("This is not the file %(reference)s any more that %(name)s made on %(at)s.") % facts
        return (
            ngettext(
                "Unchanged since %(at)s, made by %(name)s as %(reference)s, %(rows)s row.",
                "Unchanged since %(at)s, made by %(name)s as %(reference)s, %(rows)s rows.",
                export.rows_done,
            )
            % facts
        )


def verify(file: IO[bytes], *, name: str, bounds: reading.Bounds, reference: str = "") -> Verdict:
    """Compare a file with the export that it says it is (`reference` says it instead, and so may the file's name).

    Raises Unreadable for what can't be read safely.
    """
    if file.seek(0, 2) > bounds.packed:
        raise reading.Unreadable(_("The file is too large for this page; the command verify_export takes any."))
    file.seek(0)
    is_package = file.read(4) == b"PK\x03\x04"
    file.seek(0)
    hint = reference or next(iter(REFERENCE.findall(name.upper())), "")
    verdict = verify_workbook(file, bounds, hint) if is_package else verify_csv(file, hint)
    if verdict.export is not None:
        verdict.differences += disagreeing_trail(verdict.export)
        del verdict.differences[SHOWN:]
    return verdict


def exported(reference: str) -> Export | None:
    return Export.objects.filter(reference=reference).exclude(content_hash="").select_related("user").first() if reference else None


def disagreeing_trail(export: Export) -> list[str]:
    """The hash stands in the trail too, where nobody can change it."""
    said = [event.details.get("content_hash") for event in timeline(export) if event.action == MADE]
    return [] if said == [export.content_hash] else [_("The export's own row is not what the audit trail says of it.")]


def verify_csv(file: IO[bytes], hint: str) -> Verdict:
    proof, head = Proof(ExportFormat.CSV), b""
    for number, record in enumerate(reading.csv_records(file)):
        proof.update(record)
        if number:
            proof.mark(record)
        else:
            head = record
    if export := Export.objects.filter(content_hash=proof.hash).select_related("user").first():
        return Verdict(export)
    export = exported(hint)
    if export is None or export.format != ExportFormat.CSV:
        return Verdict()
    verdict = Verdict(export)
    if head != sheet.csv_head([name for name, _kind in export.statement["columns"]]):
        verdict.differences.append(_("The first line, which names the columns, isn't the one that was written."))
    compare(verdict, proof)
    return verdict


def verify_workbook(file: IO[bytes], bounds: reading.Bounds, hint: str) -> Verdict:
    book = reading.Workbook(file, bounds)
    sheets = book.sheets()
    export, said, own = None, [], -1
    for number in range(len(sheets) - 1, 0, -1):
        lines = statement_lines(book, sheets[number][1])
        found = next((text for _label, text in lines if REFERENCE.fullmatch(text)), "")
        if export := exported(found):
            said, own = lines, number
            break
    export = export or exported(hint)
    if export is None or export.format != ExportFormat.XLSX:
        return Verdict()
    verdict = Verdict(export)
    data = [part for number, (_name, part) in enumerate(sheets) if number != own]
    compare(verdict, proof_of_sheets(book, data, verdict))
    if own < 0:
        verdict.differences.append(_("The sheet that says where the file comes from is missing."))
    written = dict(export.statement["lines"])
    verdict.differences += [
        _("The sheet that says where the file comes from says “%(found)s” of %(label)s, not “%(written)s”.")
        % {"found": text[:200], "label": label[:80], "written": written.get(label, "")[:200]}
        for label, text in said
        if written.get(label) != text
    ]
    missing = [label for label in written if label not in dict(said)] if own >= 0 else []
    verdict.differences += [_("The sheet that says where the file comes from lacks %(label)s.") % {"label": label} for label in missing]
    return verdict


def statement_lines(book: reading.Workbook, part: str) -> Lines:
    lines: list[tuple[str, str]] = []

    def take(cells: list[reading.Cell]) -> None:
        if len(lines) >= STATEMENT_ROWS:
            raise reading.Enough
        label, text = (*(cell.text for cell in cells[:2]), "", "")[:2]
        if label or text:
            lines.append((label, text))

    book.rows(part, take)
    return lines


def proof_of_sheets(book: reading.Workbook, parts: list[str], verdict: Verdict) -> Proof:
    """The proof of what the sheets hold now, head first; formulas and foreign heads are noted on the way."""
    assert verdict.export is not None
    columns = [ExportColumn(name, name, kind) for name, kind in verdict.export.statement["columns"]]
    head = sheet.head_row([column.name for column in columns])
    proof = Proof(ExportFormat.XLSX)
    proof.update(head)
    empty = reading.written_again(columns, [])
    enough = verdict.export.rows_done + MOST  # a file with so many more is foreign, whatever follows
    first = True
    blank = 0  # rows with nothing in them: those at the end are the program's that saved the file

    def take(cells: list[reading.Cell]) -> None:
        nonlocal blank, first
        if first:
            first = False
            if sheet.head_row([cell.text for cell in trimmed(cells)]) != head:
                verdict.differences.append(_("The first line, which names the columns, isn't the one that was written."))
            return
        if proof.rows + blank > enough:
            raise reading.Enough
        if not trimmed(cells):
            blank += 1
            return
        for _row in range(blank):
            add(empty)
        blank = 0
        if formulas := [place for place, cell in enumerate(cells) if cell.is_formula]:
            where = ", ".join(cell_name(place, proof.rows + 1) for place in formulas)
            if len(verdict.differences) < SHOWN:
                verdict.differences.append(_("There is a formula in %(where)s; exports hold none.") % {"where": where})
        add(reading.written_again(columns, cells))

    def add(row: bytes) -> None:
        proof.mark(row)
        proof.update(row)

    for part in parts:
        first = True
        book.rows(part, take)
    for _row in range(min(blank, max(verdict.export.rows_done - proof.rows, 0))):
        add(empty)
    return proof


def trimmed(cells: list[reading.Cell]) -> list[reading.Cell]:
    """Without the empty ones at the end."""
    end = len(cells)
    while end and not cells[end - 1].text:
        end -= 1
    return cells[:end]


def compare(verdict: Verdict, proof: Proof) -> None:
    """Say what differs between the rows found and those written."""
    export = verdict.export
    assert export is not None
    if proof.hash == export.content_hash:
        return
    if proof.rows != export.rows_done:
        verdict.differences.append(
            _("The file holds %(found)s rows, and %(written)s were written.") % {"found": proof.rows, "written": export.rows_done}
        )
    written, names = export.statement["column_marks"], [name for name, _kind in export.statement["columns"]]
    columns = [place for place, mark in enumerate(proof.columns) if place < len(written) and mark != written[place]]
    found = differing_rows(bytes(export.marks), proof)
    changed = [row for kind, first, last, _at in found if kind == "replace" for row in range(first, last + 1)]
    # Where one row or one column differs, their crossing is the cell; several of both say only rows and columns.
    exact = proof.width == 1 and proof.rows == export.rows_done and columns and 1 in (len(changed), len(columns))
    for kind, first, last, at in found[:SHOWN]:
        lines = one_or_more(first + 1, min(last, export.rows_done) + 1)  # a sheet's first line is its head
        if kind == "delete":
            verdict.differences.append(_("Missing: line %(lines)s of the original.") % {"lines": lines})
        elif kind == "insert":
            verdict.differences.append(_("Not of the original: line %(line)s of the file, and what may follow it.") % {"line": at + 1})
        elif not exact:
            verdict.differences.append(_("Changed: line %(lines)s.") % {"lines": lines})
    if columns and changed and not exact:
        said = ", ".join(names[place] for place in columns if place < len(names))
        verdict.differences.append(_("Columns in which something differs: %(columns)s.") % {"columns": said})
    if exact:
        verdict.differences += [
            _("Changed: cell %(cell)s, column %(column)s.") % {"cell": cell_name(place, row), "column": names[place]}
            for row in changed[:SHOWN]
            for place in columns
            if place < len(names)
        ]
    if not verdict.differences:
        verdict.differences.append(_("The content is not what was written."))


def one_or_more(first: int, last: int) -> str:
    return str(first) if first >= last else f"{first}–{last}"


def cell_name(place: int, row: int) -> str:
    """What spreadsheets call the cell of a row of data, which stands below the head."""
    letters, number = "", place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"
