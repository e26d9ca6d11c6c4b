"""Documents in every state, and files that should never have been sent."""

import hashlib
import io
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from PIL import Image
from pypdf import PdfReader, PdfWriter

from clients.models import Client
from clients.tests.factories import client_of_type
from core.actors import SystemActor
from kyc.models import Document
from kyc.services.documents import keeping
from kyc.services.documents.reading import Examined, examine
from kyc.specimens import bill, passport

TESTS = SystemActor("tests")
NEXT_YEAR = timezone.now().date() + timedelta(days=365)
_made = [0]


def passport_file(**fields: Any) -> bytes:
    _made[0] += 1
    given = {"last_name": "Ozola", "first_name": "Anna", "born": date(1990, 5, 1), "number": f"LV{_made[0]:07d}", "valid_until": NEXT_YEAR}
    return passport(**given | fields)


def bill_file(pages: int = 2) -> bytes:
    _made[0] += 1
    return bill(name="Anna Ozola", address=[f"Brivibas iela {_made[0]}", "Riga"], day=timezone.now().date(), pages=pages)


def document(*, client: Client | None = None, kind: str = "proof_of_address", content: bytes | None = None, **fields: Any) -> Document:
    """Of the content given, which is examined; else a small picture of its own."""
    _made[0] += 1
    if content is None:
        drawn = image(size=(200, 280), colour=(_made[0] % 256, _made[0] // 256 % 256, 90))
        examined = Examined("scan.png", drawn, "image/png", 1, hashlib.sha256(drawn).hexdigest())
    else:
        examined = examine(content, name="scan.png")
    client = client or client_of_type()
    return keeping.upload_document(
        client_id=client.pk, kind=kind, examined=examined, actor=fields.pop("actor", TESTS), now=fields.pop("now", timezone.now()), **fields
    )


def approved(*, expires_on: date | None = NEXT_YEAR, **fields: Any) -> Document:
    """With any date on it: time passes after an approval."""
    made = document(**fields)
    keeping.approve_document(document_id=made.pk, expires_on=NEXT_YEAR, actor=TESTS, now=timezone.now())
    Document.objects.filter(pk=made.pk).update(expires_on=expires_on)
    made.refresh_from_db()
    return made


def image(
    form: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB", colour: tuple[int, int, int] = (255, 0, 0), **options: Any
) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, colour if mode == "RGB" else 0).save(out, form, **options)
    return out.getvalue()


def pdf(change: Any = None, **encryption: Any) -> bytes:
    """A bill, changed by `change(writer)` or encrypted."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(bill_file())))
    if change:
        change(writer)
    if encryption:
        writer.encrypt(**encryption)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
