"""Statements that run with everything that is bought or paid: each session plans them once."""

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper


def prepared() -> CursorWrapper:
    """A cursor whose statements the server prepares after a few uses (`prepare_threshold`). The text must always be the same:
    values only as parameters, and no list of a changing length. The ORM's cursor writes values into the text, so that each
    call is parsed and planned anew: for a statement by key that costs more than running it."""
    connection = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    return connection._prepare_cursor(psycopg.Cursor(connection.connection))  # type: ignore[attr-defined,no-any-return]  # as its cursor()
