"""What a file really is (KYC-10, U3, U4): bounded before it is read, read in a process of its own, named by us."""

import hashlib
import json
import subprocess
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, NoReturn

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.text import INVISIBLE, REFUSED_CATEGORIES

LARGEST = 16 * 1024 * 1024  # bytes
PATIENCE = 40  # seconds; the process itself stops after half of it
READER = Path(__file__).parents[2] / "reader.py"
CONTENT_TYPES = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}
LONGEST_NAME = 100
# The harmless text that every virus scanner knows: here it shows that a file isn't taken unseen.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
REFUSALS: dict[str, str | Promise] = {
    "empty": _("The file is empty."),
    "large": _("The file is larger than 16 MB."),
    "malware": _("The file carries a known mark of malware."),
    "type": _("The file is no JPEG, PNG or PDF, whatever its name says."),
    "pixels": _("The picture is too large: at most 60 million pixels, 12 000 a side."),
    "image": _("The picture is damaged. Save it anew, or photograph the document again."),
    "pdf": _("The PDF is damaged. Print it to a PDF again."),
    "tail": _("Something stands behind the end of the PDF. Print it to a PDF again."),
    "encrypted": _("The PDF is protected by a password or against changes. Send it unprotected."),
    "active": _("The PDF holds scripts, forms or attached files. Print it to a PDF again."),
    "pages": _("The PDF has more than 20 pages."),
    "intricate": _("The file is too intricate to be read. Print it to a PDF again, or send pictures."),
    "page": _("The document has no such page."),
}
_at_once = BoundedSemaphore(2)  # readers beside each other in one process


class UnfitDocument(DomainError):
    code = "unfit_document"
    status = 422


@dataclass(frozen=True)
class Examined:
    """A file that may be kept: pictures are drawn anew, a PDF is what was sent. `sha256` is of what was sent."""

    name: str
    content: bytes
    content_type: str
    pages: int
    sha256: str


def examine(content: bytes, *, name: str) -> Examined:
    """What is in the file. Raises UnfitDocument, at the field "file", for everything but whole, harmless JPEG, PNG and PDF files of at
    most 16 MB and 20 pages. Takes up to seconds: call it outside of locks."""
    if not content:
        refuse("empty")
    if len(content) > LARGEST:
        refuse("large")
    if EICAR in content:
        refuse("malware")
    answer, drawn = _read(content, "check")
    ending = answer["ending"]
    return Examined(
        name=clean_name(name, ending),
        content=drawn or content,
        content_type=CONTENT_TYPES[ending],
        pages=answer["pages"],
        sha256=hashlib.sha256(content).hexdigest(),
    )


def page_picture(content: bytes, *, page: int, width: int) -> bytes:
    """One page of a kept file as a JPEG, at most `width` pixels wide. Raises UnfitDocument where there is no such page."""
    return _read(content, "draw", str(page), str(width))[1]


def clean_name(name: str, ending: str) -> str:
    """What its sender called it, without folders and characters that hide or turn, with the ending of what it is. Shown, never opened."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    plain = "".join(" " if unicodedata.category(char) in REFUSED_CATEGORIES or ord(char) in INVISIBLE else char for char in last)
    stem = " ".join(plain.split()).strip(". ")
    head, dot, tail = stem.rpartition(".")
    if dot and head and tail.lower() in ("pdf", "jpg", "jpeg", "png"):
        stem = head
    return f"{stem[:LONGEST_NAME].strip('. ') or 'document'}.{ending}"


def refuse(code: str) -> NoReturn:
    raise UnfitDocument(REFUSALS.get(code, REFUSALS["intricate"]), field="file")


def _read(content: bytes, *arguments: str) -> tuple[dict[str, Any], bytes]:
    with _at_once:
        try:
            done = subprocess.run(  # noqa: S603 - our own program, no shell
                [sys.executable, "-I", str(READER), *arguments], input=content, capture_output=True, timeout=PATIENCE, env={}, cwd="/", check=False
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            refuse("intricate")
    if done.returncode:  # killed by its limits, or crashed over the file
        refuse("intricate")
    line, _end, drawn = done.stdout.partition(b"\n")
    answer = json.loads(line)
    if code := answer.get("refused"):
        refuse(code)
    return answer, drawn
