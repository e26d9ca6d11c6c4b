"""One check for what an order may say, until when it waits for its client's level among it (LIM-09); references need no second index,
since prefixes are found in the first."""

from pathlib import Path

from django.db import migrations, models

import orders.models

SQL = Path(__file__).resolve().parent.parent / "sql"
WHO_WAIT = "UPDATE orders_order SET held_until = created_at + INTERVAL '30 days' WHERE hold_kind = 'level'"
CHECKED = ["status", "hold_kind", "payment_state", "quantity", "rate", "price", "fee", "total", "received", "completed_at", "held_until"]


class Migration(migrations.Migration):
    dependencies = [
        ("assets", "0004_names"),
        ("clients", "0005_access"),
        ("orders", "0005_by_hold"),
        ("transactions", "0004_parties"),
        ("wallets", "0005_names"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="held_until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="on hold until"),
        ),
        migrations.RunSQL(WHO_WAIT),
        migrations.RunSQL((SQL / "checks.sql").read_text()),
        migrations.RemoveConstraint(
            model_name="order",
            name="order_status_known",
        ),
        migrations.RemoveConstraint(
            model_name="order",
            name="order_payment_state_known",
        ),
        migrations.RemoveConstraint(
            model_name="order",
            name="order_quantity_positive",
        ),
        migrations.RemoveConstraint(
            model_name="order",
            name="order_rate_positive",
        ),
        migrations.RemoveConstraint(
            model_name="order",
            name="order_total_adds_up",
        ),
        migrations.RemoveConstraint(
            model_name="order",
            name="order_total_finite",
        ),
        migrations.RemoveConstraint(
            model_name="order",
            name="order_received_positive",
        ),
        migrations.RemoveConstraint(
            model_name="order",
            name="order_completed_has_time",
        ),
        migrations.RemoveConstraint(
            model_name="order",
            name="order_on_hold_has_kind",
        ),
        migrations.AlterField(
            model_name="order",
            name="payment_reference",
            field=models.CharField(
                default=orders.models.payment_reference, editable=False, max_length=20, verbose_name="payment reference"
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="reference",
            field=models.CharField(default=orders.models.order_reference, editable=False, max_length=20, verbose_name="reference"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(fields=("reference",), name="order_reference_once"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(fields=("payment_reference",), name="order_payment_reference_once"),
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
