"""A file says what it is, and whether it still is that can be checked: by a command and a page (EXP-X4, U1, U2)."""

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from accounts.enums import Right as UserRight
from accounts.models import User
from accounts.tests.factories import sign_in, user
from audit.chain import signature_holds
from kit.enums import Right
from kit.exports import proof, sheet
from kit.models import Export
from kit.tests.test_export_files import EVIL

pytestmark = [pytest.mark.django_db, pytest.mark.spec("EXP-X4")]
RIGHTS = [UserRight.USERS_SEE, Right.EXPORTS_MAKE]


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def person():
    return user(rights=RIGHTS, last_name="Maker")


def export(person, form: str, tmp_path: Path, address: str = "/users/") -> Path:
    response = sign_in(person).post(address, {"export": form})
    assert response.status_code == 200
    name = response["Content-Disposition"].split('filename="')[1].rstrip('"')
    path = tmp_path / name
    path.write_bytes(b"".join(response.streaming_content))
    return path


def verify(path: Path, *arguments: str) -> str:
    out = io.StringIO()
    call_command("verify_export", str(path), *arguments, stdout=out)
    return out.getvalue()


def refusal(path: Path, *arguments: str) -> str:
    with pytest.raises(CommandError) as error:
        verify(path, *arguments)
    return str(error.value)


def people(count: int = 5) -> None:
    for number in range(count):
        user(rights=[], last_name=f"Bērziņa {number}")


def test_a_sheet_says_what_the_file_is(person, tmp_path):
    people()
    path = export(person, "xlsx", tmp_path, "/users/?q=bērz")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Users", "Provenance"]
    said = {row[0]: row[1] for row in book["Provenance"].iter_rows(values_only=True)}
    made = Export.objects.get()
    assert said["Export"] == made.reference
    assert said["Rows"] == "5"
    assert "bērz" in said["Criteria"]
    assert said["Made by"] == f"Anna Maker ({person.reference})"
    assert said["Time zone"] == "Europe/Riga"
    assert said["Columns"].startswith("last_login, ")
    assert made.content_hash in said["Hash of the rows"]
    answer = verify(path)
    assert answer.startswith("Unchanged since ")
    assert "5 rows" in answer
    assert person.reference in answer


def test_saved_again_by_another_program_it_is_unchanged(person, tmp_path):
    for text in [*EVIL, "0012", "1e5", "TRUE"]:
        user(rights=[], first_name=text, created_at=datetime(2026, 11, 21, 12, 5, 33, 123456, tzinfo=UTC))
    path = export(person, "xlsx", tmp_path)
    assert "Unchanged" in verify(path)
    openpyxl.load_workbook(path).save(path)
    # openpyxl writes a carriage return bare, which XML turns into a line end: that cell did change
    found = refusal(path).splitlines()[1:]
    assert [line.strip() for line in found] == [f"Changed: cell {name_of('first_name')}{line_of(chr(13) + '=1')}, column first_name."]


def line_of_statement(book, label: str = "Made by") -> int:
    return next(number for number, row in enumerate(book["Provenance"].iter_rows(values_only=True), start=1) if row[0] == label)


def name_of(column: str) -> str:
    names = [name for name, _kind in Export.objects.get().statement["columns"]]
    return openpyxl.utils.get_column_letter(names.index(column) + 1)


def line_of(first_name: str) -> int:
    newest_first = list(User.objects.order_by("-created_at", "-id").values_list("first_name", flat=True))
    return newest_first.index(first_name) + 2


