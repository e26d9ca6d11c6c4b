"""What an exported file is compared with later: a keyed hash over its rows, and marks that say where it differs (EXP-X4).

The hash is HMAC-SHA256 over every row as it was written, head first, with a key that is in no database. It proves that the
rows are, in number, order and content, those that this instance wrote; it says nothing of what the ledger holds today. Who
can write to the database can put another hash into the export's row, but can't compute one that fits another content; who
has the key as well meets the audit trail, whose event `exports.made` holds the hash, chained and anchored.

Marks are checksums of rows, and of columns, for finding a change, not for proving that there is none. A mark stands for one
row until there are MOST of them; then for two, four … rows: flat memory, whatever the rows.
"""

import csv
import hashlib
import hmac
from array import array
from collections.abc import Iterable
from difflib import SequenceMatcher
from zlib import crc32

from audit.chain import derived
from kit.enums import ExportFormat

MOST = 8192
WORD = 0xFFFFFFFF


class Proof:
    """Fed with a file's rows as bytes, in their order."""

    def __init__(self, form: str) -> None:
        self.form = form
        self.keyed = hmac.new(derived("export provenance"), digestmod=hashlib.sha256)
        self.plain = hashlib.sha256()  # for those without the key; over the whole of a CSV file
        self.rows = 0
        self.marks = array("Q")
        self.columns: list[int] = []
        self.width, self._filled, self._sum = 1, 0, 0

    def update(self, data: bytes) -> None:
        """Bytes of the head, or of rows that have been marked."""
        self.keyed.update(data)
        if self.form == ExportFormat.CSV:
            self.plain.update(data)

    def mark(self, row: bytes) -> None:
        if self.rows < MOST:
            for place, cell in enumerate(self.cells(row)):
                if place == len(self.columns):
                    self.columns.append(0)
                self.columns[place] = (self.columns[place] + crc32(cell)) & WORD
        self.rows += 1
        self._sum += crc32(row)
        self._filled += 1
        if self._filled == self.width:
            self.marks.append(self._sum)
            self._sum = self._filled = 0
            if len(self.marks) == MOST:
                self.marks = array("Q", map(sum, zip(self.marks[::2], self.marks[1::2], strict=True)))
                self.width *= 2

    def cells(self, row: bytes) -> Iterable[bytes]:
        if self.form == ExportFormat.XLSX:
            return row.split(b"<c")[1:]  # no text holds a "<" of its own
        return (cell.encode() for cell in next(csv.reader([row.decode()], strict=False), []))

    @property
    def hash(self) -> str:
        return self.keyed.hexdigest()

    def packed(self) -> bytes:
        """The marks as the export's row keeps them, 4 bytes each."""
        marks = [*self.marks, self._sum] if self._filled else self.marks
        return array("I", (mark & WORD for mark in marks)).tobytes()


def differing_rows(written: bytes, found: Proof) -> list[tuple[str, int, int, int]]:
    """Where the marks differ: (replace, delete or insert; first and last row as written; first row as found), counted from 1."""
    before, after = array("I", written).tolist(), array("I", found.packed()).tolist()
    width = found.width
    start = next(
        (place for place, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), min(len(before), len(after))
    )
    if len(before) == len(after):
        places = [place for place in range(start, len(before)) if before[place] != after[place]]
        return [("replace", place * width + 1, (place + 1) * width, place * width + 1) for place in places]
    matcher = SequenceMatcher(None, before[start:], after[start:])
    return [
        (kind, (start + low) * width + 1, (start + high) * width, (start + low_found) * width + 1)
        for kind, low, high, low_found, _high in matcher.get_opcodes()
        if kind != "equal"
    ]
