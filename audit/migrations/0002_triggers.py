"""The triggers that keep the trail append-only."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parents[1] / "sql" / "triggers.sql"


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(SQL.read_text(), migrations.RunSQL.noop)]