def test_a_changed_cell_a_missing_and_an_added_row_are_named(person, tmp_path):
    people(8)
    path = export(person, "xlsx", tmp_path)
    original = path.read_bytes()

    def changed(change) -> str:
        path.write_bytes(original)
        book = openpyxl.load_workbook(path)
        change(book)
        book.save(path)
        return refusal(path)

    cell = f"{name_of('last_name')}4"
    assert f"Changed: cell {cell}, column last_name." in changed(lambda book: book["Users"].__setitem__(cell, "Somebody else"))
    answer = changed(lambda book: book["Users"].delete_rows(5))
    assert "The file holds 8 rows, and 9 were written." in answer
    assert "Missing: line 5 of the original." in answer
    assert "Not of the original: line 3 of the file" in changed(
        lambda book: (book["Users"].insert_rows(3), book["Users"].__setitem__("A3", "x"))
    )
    assert "There is a formula in A2" in changed(lambda book: book["Users"].__setitem__("A2", "=1+1"))
    assert "names the columns" in changed(lambda book: book["Users"].__setitem__("A1", "first_login"))
    assert "Made by" in changed(lambda book: book["Provenance"].__setitem__(f"B{line_of_statement(book)}", "Somebody else"))
    assert "is missing" in changed(lambda book: book.remove(book["Provenance"]))
    assert "names the columns" in changed(lambda book: book.create_sheet("More").append(["a", "b"]))


def test_two_files_each_with_the_others_statement_are_found_out(person, tmp_path):
    people()
    one = export(person, "xlsx", tmp_path)
    user(rights=[])
    other = export(person, "xlsx", tmp_path)
    with zipfile.ZipFile(one) as package, zipfile.ZipFile(other) as donor, zipfile.ZipFile(tmp_path / "mixed.xlsx", "w") as mixed:
        for name in package.namelist():
            mixed.writestr(name, (donor if name.endswith("sheet2.xml") else package).read(name))
    assert "were written" in refusal(tmp_path / "mixed.xlsx")


def test_a_csv_is_known_by_its_content_and_what_changed_by_its_name(person, tmp_path):
    for text in EVIL:
        user(rights=[], first_name=text)
    path = export(person, "csv", tmp_path)
    assert "Unchanged" in verify(path)
    plain = tmp_path / "renamed.csv"
    plain.write_bytes(path.read_bytes())
    assert "Unchanged" in verify(plain)
    plain.write_bytes(path.read_bytes().replace(b"Maker", b"Taker"))
    assert refusal(plain) == "This file is none that this instance has exported."
    reference = Export.objects.get().reference
    assert "column last_name" in refusal(plain, "--export", reference)
    path.write_bytes(plain.read_bytes())
    assert "column last_name" in refusal(path)  # its name holds the reference


