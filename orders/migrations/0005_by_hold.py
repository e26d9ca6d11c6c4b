"""On-hold orders are found by why they are held."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assets", "0004_names"),
        ("clients", "0004_names"),
        ("orders", "0004_holding"),
        ("transactions", "0004_parties"),
        ("wallets", "0005_names"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                models.F("hold_kind"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("hold_kind", ""), _negated=True),
                name="order_by_hold",
            ),
        ),
    ]
