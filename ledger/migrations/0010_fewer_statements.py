"""The functions that post one move and judge what was posted, as they are now: where they came with 0008 they were others."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0009_balances_of_asset")]

    operations = [migrations.RunSQL((SQL / "checks.sql").read_text() + (SQL / "one.sql").read_text())]
