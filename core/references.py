"""Public references such as ORD-7K2M9Q4T: random, checked, never a database id (DESIGN section 7)."""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXY"  # Crockford's without Z: modulo 31 it couldn't be told from 0
READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", "Z": "2"})


def new_reference(kind: str, *, length: int = 8) -> str:
    """A new reference of `length` characters behind the kind's prefix; the last character is a check.

    8 characters carry 34 random bits (things made by people); 12 carry 54 (operations). The unique constraint decides.
    """
    number, body = secrets.randbelow(31 ** (length - 1)), ""
    for _ in range(length - 1):
        number, place = divmod(number, 31)
        body += ALPHABET[place]
    return f"{kind}-{body}{check_character(body)}"


def check_character(body: str) -> str:
    """A weighted sum modulo 31 (a prime): catches every single wrong and every swapped neighbouring character."""
    return ALPHABET[sum(weight * ALPHABET.index(char) for weight, char in enumerate(body, start=1)) % 31]


def clean_reference(text: str) -> str | None:
    """The reference a person meant (any case, O for 0, I or L for 1), or None where the check fails."""
    kind, dash, body = text.strip().upper().partition("-")
    body = body.translate(READ_AS)
    if not dash or len(body) < 2 or any(char not in ALPHABET for char in body):
        return None
    return f"{kind}-{body}" if check_character(body[:-1]) == body[-1] else None
