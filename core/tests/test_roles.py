"""The application's role may do what the models say and nothing else (DESIGN 4.2)."""

import pytest
from django.db import connection

from core.grants import privileges


@pytest.mark.django_db
def test_the_catalogue_equals_the_declarations():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, string_agg(privilege_type, ', ' ORDER BY privilege_type) FROM information_schema.role_table_grants"
            " WHERE grantee = current_user AND table_schema = 'public' AND table_name <> 'django_migrations' GROUP BY 1"
        )
        held = {table: set(rights.split(", ")) for table, rights in cursor.fetchall()}
    assert held == {table: set(rights.split(", ")) for table, rights in privileges().items()}


@pytest.mark.django_db
def test_the_database_folds_latvian_letters():
    with connection.cursor() as cursor:
        cursor.execute("SELECT upper('ā')")
        assert cursor.fetchone() == ("Ā",)
