"""The rules of passwords, stated beside the field and enforced (ACC-02)."""

import gzip
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import instance

SHORTEST, LONGEST = 15, 128
OWN_REST = 8  # letters and digits that must be left of a password without the person's own data
OWN_LIST = Path(__file__).parent / "common_passwords.txt"
RUN = re.compile(r"(.)\1{2,}|\d+", re.DOTALL)
SEQUENCES = ("abcdefghijklmnopqrstuvwxyz" * 2, "qwertyuiopasdfghjklzxcvbnm" * 2, "zyxwvutsrqponmlkjihgfedcba" * 2)


class Argon2(Argon2PasswordHasher):
    """OWASP's second choice of parameters: Django's own takes 100 MB for each sign-in, which a rush of them turns into an outage."""

    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1


class Length:
    """15 to 128 characters, nothing cut off; which ones is everyone's own choice."""

    def validate(self, password: str, user: Any = None) -> None:
        if not SHORTEST <= len(password) <= LONGEST:
            raise ValidationError(self.get_help_text(), code="password_length")

    def get_help_text(self) -> str:
        return _("%(least)d to %(most)d characters. Several words with spaces are easy to keep in mind.") % {
            "least": SHORTEST,
            "most": LONGEST,
        }


class NotCommon:
    """Not one of the passwords that everybody tries first, nor two of them in a row, nor a pattern of the keyboard."""

    def validate(self, password: str, user: Any = None) -> None:
        if is_common(password):
            raise ValidationError(_("This password is common, or made of common ones: it would be tried first."), code="password_common")

    def get_help_text(self) -> str:
        return _("Not a common or breached password, nor a repetition or a row of the keyboard.")


class NotPrevious:
    """A new password is a new one."""

    def validate(self, password: str, user: Any = None) -> None:
        if user is not None and user.pk and user.password and check_password(password, user.password):
            raise ValidationError(_("This is the password you have now. Choose another."), code="password_previous")

    def get_help_text(self) -> str:
        return _("Not the previous password.")


class NotOwnData(password_validation.UserAttributeSimilarityValidator):
    """Not like the person's own names, e-mail address or phone number."""

    def __init__(self) -> None:
        super().__init__(user_attributes=("email", "first_name", "last_name", "phone"))

    def validate(self, password: str, user: Any = None) -> None:
        """Neither similar to one of them nor put together from them with little else."""
        super().validate(password, user)
        if user is None:
            return
        rest = _fold(password)
        own = [word for name in self.user_attributes for word in re.split(r"\W+", _fold(str(getattr(user, name, "") or "")))]
        for word in sorted(own, key=len, reverse=True):
            if len(word) >= 3:
                rest = rest.replace(word, "")
        if rest != _fold(password) and sum(char.isalnum() for char in rest) < OWN_REST:
            raise ValidationError(_("This password is made of your own name, e-mail address or phone number."), code="password_own_data")

    def get_help_text(self) -> str:
        return _("Not like your name, e-mail address or phone number.")


class FourClasses:
    """Lower and upper case letters, digits and signs: for issuers that must have them (setting accounts.password_classes)."""

    def validate(self, password: str, user: Any = None) -> None:
        if not instance.value("accounts.password_classes"):
            return
        present = {
            "lower": any(char.islower() for char in password),
            "upper": any(char.isupper() for char in password),
            "digit": any(char.isdigit() for char in password),
            "sign": any(not char.isalnum() for char in password),
        }
        if not all(present.values()):
            raise ValidationError(self.get_help_text(), code="password_classes")

    def get_help_text(self) -> str:
        if not instance.value("accounts.password_classes"):
            return ""
        return _("At least one lower case letter, one upper case letter, one digit and one other sign.")


@cache
def common_passwords() -> frozenset[str]:
    """Django's list of 20,000 and our own of long ones, folded."""
    shipped = Path(password_validation.__file__).parent / "common-passwords.txt.gz"
    with gzip.open(shipped, "rt", encoding="utf-8") as lines:
        words = {line.strip() for line in lines}
    return frozenset(words | {_fold(line) for line in OWN_LIST.read_text(encoding="utf-8").splitlines()})


def is_common(password: str) -> bool:
    """Common as it stands, without its last digits and signs, as a repetition, a row, or at most two common parts."""
    folded = _fold(password)
    bare = "".join(char for char in folded if char.isalnum())
    stem = folded.rstrip("0123456789!?.,-_*#@$ ")
    return (
        len(set(folded)) < 5
        or any(text in common_passwords() for text in (folded, bare, stem))
        or any(text in (sequence * 3) for sequence in SEQUENCES for text in (folded, stem) if len(text) > 4)
        or _repeats(folded)
        or _is_few_common_parts(bare)
    )


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _repeats(text: str) -> bool:
    """A piece of at most a third of the whole, again and again."""
    return any(
        len({text[start : start + size] for start in range(0, len(text) - size + 1, size)}) == 1 for size in range(1, len(text) // 3 + 1)
    )


def _is_few_common_parts(text: str, parts: int = 2) -> bool:
    """Made of at most `parts` common passwords, with runs of digits or of one character anywhere between."""
    words = common_passwords()
    seen: set[tuple[int, int]] = set()
    open_ends = [(0, parts)]
    while open_ends:
        start, left = open_ends.pop()
        if start == len(text):
            return True
        if (start, left) in seen:
            continue
        seen.add((start, left))
        if run := RUN.match(text, start):
            open_ends.append((run.end(), left))
        if left:
            open_ends += [(end, left - 1) for end in range(start + 4, len(text) + 1) if text[start:end] in words]
    return False
