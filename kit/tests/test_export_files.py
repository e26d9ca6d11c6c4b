"""What stands in an exported file, read back with openpyxl and the csv module (EXP-X1, U5)."""

import csv
import io
import zipfile
from datetime import UTC, datetime
from decimal import Decimal

import openpyxl
import pytest
from django.db.models import DecimalField, F, IntegerField, QuerySet, TextField, Value
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import user
from kit.exports import sheet
from kit.exports.resource import ListResource

pytestmark = [pytest.mark.django_db, pytest.mark.spec("EXP-X1")]

EVIL = [
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1",
    "a\x01\x1fb\x7f",
    "<b>&amp;\\n\\",
    "line\nbreak",
    "  spaced  ",
    "emoji 🦊 Ņ",
    "'q\"",
    "%s%%",
]


class PeopleResource(ListResource):
    excluded = {"password": "a secret's hash", "search_text": "made of other columns"}

    class Meta:
        model = User


def make_file(form: str, rows: QuerySet[User] | None = None, resource: type[ListResource] = PeopleResource) -> bytes:
    file = io.BytesIO()
    rows = User.objects.order_by("id") if rows is None else rows
    sheet.write(file, resource=resource, queryset=rows, form=form, title="People [1]", progress=lambda done: None)
    return file.getvalue()


def table(data: bytes) -> list[tuple]:
    return list(openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True))


def column(data: bytes, name: str) -> list:
    head, *rows = table(data)
    return [row[head.index(name)] for row in rows]


def test_every_text_comes_back_as_text_and_nothing_as_a_formula():
    for text in EVIL:
        user(rights=[], first_name=text)
    data = make_file("xlsx")
    expected = [text.replace("\x01", "").replace("\x1f", "").replace("\x7f", "") for text in EVIL]
    assert column(data, "first_name") == expected
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")


def test_csv_text_never_starts_a_formula():
    for text in EVIL:
        user(rights=[], first_name=text)
    data = make_file("csv")
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    shown = [row["first_name"] for row in rows]
    assert shown[:6] == ["'" + text for text in EVIL[:6]]
    assert shown[8:12] == ["line\nbreak", "  spaced  ", "emoji 🦊 Ņ", "'q\""]


def test_cells_are_typed_and_times_are_local():
    user(rights=[], created_at=datetime(2026, 11, 21, 12, 5, 33, tzinfo=UTC), is_active=False)
    with timezone.override("Europe/Riga"):
        data, text = make_file("xlsx"), make_file("csv").decode("utf-8-sig")
    assert column(data, "created_at") == [datetime(2026, 11, 21, 14, 5, 33)]  # noqa: DTZ001 - a sheet has no zones
    assert column(data, "is_active") == [False]
    assert "2026-11-21T14:05:33+02:00" in text
    ws = openpyxl.load_workbook(io.BytesIO(data)).active
    assert ws.freeze_panes == "A2"
    assert ws.title == "People 1"
    assert ws["A1"].font.b


class Numbers(PeopleResource):
    more = {"amount": "amount", "count": "count", "nothing": "nothing", "long": "long"}

    class Meta:
        model = User


def test_numbers_keep_every_digit():
    user(rights=[])
    rows = User.objects.order_by("id").annotate(
        amount=Value(Decimal("1250.500000000000000000"), DecimalField()),
        count=Value(42, IntegerField()),
        nothing=Value(None, TextField()),
        long=Value(Decimal("12345678901234567890.123456789012345678"), DecimalField()),
    )
    data = make_file("xlsx", rows, Numbers)
    assert column(data, "amount") == [1250.5]
    assert column(data, "count") == [42]
    assert column(data, "nothing") == [None]
    assert column(data, "long") == ["12345678901234567890.123456789012345678"]


def test_a_very_long_text_is_cut_to_what_a_cell_holds():
    user(rights=[])
    rows = User.objects.annotate(long=Value("x" * 40_000, TextField()), amount=F("id"), count=F("id"), nothing=F("id"))
    assert len(column(make_file("xlsx", rows, Numbers), "long")[0]) == 32_767


def test_a_full_sheet_is_followed_by_another(monkeypatch):
    monkeypatch.setattr(sheet, "ROWS_OF_SHEET", 4)
    for _ in range(7):
        user(rights=[])
    book = openpyxl.load_workbook(io.BytesIO(make_file("xlsx")))
    assert [ws.max_row for ws in book.worksheets] == [4, 4, 2]
    head = [cell.value for cell in book.worksheets[0][1]]
    assert all([cell.value for cell in ws[1]] == head for ws in book.worksheets)
    found = [row[head.index("reference")] for ws in book.worksheets for row in ws.iter_rows(min_row=2, values_only=True)]
    assert found == list(User.objects.order_by("id").values_list("reference", flat=True))


def test_no_rows_make_a_file_with_a_head():
    assert table(make_file("xlsx", User.objects.none()))[0][0] == "last_login"
    assert make_file("csv", User.objects.none()).decode("utf-8-sig").startswith("last_login,")


def test_a_secret_is_not_exported():
    user(rights=[])
    assert b"argon2" not in make_file("csv")
    assert PeopleResource.unexplained() == []


def test_a_field_left_out_without_a_reason_is_found():
    class Careless(ListResource):
        excluded = {"password": " "}

        class Meta:
            model = User
            exclude = ["phone"]

    assert Careless.unexplained() == ["password", "phone"]
