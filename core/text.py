"""Text that people type, made safe to store, compare, log and print: names, e-mail addresses, phone numbers."""

import unicodedata

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError

# Characters that change the order or hide in a line: they make one name look like another (reliability U11).
INVISIBLE = {0x00AD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
REFUSED_CATEGORIES = {"Cc", "Cs", "Cn", "Zl", "Zp"}


class UnfitText(DomainError):
    """A text that can't be stored as what it is meant to be."""

    code = "unfit_text"
    status = 422


def clean_line(text: str, *, maximum: int, field: str | None = None, required: bool = False) -> str:
    """One line of text in NFC without outer or doubled spaces.

    Raises UnfitText for control characters (line breaks forge logs and mail headers), invisible or direction-changing
    ones, lone surrogates, more than `maximum` characters, and nothing at all where something is `required`.
    """
    if any(unicodedata.category(char) in REFUSED_CATEGORIES or ord(char) in INVISIBLE for char in text):
        raise UnfitText(_("Leave out line breaks and invisible characters."), field=field)
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if required and not line:
        raise UnfitText(_("This can't be empty."), field=field)
    if len(line) > maximum:
        raise UnfitText(_("At most %(maximum)s characters.") % {"maximum": maximum}, field=field)
    return line


def clean_lines(text: str, *, maximum: int, field: str | None = None) -> str:
    """Several lines of text, each as clean_line makes it, without empty ones at the ends. Raises UnfitText."""
    lines = [clean_line(line, maximum=maximum, field=field) for line in text.replace("\r\n", "\n").split("\n")]
    whole = "\n".join(lines).strip("\n")
    if len(whole) > maximum:
        raise UnfitText(_("At most %(maximum)s characters.") % {"maximum": maximum}, field=field)
    return whole


def clean_email(text: str, *, field: str | None = "email") -> str:
    """An e-mail address in its one form: ASCII, lower case, so that İ, ı or a fullwidth letter can't make a second one.

    Raises UnfitText for anything else; an internationalised domain is written in its `xn--` form.
    """
    email = text.strip()
    try:
        validate_email(email)
        fits = len(email) <= 254 and email.isascii()
    except ValidationError:
        fits = False
    if not fits:
        raise UnfitText(_("Write an e-mail address such as name@example.com."), field=field)
    return email.lower()


def clean_https(text: str, *, maximum: int = 300, field: str | None = None) -> str:
    """A public https address that people follow; "" stays "". Raises UnfitText for any other scheme, and for names or passwords in it."""
    address = text.strip()
    if not address:
        return ""
    try:
        URLValidator(schemes=["https"])(address)
    except ValidationError:
        raise UnfitText(_("Write an address that begins with https://."), field=field) from None
    if len(address) > maximum:
        raise UnfitText(_("At most %(maximum)s characters.") % {"maximum": maximum}, field=field)
    if "@" in address.split("/")[2] or not address.isascii() or "\\" in address:
        raise UnfitText(_("Write the address without a user name, in plain characters."), field=field)
    return address


def clean_phone(text: str, *, field: str | None = "phone") -> str:
    """A phone number in international form (E.164), for example +37120000000; "" stays "".

    Raises UnfitText for numbers that can't exist or lack the country's code.
    """
    if not text.strip():
        return ""
    try:
        number = phonenumbers.parse(text.strip()) if len(text) <= 40 and text.isascii() else None
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise UnfitText(_("Write the phone number with the country's code, for example +371 20 000 000."), field=field)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
