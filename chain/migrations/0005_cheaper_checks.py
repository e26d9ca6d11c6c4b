"""One check for what a posting writes, and no index entry for what is not there yet."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("chain", "0004_names"),
    ]

    operations = [
        migrations.RunSQL((SQL / "checks.sql").read_text()),
        migrations.RemoveConstraint(
            model_name="chainop",
            name="chainop_moves_or_tells",
        ),
        migrations.RemoveConstraint(
            model_name="chainop",
            name="chainop_sequence_once_built",
        ),
        migrations.AlterField(
            model_name="chainop",
            name="attempts",
            field=models.IntegerField(db_default=0, default=0, verbose_name="attempts"),
        ),
        migrations.AlterField(
            model_name="chainop",
            name="chain_tx",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="operations",
                to="chain.chaintx",
            ),
        ),
        migrations.AlterField(
            model_name="chainop",
            name="failure_code",
            field=models.SmallIntegerField(
                blank=True,
                choices=[
                    (1, "The contract does not know the asset"),
                    (2, "The sender's balance on the chain is too small"),
                    (3, "The sender's remaining count on the chain is too small"),
                    (4, "The balance would overflow"),
                    (5, "The receiver's remaining count would overflow"),
                    (6, "The operation is malformed"),
                    (9, "An operation before it is missing"),
                ],
                null=True,
                verbose_name="failure",
            ),
        ),
        migrations.AlterField(
            model_name="chainop",
            name="kind",
            field=models.SmallIntegerField(
                choices=[
                    (1, "Transfer"),
                    (2, "Issue"),
                    (3, "Burn"),
                    (4, "Expiry return"),
                    (5, "Limit return"),
                    (6, "Counter correction"),
                    (10, "Asset creation"),
                    (11, "Anchor"),
                ],
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="chainop",
            name="sequence",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="chainop",
            index=models.Index(condition=models.Q(("chain_tx__isnull", False)), fields=["chain_tx"], name="chainop_sent"),
        ),
        migrations.AddConstraint(
            model_name="chainop",
            constraint=models.CheckConstraint(
                condition=models.Func(
                    "kind",
                    "operation_id",
                    "asset_id",
                    "source",
                    "destination",
                    "amount",
                    "payload",
                    "status",
                    "sequence",
                    "attempts",
                    function="chain_op_holds",
                    output_field=models.BooleanField(),
                ),
                name="chainop_moves_or_tells",
            ),
        ),
        migrations.AddConstraint(
            model_name="chainop",
            constraint=models.UniqueConstraint(
                condition=models.Q(("sequence__isnull", False)), fields=("sequence",), name="chainop_sequence_once"
            ),
        ),
    ]
