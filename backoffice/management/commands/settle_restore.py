"""After a logical restore and before anything writes: forget the transaction ids of the cluster that the rows come from.

Rows that are sealed by `pg_current_xact_id()`, or ordered by it, would otherwise be mistaken for those of a transaction
of this cluster, whose counter may be lower (reliability of the seal and of the audit chain; OPS-04).
"""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from psycopg.sql import SQL, Identifier

from core.databases import database_settings

STORED_IDS = """
    SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE a.atttypid = 'xid8'::regtype AND a.attnum > 0 AND NOT a.attisdropped
    AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY 1, 2
"""


class Command(BaseCommand):
    help = "Settle a restored database: run by make restore, as the owner, before anything writes."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DATABASE_OWNER_URL:
            raise CommandError("Set DATABASE_OWNER_URL: only the owner of the tables may settle a restore.")
        call_command("settle_audit_restore", stdout=self.stdout)  # links every event first: their order is the old ids'
        connection.close()
        connection.settings_dict.update(database_settings(settings.DATABASE_OWNER_URL), OPTIONS={})
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(STORED_IDS)
            for table, column in cursor.fetchall():
                names = {"table": Identifier(table), "column": Identifier(column)}
                cursor.execute(SQL("ALTER TABLE {table} DISABLE TRIGGER USER").format(**names))
                cursor.execute(SQL("UPDATE {table} SET {column} = '0' WHERE {column} <> '0'").format(**names))
                settled = cursor.rowcount
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute(SQL("ALTER TABLE {table} ENABLE TRIGGER USER").format(**names))
                if settled:
                    self.stdout.write(f"{table}: {settled} rows settled.")
