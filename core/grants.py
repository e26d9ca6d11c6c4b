"""What the application's database role may do, table by table (DESIGN 4.2, LED-01, AUD-03)."""

from django.apps import apps
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

PRIVILEGES = {
    "none": "SELECT",
    "insert": "SELECT, INSERT",
    "erase": "SELECT, INSERT, DELETE",  # personal values: written once, removed when a person is forgotten, never changed
    "all": "SELECT, INSERT, UPDATE, DELETE",
}


def privileges() -> dict[str, str]:
    """table -> privileges. A model says `writes = "none" | "insert" | "erase" | "all"`; the default is "all"."""
    return {
        model._meta.db_table: PRIVILEGES[getattr(model, "writes", "all")]
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }


def functions() -> set[str]:
    """The database functions that the role may call: each app's config lists its own as `database_functions`."""
    return {name for app in apps.get_app_configs() for name in getattr(app, "database_functions", ())}


def grant(role: str, owner: BaseDatabaseWrapper = connection) -> None:
    """Bring the role's rights to what the models and the apps' configs say. What nobody lists stays closed to it, if its
    migration revoked it from PUBLIC."""
    quoted = owner.ops.quote_name(role)
    with owner.cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {quoted}")
        cursor.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {quoted}")
        cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quoted}")
        present = set(owner.introspection.table_names(cursor))
        for table, allowed in privileges().items():
            if table in present:
                cursor.execute(f"GRANT {allowed} ON {owner.ops.quote_name(table)} TO {quoted}")
        cursor.execute(f"GRANT SELECT ON django_migrations TO {quoted}")
        cursor.execute(
            "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname = ANY (%s)",
            [sorted(functions())],
        )
        for (function,) in cursor.fetchall():
            cursor.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {quoted}")
