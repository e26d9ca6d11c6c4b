"""Images that people upload: bounded before they are parsed, re-encoded or sanitised, stored under generated names (AST-08, INS-01, U3)."""

import io
import uuid
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import DomainError
from core.svg import UnfitSvg, clean_svg

LARGEST_FILE = 1_000_000  # bytes
LARGEST_SIDE = 4_096  # pixels, of what is sent
LARGEST_RATIO = 20  # of the longer side to the shorter
STORED_SIDE = 512  # pixels, of what is kept
ENDINGS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
NAMES = {"png": "PNG", "jpg": "JPEG", "webp": "WebP", "svg": "SVG"}
CONTENT_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "svg": "image/svg+xml"}
EVERY_KIND = tuple(NAMES)
# Opened by itself it is alone in the world: no script, no form, nothing loaded; an SVG's own styles may paint it.
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'"


class InvalidImage(DomainError):
    code = "invalid_image"
    status = 422


@dataclass(frozen=True)
class StoredImage:
    """Where the clean image lies, and what it is."""

    name: str
    size: int
    width: int
    height: int


def store(
    upload: BinaryIO,
    *,
    folder: str,
    kinds: Sequence[str] = EVERY_KIND,
    largest: int = LARGEST_FILE,
    side: int = STORED_SIDE,
    field: str = "image",
) -> StoredImage:
    """Check, clean and keep one image of at most `largest` bytes and 4096 pixels a side. Raises InvalidImage, at `field`.

    `kinds` are the endings taken ("png", "jpg", "webp", "svg"). The real type counts, not the name. A raster image is drawn anew, at
    most `side` pixels wide and high: metadata, further frames and whatever stands behind the picture stay behind. An SVG keeps what
    draws (core.svg).
    """
    raw = upload.read(largest + 1)
    if len(raw) > largest:
        raise InvalidImage(too_large(largest), field=field)
    try:
        content, ending, (width, height) = _svg(raw) if _is_svg(raw) and "svg" in kinds else _raster(raw, kinds, side)
    except InvalidImage as error:
        error.field = field
        raise
    if max(width, height) > LARGEST_RATIO * min(width, height):
        raise InvalidImage(_("The image is too long and thin: one side is more than 20 times the other."), field=field)
    name = default_storage.save(f"{folder}/{uuid.uuid4().hex}.{ending}", ContentFile(content))
    return StoredImage(name=name, size=len(content), width=width, height=height)


def too_large(largest: int) -> str:
    if largest >= 1_000_000:
        return _("The image is larger than %(size)s MB.") % {"size": largest // 1_000_000}
    return _("The image is larger than %(size)s kB.") % {"size": largest // 1_000}


def _is_svg(raw: bytes) -> bool:
    """A guess that only chooses the parser; that one decides. No raster format begins with a mark of XML."""
    return raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def _svg(raw: bytes) -> tuple[bytes, str, tuple[int, int]]:
    reasons: dict[str, str | Promise] = {
        "large": _("The SVG is too intricate: too many parts, or nested too deeply. Simplify it, or send it as PNG."),
        "image": _("The SVG embeds another picture. Send it as PNG."),
        "style": _("The SVG's style sheet holds more than plain rules. Export it with presentation attributes, or send it as PNG."),
        "size": _("The SVG says neither a viewBox nor its width and height in pixels."),
        "empty": _("The SVG draws nothing."),
    }
    try:
        content, width, height = clean_svg(raw)
    except UnfitSvg as error:
        raise InvalidImage(reasons.get(error.reason, _("The file isn't a whole SVG image."))) from error
    return content, "svg", (max(round(width), 1), max(round(height), 1))


def _raster(raw: bytes, kinds: Sequence[str], side: int) -> tuple[bytes, str, tuple[int, int]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=[form for form, ending in ENDINGS.items() if ending in kinds]) as image:
                form = str(image.format)
                if max(image.size) > LARGEST_SIDE:  # read from the header alone: a flood of pixels is never unpacked
                    raise InvalidImage(_("The image is larger than 4096 pixels a side."))
                image.load()
                plain = ImageOps.exif_transpose(image).convert("RGB" if form == "JPEG" else "RGBA")
        plain.thumbnail((side, side))
        plain.info.clear()
        out = io.BytesIO()
        plain.save(out, format=form, optimize=True)
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        ValueError,
        SyntaxError,
    ) as error:
        names = ", ".join(NAMES[kind] for kind in kinds)
        raise InvalidImage(_("The file isn't a whole image of a kind that is taken: %(names)s.") % {"names": names}) from error
    return out.getvalue(), ENDINGS[form], plain.size


def discard(name: str) -> None:
    """Delete a stored image that nothing names any longer."""
    if name:
        default_storage.delete(name)


def image_response(file: FieldFile, *, name: str) -> FileResponse:
    """The image's bytes with the type that we gave it; it can run and load nothing. Raises Http404 where there is none."""
    if not file or not file.storage.exists(str(file.name)):
        raise Http404
    ending = str(file.name).rpartition(".")[2]
    response = FileResponse(file.open("rb"), content_type=CONTENT_TYPES[ending], filename=f"{name}.{ending}")
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=300"
    return response
