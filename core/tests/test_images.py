"""Uploads are bounded before they are parsed, and re-encoded or sanitised (AST-08, INS-01, U3)."""

import io
import struct
import zlib

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from core.images import InvalidImage, discard, store


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
    stored = store(io.BytesIO(picture(form)), folder="assets")
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
        stored = store(io.BytesIO(raw), folder="assets")
        with default_storage.open(stored.name) as file:
            assert b"secret" not in file.read()


@pytest.mark.spec("AST-08")
def test_a_large_picture_is_made_smaller():
    stored = store(io.BytesIO(picture(size=(2000, 1000))), folder="assets")
    assert (stored.width, stored.height) == (512, 256)


@pytest.mark.spec("AST-08")
@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(picture(size=(420, 20)), id="long and thin"),
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
        store(io.BytesIO(raw), folder="assets")
    assert not list(tmp_path.rglob("*.*"))


def drawing(content, attributes='viewBox="0 0 40 20"'):
    return f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {attributes}>{content}</svg>'.encode()


LOGO = drawing(
    """<style>/* made by an editor */ .a, #b { fill: #1a2b3c; stroke: url(#g) } .c{fill:none}</style>
    <defs><linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient></defs>
    <g transform="scale(2)"><path class="a" style="fill:url('#g'); stroke-width: 2" d="M0 0L10 10"/><use xlink:href="#g"/></g>
    <text font-family="Inter" y="3">5 &lt; 6</text>"""
)


@pytest.mark.spec("AST-08")
def test_a_drawing_is_kept_as_it_is_drawn():
    stored = store(io.BytesIO(LOGO), folder="assets")
    with default_storage.open(stored.name) as file:
        kept = file.read().decode()
    assert stored.name.endswith(".svg")
    assert (stored.width, stored.height) == (40, 20)
    for part in (
        'viewBox="0 0 40 20"', ".a, #b{fill: #1a2b3c;stroke: url(#g)}.c{fill:none}", "style=\"fill:url('#g');stroke-width: 2\"",
        '<use href="#g"></use>', "5 &lt; 6", 'stop-color="red"', "scale(2)",
    ):  # fmt: skip
        assert part in kept


@pytest.mark.spec("AST-08")
@pytest.mark.parametrize(
    "part",
    [
        "<script>gone()</script>",
        '<g onload="gone()"/>',
        '<a href="javascript:gone()"><rect/></a>',
        '<a xlink:href="https://gone.example/"><rect/></a>',
        '<use href="https://gone.example/a.svg#x"/>',
        '<use href="/gone.svg#x"/>',
        '<use xlink:href="data:image/svg+xml,gone"/>',
        '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><script>gone()</script></body></foreignObject>',
        '<animate attributeName="href" to="javascript:gone()"/>',
        '<set attributeName="onclick" to="gone()"/>',
        '<rect fill="url(https://gone.example/)"/>',
        '<rect style="fill:red;background:url(//gone.example)"/>',
        r'<rect style="fill:u\72l(//gone.example)"/>',
        "<rect style=\"fill:/**/image-set('//gone.example' 1x)\"/>",
        '<rect filter="url(#gone)"/>',
        '<metadata xmlns:x="urn:x"><x:by>gone</x:by></metadata>',
        '<x:view xmlns:x="urn:x" x:name="gone"><rect/></x:view>',
        '<script xmlns="http://www.w3.org/1999/xhtml">gone()</script>',
        "<!-- gone --><?gone gone?>",
        '<iframe src="gone"/><audio src="gone"/>',
    ],
)
def test_what_runs_loads_or_hides_goes_from_a_drawing(part):
    stored = store(io.BytesIO(drawing(f'<rect width="3" height="3"/>{part}')), folder="assets")
    with default_storage.open(stored.name) as file:
        kept = file.read()
    assert b"gone" not in kept
    assert b'<rect width="3" height="3">' in kept


@pytest.mark.spec("AST-08")
@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(drawing(""), id="draws nothing"),
        pytest.param(drawing("<script>1</script>"), id="script alone"),
        pytest.param(drawing("<rect/>", attributes=""), id="no size"),
        pytest.param(drawing("<rect/>", attributes='viewBox="0 0 NaN 1e9"'), id="size that is none"),
        pytest.param(drawing("<rect/>", attributes='width="2000" height="20"'), id="long and thin"),
        pytest.param(drawing("<rect/>")[:-3], id="truncated"),
        pytest.param(b"<svg><rect/></svg>", id="no namespace"),
        pytest.param(drawing('<image href="data:image/png;base64,AAAA"/><rect/>'), id="picture in it"),
        pytest.param(drawing('<style>@import "x.css"; rect{fill:red}</style><rect/>'), id="style import"),
        pytest.param(drawing("<style>@media screen{rect{fill:red}}</style><rect/>"), id="nested style"),
        pytest.param(drawing("<style>rect{fill:url(//x.example)}</style><rect/>"), id="style that loads"),
        pytest.param(drawing(r"<style>rect{fill:u\72l(//x.example)}</style><rect/>"), id="style with an escape"),
        pytest.param(drawing("<g>" * 100 + "<rect/>" + "</g>" * 100), id="deep"),
        pytest.param(drawing("<rect/>" * 6_000), id="many parts"),
        pytest.param(drawing('<g id="a"><use href="#b"/></g>' * 30 + "<rect/>"), id="uses of uses"),
        pytest.param(
            b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + drawing("<text>&b;</text>"),
            id="entities",
        ),
        pytest.param(
            b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + drawing("<text>&a;</text>"),
            id="entity from a file",
        ),
    ],
)
def test_a_drawing_that_cannot_be_made_harmless_is_refused(raw, tmp_path):
    with pytest.raises(InvalidImage):
        store(io.BytesIO(raw), folder="assets")
    assert not list(tmp_path.rglob("*.*"))


@pytest.mark.spec("AST-08")
def test_the_kinds_and_the_size_that_a_place_takes():
    for raw, kinds in ((LOGO, ("png", "jpg")), (picture(), ("svg",))):
        with pytest.raises(InvalidImage) as refusal:
            store(io.BytesIO(raw), folder="branding", kinds=kinds, field="short_logo")
        assert refusal.value.field == "short_logo"
    with pytest.raises(InvalidImage, match="larger than 100 kB"):
        store(io.BytesIO(picture() + b"0" * 100_000), folder="branding", largest=100_000)


@pytest.mark.spec("AST-08")
def test_a_photograph_stands_upright_without_its_metadata():
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    stored = store(io.BytesIO(picture("JPEG", exif=exif)), folder="assets")
    assert (stored.width, stored.height) == (30, 40)
