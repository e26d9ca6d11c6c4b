"""Reads files that strangers sent, in a process of its own with little memory and time: what breaks here breaks nothing else (U3, U4).

    python -I kyc/reader.py check              the file on standard input; answers what it is, and a picture drawn anew
    python -I kyc/reader.py draw PAGE WIDTH    answers that page as a JPEG

The answer is one line of JSON and then the bytes. It knows neither Django nor the instance's secrets: kyc.services.documents.reading calls it.
"""

# ruff: noqa: PLC0415 - it starts anew for each file, and loads what that file needs

import io
import json
import resource
import sys
import warnings
from collections.abc import Iterator
from typing import Any, NoReturn

MEMORY, SECONDS = 1_600_000_000, 20
MOST_PAGES = 20
MOST_PIXELS, LONGEST_SIDE = 60_000_000, 12_000
MOST_OBJECTS, DEEPEST = 50_000, 60
LONGEST_PAGE = 14_400  # points, a PDF's own limit
TALLEST = 3  # times the width that is asked for
# What makes a PDF do something by itself, or carries other files.
ACTIVE = {
    "/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/RichMedia", "/XFA", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE",
    "/Movie", "/Sound", "/Rendition", "/3D",
}  # fmt: skip
ACTIVE_ANYWHERE = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia")  # in older versions of its objects too


class Refused(Exception):
    """With the code that the caller has words for."""


def refuse(code: str) -> NoReturn:
    raise Refused(code)


def check(raw: bytes) -> tuple[dict[str, Any], bytes]:
    if raw.startswith(b"%PDF-"):
        return {"ending": "pdf", "pages": checked_pdf(raw)}, b""
    if raw.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return drawn_anew(raw)
    refuse("type")


def drawn_anew(raw: bytes) -> tuple[dict[str, Any], bytes]:
    """The picture upright, without metadata, further frames and whatever stood behind it."""
    form, plain = opened_image(raw)
    out = io.BytesIO()
    if form == "JPEG":
        plain.convert("RGB").save(out, "JPEG", quality=90)
        return {"ending": "jpg", "pages": 1}, out.getvalue()
    plain.convert("RGBA" if "A" in plain.getbands() or "transparency" in plain.info else "RGB").save(out, "PNG")
    return {"ending": "png", "pages": 1}, out.getvalue()


def opened_image(raw: bytes) -> tuple[str, Any]:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=["JPEG", "PNG"]) as image:
                if max(image.size) > LONGEST_SIDE or image.width * image.height > MOST_PIXELS:  # from the header alone
                    refuse("pixels")
                form = str(image.format)
                image.load()
                upright = ImageOps.exif_transpose(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        refuse("pixels")
    except (OSError, ValueError, SyntaxError, EOFError, KeyError):
        refuse("image")
    transparency = upright.info.get("transparency")
    upright.info.clear()
    if transparency is not None:
        upright.info["transparency"] = transparency
    return form, upright


def checked_pdf(raw: bytes) -> int:
    """The number of pages of a PDF that does nothing by itself, carries nothing else and ends where it says."""
    import pypdf
    import pypdfium2
    from pypdf.errors import PyPdfError

    if not raw.rstrip(b"\0\t\n\f\r ").endswith(b"%%EOF"):
        refuse("tail")
    if any(mark in raw for mark in ACTIVE_ANYWHERE):
        refuse("active")
    try:
        reader = pypdf.PdfReader(io.BytesIO(raw))
        if reader.is_encrypted:
            refuse("encrypted")
        for number, value in enumerate(values_of(reader)):
            if number > MOST_OBJECTS * 20:
                refuse("intricate")
            if isinstance(value, str) and value in ACTIVE:
                refuse("active")
        document = pypdfium2.PdfDocument(raw)
        pages = len(document)
        if pages > MOST_PAGES:
            refuse("pages")
        if not pages or len(reader.pages) != pages:
            refuse("pdf")
        for number in range(pages):
            if not all(0 < side <= LONGEST_PAGE for side in document[number].get_size()):
                refuse("pixels")
    except (PyPdfError, pypdfium2.PdfiumError, ValueError, TypeError, KeyError, AttributeError, IndexError, OSError, RecursionError):
        refuse("pdf")
    return pages


def values_of(reader: Any) -> Iterator[Any]:
    """Every name in every object of the file, reached from its root or not."""
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

    numbers = [(number, generation) for generation, objects in reader.xref.items() for number in objects]
    numbers += [(number, 0) for number in reader.xref_objStm]
    if len(numbers) > MOST_OBJECTS:
        refuse("intricate")
    for number, generation in numbers:
        waiting: list[tuple[Any, int]] = [(reader.get_object(IndirectObject(number, generation, reader)), 0)]
        while waiting:
            value, depth = waiting.pop()
            if depth > DEEPEST:
                refuse("intricate")
            if isinstance(value, DictionaryObject):
                for key in value:
                    yield str(key)
                    waiting.append((value.raw_get(key), depth + 1))
            elif isinstance(value, ArrayObject):
                waiting += [(list.__getitem__(value, place), depth + 1) for place in range(len(value))]
            elif not isinstance(value, IndirectObject):
                yield value


def draw(raw: bytes, page: int, width: int) -> tuple[dict[str, Any], bytes]:
    import pypdfium2

    if raw.startswith(b"%PDF-"):
        try:
            document = pypdfium2.PdfDocument(raw)
            if not 1 <= page <= len(document):
                refuse("page")
            sheet = document[page - 1]
            across, down = sheet.get_size()
            scale = min(width / across, width * TALLEST / down)
            picture = sheet.render(scale=scale, may_draw_forms=False).to_pil()
        except pypdfium2.PdfiumError:
            refuse("pdf")
    else:
        if page != 1:
            refuse("page")
        picture = opened_image(raw)[1]
        if "A" in picture.getbands() or "transparency" in picture.info:  # on paper, not on black
            from PIL import Image

            picture = picture.convert("RGBA")
            paper = Image.new("RGBA", picture.size, "white")
            paper.alpha_composite(picture)
            picture = paper
        picture.thumbnail((width, width * TALLEST))
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=88)
    return {"ending": "jpg", "pages": 1}, out.getvalue()


def main(arguments: list[str]) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    raw = sys.stdin.buffer.read()
    try:
        answer, content = check(raw) if arguments[0] == "check" else draw(raw, int(arguments[1]), int(arguments[2]))
    except Refused as refusal:
        answer, content = {"refused": str(refusal)}, b""
    except MemoryError:
        answer, content = {"refused": "intricate"}, b""
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + content)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
