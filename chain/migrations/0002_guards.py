from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "guards.sql"
UNDO = """
DROP TRIGGER chain_guard_operation ON chain_chainop;
DROP TRIGGER chain_guard_transaction ON chain_chaintx;
DROP FUNCTION chain_guard_operation();
DROP FUNCTION chain_guard_transaction();
"""


class Migration(migrations.Migration):
    dependencies = [("chain", "0001_initial")]
    operations = [migrations.RunSQL(SQL.read_text(), UNDO)]
