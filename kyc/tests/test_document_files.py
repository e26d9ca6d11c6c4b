"""What may be sent as a document, and what may not: by content, whatever the name says (KYC-10, U3, U4)."""

import io
import os
import struct
import subprocess
import sys
import zipfile
import zlib

import pytest
from PIL import Image
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from kyc.services.documents.reading import EICAR, LARGEST, READER, UnfitDocument, clean_name, examine, page_picture
from kyc.tests.documents import bill_file, image, passport_file, pdf

pytestmark = [pytest.mark.spec("KYC-10"), pytest.mark.spec("U3"), pytest.mark.spec("U4")]


def refused(content: bytes, name: str = "passport.pdf") -> str:
    with pytest.raises(UnfitDocument) as refusal:
        examine(content, name=name)
    assert refusal.value.field == "file"
    return str(refusal.value)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def flood(side: int) -> bytes:
    """A PNG of some kilobytes that unpacks to `side` squared pixels."""
    rows = zlib.compressobj(9)
    packed = b"".join(rows.compress(b"\0" * (side * 3 + 1)) for _row in range(side)) + rows.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("run.exe", b"MZ")
    return out.getvalue()


def test_pictures_are_drawn_anew_upright_and_without_what_the_camera_wrote():
    plain = Image.new("RGB", (80, 40), "red")
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "SpyCam at 56.95N 24.1E"  # turned by 90 degrees, and a maker
    out = io.BytesIO()
    plain.save(out, "JPEG", exif=exif, comment=b"secret place")
    sent = out.getvalue() + zipped()
    kept = examine(sent, name="C:\\photos\\me.PNG")
    assert (kept.content_type, kept.pages, kept.name) == ("image/jpeg", 1, "me.jpg")
    with Image.open(io.BytesIO(kept.content)) as image_kept:
        assert image_kept.size == (40, 80), "upright"
        assert not image_kept.getexif()
    assert all(word not in kept.content for word in (b"SpyCam", b"secret place", b"run.exe"))


@pytest.mark.parametrize(
    "form",
    [
        {"form": "PNG"},
        {"form": "JPEG"},
        {"form": "PNG", "mode": "RGBA"},
        {"form": "PNG", "mode": "P"},
        {"form": "JPEG", "mode": "CMYK"},
        {"form": "PNG", "mode": "I;16"},
    ],
)
def test_every_usual_kind_of_picture_is_taken(form):
    kept = examine(image(**form), name="a")
    assert page_picture(kept.content, page=1, width=20).startswith(b"\xff\xd8\xff")


def test_pdfs_are_kept_as_they_are_and_counted():
    sent = bill_file(pages=3)
    kept = examine(sent, name="bill.pdf")
    assert (kept.content, kept.content_type, kept.pages) == (sent, "application/pdf", 3)
    assert examine(bill_file(pages=20), name="x").pages == 20
    with Image.open(io.BytesIO(page_picture(sent, page=3, width=600))) as drawn:
        assert drawn.width == 600
    with pytest.raises(UnfitDocument):
        page_picture(sent, page=4, width=600)


def with_attachment(writer):
    writer.add_attachment("run.exe", b"MZ")


def action(kind: str, **more: str):
    def change(writer):
        entry = {NameObject("/S"): NameObject(kind)} | {NameObject(f"/{name}"): TextStringObject(value) for name, value in more.items()}
        writer._root_object[NameObject("/OpenAction")] = DictionaryObject(entry)

    return change


def hidden(writer):
    """In an object that nothing leads to."""
    writer._add_object(ArrayObject([DictionaryObject({NameObject("/JS"): TextStringObject("app.alert(1)")})]))


@pytest.mark.parametrize(
    "change",
    [
        action("/JavaScript", JS="app.alert(1)"),
        with_attachment,
        hidden,
        action("/Launch", F="cmd.exe"),
        action("/SubmitForm", F="https://evil.example"),
        action("/GoToR", F="other.pdf"),
    ],
)
def test_pdfs_that_do_something_or_carry_files_are_refused(change):
    assert "scripts, forms or attached files" in refused(pdf(change))


