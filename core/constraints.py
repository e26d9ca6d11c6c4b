"""Which rule of the database a change would have broken, so that it can be said in words."""

from django.db import IntegrityError


def broken(error: IntegrityError) -> str:
    """The constraint's name; "" where the database names none."""
    return str(getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or "")
