"""What was tried and moved nothing stands among the operations (TXN-04)."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("assets", "0003_properties"),
        ("ledger", "0004_days"),
        ("wallets", "0003_needed_wallets"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="operation",
            name="operation_refused_for_a_reason",
        ),
        migrations.AlterField(
            model_name="operation",
            name="status",
            field=models.CharField(
                choices=[("posted", "Posted"), ("refused", "Refused"), ("cancelled", "Cancelled")], max_length=10, verbose_name="status"
            ),
        ),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(fields=["type", "-posted_at", "-id"], name="operation_type"),
        ),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(
                condition=models.Q(("status", "posted"), _negated=True), fields=["-posted_at", "-id"], name="operation_unposted"
            ),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("refused_reason", ""), ("status", "posted")),
                    models.Q(("status__in", ["refused", "cancelled"]), models.Q(("refused_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="operation_refused_for_a_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(fields=["quantity"], name="operation_quantity"),
        ),
        migrations.RunSQL((SQL / "attempts.sql").read_text()),
    ]