@pytest.mark.parametrize("encryption", [{"user_password": "secret"}, {"user_password": "", "owner_password": "secret"}])
def test_protected_pdfs_are_refused(encryption):
    assert "protected" in refused(pdf(algorithm="RC4-128", **encryption))


def test_more_than_twenty_pages_are_refused():
    assert "more than 20 pages" in refused(bill_file(pages=21))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xff\xd8\xff" + b"x" * LARGEST, "larger than 16 MB"),
        (EICAR, "malware"),
        (image() + EICAR, "malware"),
        (b"MZ\x90\0 this is a program", "no JPEG, PNG or PDF"),
        (b"<html><script>alert(1)</script></html>", "no JPEG, PNG or PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no JPEG, PNG or PDF"),
        (b"\n%PDF-1.7 not at the beginning", "no JPEG, PNG or PDF"),
        (zipped(), "no JPEG, PNG or PDF"),
        (b"GIF89a", "no JPEG, PNG or PDF"),
        (b"\xff\xd8\xff garbage", "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (image()[:60], "damaged"),
        (b"%PDF-1.7\nnothing in it\n%%EOF", "damaged"),
    ],
)  # fmt: skip
def test_what_is_no_whole_document_is_refused_by_name(content, words):
    assert words in refused(content)


def test_what_stands_behind_a_pdf_is_refused():
    assert "behind the end" in refused(bill_file() + zipped())
    assert "behind the end" in refused(bill_file() + b"<script>alert(1)</script>")
    assert examine(bill_file() + b"\r\n\0\0", name="x").pages == 2, "padding is nothing"


def test_a_flood_of_pixels_never_unpacks():
    assert "too large" in refused(flood(12_500))
    assert "too large" in refused(flood(8_000))


def test_truncated_and_shuffled_pdfs_break_nothing():
    whole = bill_file()
    for cut in range(20, len(whole), len(whole) // 15):
        refused(whole[:cut])
        refused(whole[:cut] + b"\n%%EOF")


def test_a_file_that_kills_its_reader_is_only_refused(tmp_path, monkeypatch):
    broken = tmp_path / "reader.py"
    monkeypatch.setattr("kyc.services.documents.reading.READER", broken)
    broken.write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    assert "too intricate" in refused(image())
    monkeypatch.setattr("kyc.services.documents.reading.PATIENCE", 0.5)
    broken.write_text("import time; time.sleep(60)")
    assert "too intricate" in refused(image())


def test_the_reader_knows_no_secret_and_has_its_limits():
    probe = "import runpy, os, resource; runpy.run_path(__import__('sys').argv[1], run_name='x'); print(dict(os.environ))"
    done = subprocess.run([sys.executable, "-I", "-c", probe, str(READER)], env={}, capture_output=True, text=True, check=True)
    assert not {"SECRET_KEY", "DATABASE_URL"} & set(eval(done.stdout))  # noqa: S307 - our own text
    assert os.environ["SECRET_KEY"]
    source = READER.read_text()
    assert "django" not in source.lower().replace("knows neither django", "")
    assert all(limit in source for limit in ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE"))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("..\\..\\windows\\system32\\cmd.exe", "cmd.exe.pdf"),
        ("/etc/shadow\0.pdf", "shadow.pdf"),
        ("passport\u202efdp.exe", "passport fdp.exe.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "a Set-Cookie: x=1.pdf"),
        ("pase\u0304.JPEG", "pasē.pdf"),
        ("", "document.pdf"),
        ("...", "document.pdf"),
        (".pdf", "pdf.pdf"),
        ("x" * 500 + ".pdf", "x" * 100 + ".pdf"),
        ('<img src=x onerror="alert(1)">.png', '<img src=x onerror="alert(1)">.pdf'),
        ("\ud800half", "half.pdf"),
    ],
)
def test_names_are_cleaned_and_end_in_what_the_file_is(sent, kept):
    assert clean_name(sent, "pdf") == kept


def test_a_passport_is_what_the_demo_draws():
    assert examine(passport_file(), name="passport.jpeg").content_type == "image/jpeg"
