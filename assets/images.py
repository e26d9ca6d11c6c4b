"""Images that people upload: bounded before they are parsed, re-encoded, stored under generated names (AST-08, U3).

SVG is refused: it is a program in a picture's coat, and a raster logo does the work.
"""

import io
import uuid
import warnings
from dataclasses import dataclass
from typing import BinaryIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404
from django.utils.translation import gettext_lazy as _
from PIL import Image, UnidentifiedImageError

from core.errors import DomainError

LARGEST_FILE = 1_000_000  # bytes
LARGEST_SIDE = 4_096  # pixels, of what is sent
STORED_SIDE = 512  # pixels, of what is kept
FORMATS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
CONTENT_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}


class InvalidImage(DomainError):
    code = "invalid_image"
    status = 422


@dataclass(frozen=True)
class StoredImage:
    """Where the re-encoded image lies, and what it is."""

    name: str
    size: int
    width: int
    height: int


def store(upload: BinaryIO, *, folder: str = "assets") -> StoredImage:
    """Check, re-encode and keep one PNG, JPEG or WebP image of at most 1 MB and 4096 pixels a side. Raises InvalidImage.

    The real type counts, not the name; metadata, further frames and whatever stands behind the picture are left behind.
    """
    raw = upload.read(LARGEST_FILE + 1)
    if len(raw) > LARGEST_FILE:
        raise InvalidImage(_("The image is larger than 1 MB."), field="image")
    encoded, form, size = _encode(raw)
    name = default_storage.save(f"{folder}/{uuid.uuid4().hex}.{FORMATS[form]}", ContentFile(encoded))
    return StoredImage(name=name, size=len(encoded), width=size[0], height=size[1])


def _encode(raw: bytes) -> tuple[bytes, str, tuple[int, int]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=list(FORMATS)) as image:
                form = str(image.format)
                _check_size(image)  # read from the header alone: a flood of pixels is never unpacked
                image.load()
                plain = image.convert("RGB" if form == "JPEG" else "RGBA")
        plain.thumbnail((STORED_SIDE, STORED_SIDE))
        plain.info.clear()
        out = io.BytesIO()
        plain.save(out, format=form)
    except InvalidImage:
        raise
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        ValueError,
        SyntaxError,
    ) as error:
        raise InvalidImage(_("Send a PNG, JPEG or WebP image; SVG isn't taken."), field="image") from error
    return out.getvalue(), form, plain.size


def _check_size(image: Image.Image) -> None:
    if max(image.size) > LARGEST_SIDE:
        raise InvalidImage(_("The image is larger than 4096 pixels a side."), field="image")


def discard(name: str) -> None:
    """Delete a stored image that nothing names any longer."""
    if name:
        default_storage.delete(name)


def picture(file: FieldFile, *, name: str) -> FileResponse:
    """The image's bytes with the type that we gave it; it can run nothing. Raises Http404 where there is none."""
    if not file or not file.storage.exists(str(file.name)):
        raise Http404
    ending = str(file.name).rpartition(".")[2]
    response = FileResponse(file.open("rb"), content_type=CONTENT_TYPES[ending], filename=f"{name}.{ending}")
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=300"
    return response
