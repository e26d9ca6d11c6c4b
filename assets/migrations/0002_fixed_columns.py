from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "fixed_columns.sql"


class Migration(migrations.Migration):
    dependencies = [("assets", "0001_initial")]

    operations = [
        migrations.RunSQL(
            SQL.read_text(),
            """
            DROP TRIGGER rate_history_kept ON assets_ratechange;
            DROP TRIGGER rate_in_currency ON assets_rate;
            DROP TRIGGER rate_fixed ON assets_rate;
            DROP TRIGGER asset_fixed ON assets_asset;
            DROP FUNCTION refuse_change_of_rate_history(), check_rate_assets(), refuse_change_of_fixed_columns();
            """,
        )
    ]
