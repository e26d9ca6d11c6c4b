"""Refusals at start: a database that would answer wrongly without saying so."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connections


@register(Tags.database)
def folds_every_letter(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Searching folds letters in the database; where upper('ā') is not 'Ā', Latvian names are silently not found."""
    problems: list[CheckMessage] = []
    for alias in databases or ():
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT upper('ā'), current_setting('server_version_num')::int")
                folded, version = cursor.fetchone()
        except DatabaseError:
            continue  # that it can't be reached is said by whoever needs it
        if folded != "Ā":
            hint = "Create it from template0 with LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' (docs/operations.md)."
            problems.append(
                Error("The database does not fold letters beyond ASCII: upper('ā') is not 'Ā'.", hint=hint, id="backoffice.E001")
            )
        if version < 170000:
            problems.append(Error("PostgreSQL 17 or newer is needed.", id="backoffice.E002"))
    return problems
