"""The asset's properties decide which operations it takes part in (AST-07)."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_functions"), ("assets", "0003_properties")]
    operations = [migrations.RunSQL((SQL / "lines.sql").read_text())]
