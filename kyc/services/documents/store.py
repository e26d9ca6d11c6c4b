"""Where documents lie (KYC-10): under names of ours, encrypted, in the media directory that no address serves and `make backup` carries."""

import os
import uuid
from datetime import datetime, timedelta

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from kyc.models import Document

log = structlog.get_logger()
FOLDER = "documents"
NONCE = 12  # bytes
ORPHAN_AFTER = timedelta(days=1)


class DocumentUnreadable(DomainError):
    """The file is gone from the disk, was changed there, or was encrypted with a key that isn't among DOCUMENTS_KEYS; the log says which."""

    code = "document_unreadable"
    status = 503


def keep(content: bytes) -> str:
    """Store the content; the name under which it lies. Files without a row are swept a day later."""
    name = f"{FOLDER}/{uuid.uuid4().hex}"
    nonce = os.urandom(NONCE)
    sealed = nonce + _ciphers()[0].encrypt(nonce, content, name.encode())
    stored = default_storage.save(name, ContentFile(sealed))
    if stored != name:  # the name is bound into the file
        default_storage.delete(stored)
        raise RuntimeError(f"{name} is taken")
    return name


def content_of(document: Document) -> bytes:
    """What was kept. Raises DocumentUnreadable."""
    try:
        with default_storage.open(document.stored, "rb") as file:
            sealed = file.read()
    except OSError as error:
        raise _unreadable(document, str(error)) from error
    for cipher in _ciphers():
        try:
            return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], document.stored.encode())
        except InvalidTag:
            continue
    raise _unreadable(document, "no key of DOCUMENTS_KEYS opens it, or it was changed on the disk")


def _unreadable(document: Document, why: str) -> DocumentUnreadable:
    log.error("document_unreadable", document=document.reference, why=why)
    return DocumentUnreadable(
        _("The file of %(reference)s can't be read on this server. Tell whoever runs it.") % {"reference": document.reference}
    )


def discard(name: str) -> None:
    if name:
        default_storage.delete(name)


def sweep(*, now: datetime) -> int:
    """Delete files of uploads that never came to a row, of workers that died between the two. How many."""
    if not default_storage.exists(FOLDER):
        return 0
    names = default_storage.listdir(FOLDER)[1]
    old = [name for each in names if default_storage.get_modified_time(name := f"{FOLDER}/{each}") < now - ORPHAN_AFTER]
    gone = 0
    for start in range(0, len(old), 500):
        batch = old[start : start + 500]
        known = set(Document.objects.filter(stored__in=batch).values_list("stored", flat=True))
        for name in batch:
            if name not in known:
                default_storage.delete(name)
                gone += 1
    return gone


def _ciphers() -> list[AESGCM]:
    """The first key encrypts; those behind it still open what they encrypted."""
    if not settings.DOCUMENTS_KEYS:
        raise ImproperlyConfigured("set DOCUMENTS_KEYS: clients' documents are kept encrypted (docs/operations.md)")
    return [AESGCM(_derived(key)) for key in settings.DOCUMENTS_KEYS]


def _derived(key: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"kyc: documents").derive(key.encode())
