from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "wallets.sql"


class Migration(migrations.Migration):
    dependencies = [("wallets", "0001_initial"), ("assets", "0002_fixed_columns")]

    operations = [
        migrations.RunSQL(
            SQL.read_text(),
            """
            DROP TRIGGER asset_wallets_fixed ON wallets_assetwallets;
            DROP TRIGGER asset_wallets_fit ON wallets_assetwallets;
            DROP TRIGGER wallet_client_mode ON wallets_wallet;
            DROP TRIGGER wallet_fixed ON wallets_wallet;
            DROP FUNCTION check_asset_wallets(), check_wallet_client();
            """,
        )
    ]
