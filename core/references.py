"""Public references such as ORD-7K2M9Q4T: random, checked, never a database id (DESIGN section 7)."""

import os
from operator import mul

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXY"  # Crockford's without Z: modulo 31 it couldn't be told from 0
READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", "Z": "2"})
LENGTHS = (8, 10, 12)  # behind the dash; `new_reference` says what for
# A random byte as a digit of base 31; those from the last, incomplete round are thrown away, so that no digit comes oftener.
DIGIT = bytes(byte % 31 for byte in range(256))
UNEVEN = bytes(range(256 - 256 % 31, 256))
CHARACTER = bytes.maketrans(bytes(range(31)), ALPHABET.encode())


def new_reference(kind: str, *, length: int = 8) -> str:
    """A new reference of `length` characters behind the kind's prefix; the last character is a check.

    The unique constraint decides, and what it refuses isn't made at all: so 8 characters for what people make in their thousands, 10 for
    what comes by the million (among ten million, one new one in 2.6 million meets another; of 8 characters it would be one in 2,750),
    12 for operations and what is made a hundred thousand at once.
    """
    return new_references(kind, 1, length=length)[0]


def new_references(kind: str, number: int, *, length: int = 8) -> list[str]:
    """As many of them as are wanted, as `new_reference` makes one."""
    size = length - 1
    digits = _random_digits(number * size)
    text = digits.translate(CHARACTER).decode()
    return [f"{kind}-{text[at : at + size]}{_check(digits[at : at + size])}" for at in range(0, number * size, size)]


def _random_digits(number: int) -> bytes:
    digits = b""
    while len(digits) < number:
        digits += os.urandom(number - len(digits) + 8).translate(DIGIT, UNEVEN)
    return digits[:number]


def _check(digits: bytes) -> str:
    return ALPHABET[sum(map(mul, digits, range(1, len(digits) + 1))) % 31]


def check_character(body: str) -> str:
    """A weighted sum modulo 31 (a prime): catches every single wrong and every swapped neighbouring character."""
    return _check(bytes(map(ALPHABET.index, body)))


def clean_reference(text: str) -> str | None:
    """The reference a person meant (any case, O for 0, I or L for 1), or None where the check fails."""
    kind, dash, body = text.strip().upper().partition("-")
    body = body.translate(READ_AS)
    if not dash or len(body) < 2 or any(char not in ALPHABET for char in body):
        return None
    return f"{kind}-{body}" if check_character(body[:-1]) == body[-1] else None
