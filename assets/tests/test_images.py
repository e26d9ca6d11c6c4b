"""Uploads are bounded before they are parsed, and re-encoded (AST-08, U3)."""

import io
import struct
import zlib

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from assets.images import InvalidImage, discard, store


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def picture(form="PNG", size=(40, 30), **options):
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, format=form, **options)
    return out.getvalue()


def flood(width, height):
    """A PNG of a few bytes that claims to be width × height."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


@pytest.mark.spec("AST-08")
@pytest.mark.parametrize(("form", "ending"), [("PNG", ".png"), ("JPEG", ".jpg"), ("WEBP", ".webp")])
def test_an_image_is_kept_under_a_name_of_its_own(form, ending):
    stored = store(io.BytesIO(picture(form)))
    assert stored.name.startswith("assets/")
    assert stored.name.endswith(ending)
    with default_storage.open(stored.name) as file, Image.open(file) as image:
        assert (image.format, image.size) == (form, (40, 30))
    discard(stored.name)
    assert not default_storage.exists(stored.name)


@pytest.mark.spec("AST-08")
def test_metadata_and_what_stands_behind_the_picture_are_left_behind():
    exif = Image.Exif()
    exif[0x010E] = "<script>secret</script>"
    for raw in (picture("JPEG", exif=exif), picture("PNG") + b"<html><script>secret</script>"):
        assert b"secret" in raw
        stored = store(io.BytesIO(raw))
        with default_storage.open(stored.name) as file:
            assert b"secret" not in file.read()


@pytest.mark.spec("AST-08")
def test_a_large_picture_is_made_smaller():
    stored = store(io.BytesIO(picture(size=(2000, 1000))))
    assert (stored.width, stored.height) == (512, 256)


@pytest.mark.spec("AST-08")
@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", id="svg"),
        pytest.param(b"<html><script>alert(1)</script>", id="html"),
        pytest.param(picture()[:60], id="truncated"),
        pytest.param(picture("GIF"), id="gif"),
        pytest.param(picture("BMP"), id="bmp"),
        pytest.param(flood(60_000, 60_000), id="flood"),
        pytest.param(flood(5_000, 10), id="wide"),
        pytest.param(flood(4_096, 4_096), id="lying header"),
        pytest.param(picture() + b"\0" * 1_000_000, id="over 1 MB"),
    ],
)
def test_everything_else_is_refused_and_not_kept(raw, tmp_path):
    with pytest.raises(InvalidImage):
        store(io.BytesIO(raw))
    assert not list(tmp_path.rglob("*.*"))
