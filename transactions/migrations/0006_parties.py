"""Who takes part in one move is found by single probes."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("transactions", "0005_one_check"), ("tiers", "0005_limit_functions"), ("ledger", "0010_fewer_statements")]

    operations = [migrations.RunSQL((SQL / "parties.sql").read_text())]
