"""Totals by day, kept by the settle step beside those by hour (DSH-05)."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

import ledger.models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("assets", "0003_properties"),
        ("ledger", "0003_properties"),
    ]

    operations = [
        migrations.CreateModel(
            name="DailyFigure",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey("asset_id", "type", "day", blank=True, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("asset_creation", "Asset creation"),
                            ("additional_issuing", "Additional issuing"),
                            ("burning", "Burning"),
                            ("manual_transfer", "Manual transfer"),
                            ("payment", "Payment"),
                            ("purchase", "Purchase"),
                            ("cash_out", "Cash-out"),
                            ("resell", "Resell"),
                            ("p2p_transfer", "P2P transfer"),
                            ("loyalty_reward", "Loyalty reward"),
                            ("expiry_return", "Expiry return"),
                            ("limit_return", "Limit return"),
                            ("refund", "Refund"),
                            ("chargeback", "Chargeback"),
                            ("fee", "Fee"),
                            ("exchange", "Exchange"),
                            ("top_up", "Top-up"),
                            ("withdrawal", "Withdrawal"),
                            ("cash_desk", "Cash desk"),
                            ("adjustment", "Adjustment"),
                        ],
                        max_length=20,
                        verbose_name="type",
                    ),
                ),
                ("day", models.DateTimeField(verbose_name="day")),
                ("quantity", ledger.models.Quantity(decimal_places=18, max_digits=50, verbose_name="quantity")),
                ("count", models.BigIntegerField(verbose_name="operations")),
                (
                    "asset",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="assets.asset",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["day"], name="daily_figure_day")],
            },
        ),
        migrations.RunSQL((SQL / "days.sql").read_text() + (SQL / "settle.sql").read_text()),
    ]
