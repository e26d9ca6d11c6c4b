from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_faces"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="erased_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="deleted"),
        ),
        migrations.AddField(
            model_name="user",
            name="invited_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="invited"),
        ),
        migrations.AddField(
            model_name="user",
            name="status",
            field=models.GeneratedField(
                choices=[("invited", "Invited"), ("active", "Active"), ("deactivated", "Deactivated"), ("deleted", "Deleted")],
                db_persist=True,
                expression=models.Case(
                    models.When(erased_at__isnull=False, then=models.Value("deleted")),
                    models.When(is_active=False, then=models.Value("deactivated")),
                    models.When(invited_at__isnull=False, then=models.Value("invited")),
                    default=models.Value("active"),
                ),
                output_field=models.CharField(max_length=12),
                verbose_name="status",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["status", "-created_at", "-id"], name="user_status_newest"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["-last_login", "-id"], name="user_last_sign_in"),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("erased_at__isnull", True), ("is_active", False), _connector="OR"), name="user_deleted_is_inactive"
            ),
        ),
    ]
