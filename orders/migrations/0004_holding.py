"""Orders that a rule holds, and what the rules said of them (KYC-32, LIM-09)."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assets", "0004_names"),
        ("clients", "0004_names"),
        ("orders", "0003_names"),
        ("transactions", "0004_parties"),
        ("wallets", "0005_names"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="decision",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="transactions.decision",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="hold_kind",
            field=models.CharField(
                blank=True,
                choices=[("hand", "By hand"), ("level", "Until the client is verified"), ("limit", "Above a limit")],
                max_length=10,
                verbose_name="kind of the hold",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="overridden",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), blank=True, default=list, size=None, verbose_name="thresholds overridden"
            ),
        ),
        migrations.RunSQL("UPDATE orders_order SET hold_kind = 'hand' WHERE status = 'on_hold'", migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("hold_kind__in", ["hand", "level", "limit"]), ("status", "on_hold")),
                    models.Q(models.Q(("status", "on_hold"), _negated=True), ("hold_kind", "")),
                    _connector="OR",
                ),
                name="order_on_hold_has_kind",
            ),
        ),
    ]
