"""What the pipeline reads of those who take part in a movement."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("transactions", "0003_transfer_quotes"), ("tiers", "0003_limit_functions"), ("ledger", "0007_names")]

    operations = [migrations.RunSQL((SQL / "parties.sql").read_text())]
