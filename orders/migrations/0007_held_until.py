"""Until when an order waits for its client's level: kept with it, from the time that it is held (LIM-09)."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"
WHO_WAIT = "UPDATE orders_order SET held_until = created_at + INTERVAL '30 days' WHERE hold_kind = 'level'"
CHECKED = ["status", "hold_kind", "payment_state", "quantity", "rate", "price", "fee", "total", "received", "completed_at", "held_until"]


class Migration(migrations.Migration):
    dependencies = [
        ("assets", "0004_names"),
        ("clients", "0005_access"),
        ("orders", "0006_cheaper_checks"),
        ("transactions", "0004_parties"),
        ("wallets", "0005_names"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="held_until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="on hold until"),
        ),
        migrations.RunSQL(WHO_WAIT, migrations.RunSQL.noop),
        migrations.RemoveConstraint(
            model_name="order",
            name="order_holds",
        ),
        migrations.RunSQL(
            "DROP FUNCTION orders_order_holds(text, text, text, numeric, numeric, numeric, numeric, numeric, numeric, timestamptz);"
            + (SQL / "held_until.sql").read_text()
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Func(*CHECKED, function="orders_order_holds", output_field=models.BooleanField()),
                name="order_holds",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(models.F("held_until"), condition=models.Q(("hold_kind", "level")), name="order_held_too_long"),
        ),
    ]
