"""What somebody typed into the search field, and what it looks like: the shape decides which tables are asked (UIX-04).

Everything is taken as it stands: a per cent sign is one, a Cyrillic О is no zero, and no text is too strange to be asked for.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from core.references import LENGTHS, clean_reference
from core.text import UnfitText, clean_phone

LONGEST = 200  # characters
MOST_WORDS = 6
REFERENCE = re.compile(r"(?<![0-9A-Za-z])([A-Za-z]{2,4})-([0-9A-Za-z]{1,16})(?![0-9A-Za-z-])")
BODY = re.compile("|".join(f"[0-9A-Za-z]{{{length}}}" for length in LENGTHS))
HASH = re.compile(r"(?<![0-9a-z])(?:0x)?([0-9a-f]{64})(?![0-9a-z])")
ADDRESS = re.compile(r"(?<![0-9a-z])(?:0x)?([0-9a-f]{40})(?![0-9a-z])")
# A part of an address, or one that was cut in the middle as pages show it: 0x3f21ab…9A2c.
HEX_PART = re.compile(r"(0x[0-9a-f]{2,62})(?:(?:…|\.{2,3})([0-9a-f]{2,62}))?")
EMAIL = re.compile(r"""[^\s<>,;:"()]+@[^\s<>,;:"()]+""")
WHOLE_EMAIL = re.compile(r"@[^@]+\.[a-z]{2,}$")  # what is typed so far may end before its last dot
PHONE = re.compile(r"(?:\+|00)?[0-9][0-9 ()./-]{5,24}")
# What trigrams can be made of: three letters or digits in a row, or the end of one short word and the beginning of the next.
SEARCHABLE = re.compile(r"[^\W_]{3}|[^\W_]{2}\W+[^\W_]|[^\W_]\W+[^\W_]{2}")


@dataclass(frozen=True)
class Question:
    """The text, in one line, and its readings; a reading that doesn't fit is "" or None."""

    text: str

    @classmethod
    def read(cls, raw: str) -> "Question":
        return cls(" ".join(unicodedata.normalize("NFC", raw[: LONGEST + 1]).split()) if len(raw) <= LONGEST else raw[: LONGEST + 1])

    @property
    def too_long(self) -> bool:
        return len(self.text) > LONGEST

    @cached_property
    def is_storable(self) -> bool:
        """Whether PostgreSQL can hold such a text at all; where not, nothing is called so."""
        try:
            self.text.encode()
        except UnicodeEncodeError:
            return False
        return "\0" not in self.text

    @cached_property
    def _reference(self) -> re.Match[str] | None:
        found = list(REFERENCE.finditer(self.text))
        return found[0] if len(found) == 1 and not self.email else None

    @property
    def prefix(self) -> str:
        """ORD of ORD-7K2M9Q4T, also where it stands in a sentence or in a page's address."""
        return self._reference[1].upper() if self._reference else ""

    @property
    def body(self) -> str:
        return self._reference[2].upper() if self._reference else ""

    @cached_property
    def references(self) -> list[str]:
        """The reference as it was typed and, where its check character fits, as it was meant (O for 0, I for 1)."""
        if not self._reference:
            return []
        typed = f"{self.prefix}-{self.body}"
        meant = clean_reference(typed)
        return [typed] if meant in (None, typed) else [typed, str(meant)]

    @cached_property
    def bare_body(self) -> str:
        """7K2M9Q4T alone, where the check character says that it is a reference's."""
        meant = clean_reference(f"X-{self.text}") if BODY.fullmatch(self.text) else None
        return meant.partition("-")[2] if meant else ""

    @cached_property
    def hash(self) -> str:
        """A transaction's hash on the chain, in the form that is stored."""
        found = HASH.search(self.text.lower()) if self.text.isascii() else None
        return f"0x{found[1]}" if found else ""

    @cached_property
    def address(self) -> str:
        """A whole address, in lower case."""
        found = ADDRESS.search(self.text.lower()) if self.text.isascii() and not self.hash else None
        return f"0x{found[1]}" if found else ""

    @cached_property
    def hex_parts(self) -> list[str]:
        """What an address holds: it whole, a fragment that says 0x, or both ends of one that was cut in the middle."""
        if self.address:
            return [self.address]
        found = HEX_PART.fullmatch(self.text.lower())
        return [part for part in found.groups() if part] if found else []

    @cached_property
    def email(self) -> str:
        found = EMAIL.findall(self.text) if "@" in self.text else []
        return found[0].lower() if len(found) == 1 and found[0].isascii() else ""

    @cached_property
    def phone(self) -> str:
        """In international form; digits alone are read as if the + had been left out."""
        if not PHONE.fullmatch(self.text):
            return ""
        digits = re.sub(r"[^0-9]", "", self.text)
        try:
            return clean_phone("+" + digits.removeprefix("00"), field=None)
        except UnfitText:
            return ""

    @property
    def number(self) -> int | None:
        return int(self.text) if self.text.isascii() and self.text.isdigit() and len(self.text) <= 15 else None

    @property
    def token(self) -> str:
        """Something that a program may have made: one word of six characters or more with a digit in it."""
        one = len(self.text) >= 6 and not re.search(r"\s", self.text) and any(char.isdigit() for char in self.text)
        return self.text if one else ""

    @cached_property
    def words(self) -> list[str]:
        """What a name is searched by; none where no index could help, nor for a whole e-mail address, which is found as it stands."""
        if self.hash or self.hex_parts or WHOLE_EMAIL.search(self.email):
            return []
        words = [self.email] if self.email else self.text.split()[:MOST_WORDS]
        return words if any(SEARCHABLE.search(word) for word in words) or SEARCHABLE.search(self.text) else []