def test_the_signed_statement_of_a_csv(person, tmp_path):
    path = export(person, "csv", tmp_path)
    made = Export.objects.get()
    signed = json.loads(sign_in(person).get(f"/exports/{made.reference}/provenance/").content)
    assert signature_holds(signed["document"].encode(), bytes.fromhex(signed["signature"]), signed["public_key"])
    content = json.loads(signed["document"])
    assert content["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert content["rows"] == 1


def test_who_can_write_to_the_database_alone_can_forge_nothing(person, tmp_path):
    people()
    path = export(person, "xlsx", tmp_path)
    other = export(person, "xlsx", tmp_path, "/users/?q=bērz")
    first, second = Export.objects.order_by("id")
    with zipfile.ZipFile(path) as package, zipfile.ZipFile(other) as donor, zipfile.ZipFile(tmp_path / "mixed.xlsx", "w") as mixed:
        for name in package.namelist():
            mixed.writestr(name, (donor if name.endswith("sheet1.xml") else package).read(name))
    # the row of the one is made to say what the other holds
    Export.objects.filter(pk=first.pk).update(content_hash=second.content_hash, marks=second.marks, rows_done=second.rows_done)
    assert "not what the audit trail says" in refusal(tmp_path / "mixed.xlsx")


def test_totals_by_asset_are_those_of_the_rows(tmp_path):
    from decimal import Decimal  # noqa: PLC0415

    from orders.models import Order  # noqa: PLC0415
    from orders.tests.factories import order  # noqa: PLC0415

    made = [order(), order()]
    path = export(user(), "xlsx", tmp_path, "/orders/")
    said = {row[0]: row[1] for row in openpyxl.load_workbook(path)["Provenance"].iter_rows(values_only=True)}
    totals = {label: Decimal(text) for label, text in said.items() if label.startswith("Total of ")}
    assert totals[f"Total of total, {made[0].currency.code}"] == sum(Order.objects.values_list("total", flat=True))
    for one in made:
        assert totals[f"Total of quantity, {one.asset.code}"] == one.quantity


@pytest.mark.parametrize("count", [40, 100])
def test_many_rows_share_marks_and_the_place_is_still_found(person, tmp_path, monkeypatch, count):
    monkeypatch.setattr(proof, "MOST", 16)
    monkeypatch.setattr(sheet, "ROWS_OF_SHEET", 31)
    people(count)
    path = export(person, "xlsx", tmp_path)
    assert "Unchanged" in verify(path)
    made = Export.objects.get()
    assert len(made.marks) // 4 <= 16
    book = openpyxl.load_workbook(path)
    cell = f"{name_of('last_name')}9"
    book.worksheets[0][cell] = "Somebody else"
    book.save(path)
    line = next(line for line in refusal(path).splitlines() if "Changed: line" in line)
    first, last = map(int, line.split("line ")[1].rstrip(".").split("–"))
    assert first <= 9 <= last


def bomb(size: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", b"0" * size)
    return packed.getvalue()


def package(**parts: str) -> bytes:
    packed = io.BytesIO()
    frame = {
        "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="A" r:id="r1"/><sheet name="B" r:id="r2"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<R><Relationship Id="r1" Target="a.xml"/><Relationship Id="r2" Target="b.xml"/></R>',
        "xl/a.xml": "<worksheet/>",
        "xl/b.xml": "<worksheet/>",
    }
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in (frame | {name.replace("__", "/").replace("_dot_", "."): text for name, text in parts.items()}).items():
            made.writestr(name, content)
    return packed.getvalue()


LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><worksheet><row><c><v>&b;</v></c></row></worksheet>'
OUTSIDE = '<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet><row><c><v>&a;</v></c></row></worksheet>'
HOSTILE = {
    "nothing": b"PK\x03\x04",
    "zip bomb": bomb(60_000_000),
    "many parts": package(**{f"x{number}": "" for number in range(200)}),
    "billion laughs": package(xl__b_dot_xml=LAUGHS),
    "external entity": package(xl__b_dot_xml=OUTSIDE),
    "far row": package(xl__b_dot_xml='<worksheet><row r="99999999"><c><v>1</v></c></row></worksheet>'),
    "far column": package(xl__b_dot_xml='<worksheet><row r="1"><c r="XFD1"><v>1</v></c></row></worksheet>'),
    "no such text": package(xl__b_dot_xml='<worksheet><row r="1"><c t="s"><v>5</v></c></row></worksheet>'),
    "cut off": package()[:-30],
    "not well-formed": package(xl__b_dot_xml="<worksheet><row>"),
    "no parts": bomb(10),
    "long CSV line": b'"' + b"x" * 2_000_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files_are_refused_at_once(person, kind):
    response = sign_in(person).post("/exports/verify/", {"file": SimpleUploadedFile("book.xlsx", HOSTILE[kind])})
    assert response.status_code == 422
    assert "is-error" in response.content.decode() or "is-invalid" in response.content.decode()


def test_the_page_says_the_same_as_the_command_and_nothing_of_others_exports(person, tmp_path):
    people()
    path = export(person, "xlsx", tmp_path)
    browser, stranger = sign_in(person), sign_in(user(rights=RIGHTS))

    def answer(who, content: bytes, **fields: str) -> str:
        return who.post("/exports/verify/", {"file": SimpleUploadedFile("a.xlsx", content), **fields}).content.decode()

    assert browser.get("/exports/verify/").status_code == 200
    assert "Unchanged since" in answer(browser, path.read_bytes())
    assert "Unchanged since" in answer(stranger, path.read_bytes())
    book = openpyxl.load_workbook(path)
    book["Users"]["A2"] = "x"
    book.save(path)
    assert "Changed: cell A2" in answer(browser, path.read_bytes())
    assert "none that this instance has exported" in answer(stranger, path.read_bytes())
    assert "none that this instance has exported" in answer(browser, b"a,b\n1,2\n")
