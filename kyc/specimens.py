"""Documents that nobody was ever given, drawn for the demo and for tests: each says SPECIMEN."""

import io
import unicodedata
from collections.abc import Sequence
from datetime import date

from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont

INK, PAPER, LINE = "#1b2330", "#eef1e6", "#8a9a5b"


def passport(*, last_name: str, first_name: str, born: date | None, number: str, valid_until: date) -> bytes:
    """The page of a passport with a face, as a JPEG."""
    sheet = Image.new("RGB", (1240, 870), PAPER)
    draw = ImageDraw.Draw(sheet)
    for offset in range(0, 1240, 14):
        draw.arc((offset - 620, -300, offset + 620, 1100), 200, 340, fill="#e0e6d0", width=2)
    draw.rectangle((0, 0, 1240, 96), fill=LINE)
    draw.text((40, 26), "AMBER COAST    PASSPORT    SPECIMEN", fill="white", font=_font(40))
    draw.rounded_rectangle((50, 150, 390, 590), 12, fill="#c9d3dd", outline=INK, width=2)
    draw.ellipse((145, 210, 295, 390), fill="#8393a3")
    draw.pieslice((90, 400, 350, 760), 180, 360, fill="#5d6d7d")
    lines = [
        ("Surname", _plain(last_name).upper()), ("Given names", _plain(first_name).upper()), ("Date of birth", f"{born:%d.%m.%Y}" if born else "—"),
        ("Passport no.", number), ("Date of expiry", f"{valid_until:%d.%m.%Y}"),
    ]  # fmt: skip
    for place, (label, value) in enumerate(lines):
        draw.text((440, 150 + place * 92), label, fill="#5d6d7d", font=_font(24))
        draw.text((440, 180 + place * 92), value[:34], fill=INK, font=_font(38))
    zone = f"P<AMC{_machine(last_name)}<<{_machine(first_name)}".ljust(44, "<")[:44]
    below = f"{_machine(number)}<0AMC{born or valid_until:%y%m%d}0F{valid_until:%y%m%d}0".ljust(44, "<")[:44]
    draw.multiline_text((40, 700), f"{zone}\n{below}", fill=INK, font=_font(38), spacing=22)
    return _jpeg(sheet)


def bill(*, name: str, address: Sequence[str], day: date, pages: int = 2) -> bytes:
    """A bill for electricity with an address, as a PDF."""
    document = FPDF(format="A4")
    document.set_title("SPECIMEN")
    for page in range(pages):
        document.add_page()
        document.set_font("helvetica", "B", 22)
        document.cell(0, 14, "Amber Coast Electricity  -  SPECIMEN", new_x="LMARGIN", new_y="NEXT")
        document.set_font("helvetica", "", 12)
        for line in (*((name, *address) if page == 0 else ()), "", f"Bill of {day:%d.%m.%Y}, page {page + 1} of {pages}"):
            document.cell(0, 8, _plain(line), new_x="LMARGIN", new_y="NEXT")
        document.ln(8)
        for number in range(12):
            document.cell(120, 9, f"{number + 1:02d}/{day:%Y}  Electricity used, kWh {180 + 7 * number + 40 * page}", border="B")
            document.cell(0, 9, f"{31 + number}.{number * 7 % 100:02d} EUR", border="B", align="R", new_x="LMARGIN", new_y="NEXT")
    return bytes(document.output())


def _plain(text: str) -> str:
    """Without the marks above and below letters, which the fonts here don't have."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _machine(text: str) -> str:
    return "".join(char if char.isalnum() else "<" for char in _plain(text).upper())


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _jpeg(sheet: Image.Image) -> bytes:
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=88)
    return out.getvalue()
