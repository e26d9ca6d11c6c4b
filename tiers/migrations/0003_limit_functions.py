"""What the evaluator of limits reads, from `tiers/sql/`."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "limits.sql"


class Migration(migrations.Migration):
    dependencies = [("tiers", "0002_limits"), ("ledger", "0007_names")]
    operations = [migrations.RunSQL(SQL.read_text(), "DROP FUNCTION tiers_measure; DROP FUNCTION tiers_covering")]
