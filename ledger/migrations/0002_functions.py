"""The ledger's doors and what they rest on, from `ledger/sql/`. Nobody may call anything that isn't granted."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"
FILES = ["tables", "records", "available", "lock", "rules", "post", "post_many", "reserve", "settle", "proof"]
REVOKE = """
DO $$
DECLARE
    door regprocedure;
BEGIN
    FOR door IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'ledger\\_%' LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', door);
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("chain", "0001_initial")]
    operations = [migrations.RunSQL("\n".join((SQL / f"{name}.sql").read_text() for name in FILES) + REVOKE)]
