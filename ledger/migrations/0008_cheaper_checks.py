"""Posting one move takes fewer statements and cheaper checks; a lot's change touches no index (DESIGN 4.1)."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("assets", "0004_names"),
        ("ledger", "0007_names"),
        ("wallets", "0005_names"),
    ]

    operations = [
        migrations.RunSQL((SQL / "checks.sql").read_text() + (SQL / "one.sql").read_text()),
        migrations.RemoveConstraint(
            model_name="balance",
            name="balance_not_negative",
        ),
        migrations.RemoveConstraint(
            model_name="balance",
            name="balance_reserved_held",
        ),
        migrations.RemoveConstraint(
            model_name="balance",
            name="balance_count_not_negative",
        ),
        migrations.RemoveConstraint(
            model_name="entry",
            name="entry_quantity_signed",
        ),
        migrations.RemoveConstraint(
            model_name="entry",
            name="entry_runs_for_clients",
        ),
        migrations.RemoveConstraint(
            model_name="lot",
            name="lot_not_negative",
        ),
        migrations.RemoveConstraint(
            model_name="lot",
            name="lot_reserved_held",
        ),
        migrations.RemoveConstraint(
            model_name="lot",
            name="lot_open_while_filled",
        ),
        migrations.RemoveConstraint(
            model_name="lotmove",
            name="lotmove_moves",
        ),
        migrations.RemoveConstraint(
            model_name="operation",
            name="operation_quantity_positive",
        ),
        migrations.RemoveConstraint(
            model_name="operation",
            name="operation_between_two",
        ),
        migrations.RemoveConstraint(
            model_name="operation",
            name="operation_counts",
        ),
        migrations.RemoveConstraint(
            model_name="operation",
            name="operation_refused_for_a_reason",
        ),
        migrations.RemoveIndex(
            model_name="lot",
            name="lot_of_asset",
        ),
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(
                condition=models.Q(("is_open", True), ("wallet__gt", 0)), fields=["asset", "expires_on", "id"], name="lot_of_asset"
            ),
        ),
        migrations.AddConstraint(
            model_name="balance",
            constraint=models.CheckConstraint(
                condition=models.Func(
                    "quantity", "reserved", "remaining_count", function="ledger_balance_holds", output_field=models.BooleanField()
                ),
                name="balance_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.CheckConstraint(
                condition=models.Func("quantity", "reserved", "is_open", function="ledger_lot_holds", output_field=models.BooleanField()),
                name="lot_not_negative",
            ),
        ),
    ]
