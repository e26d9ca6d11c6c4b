"""The wallets that every instance needs: the issuer's main one and the outside world's, live and for test mode."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import migrations
from django.utils import timezone

from chain.addresses import SCHEME, wallet_address

NEEDED = [
    ("issuer", "issuer", "Issuer", False),
    ("outside", "outside", "Outside world", False),
    ("issuer_test", "issuer", "Issuer (test)", True),
    ("outside_test", "outside", "Outside world (test)", True),
]


def make(apps, schema_editor):
    rows = apps.get_model("wallets", "Wallet").objects
    # A demo tells the story of an instance that is older than today; its own wallets are its oldest.
    now = timezone.now() - timedelta(days=96 if settings.DEMO else 0)
    for code, owner_type, name, is_test in NEEDED:
        key = uuid.uuid4()
        rows.get_or_create(
            code=code,
            defaults={
                "uuid": key,
                "name": name,
                "owner_type": owner_type,
                "address": wallet_address(key),
                "address_scheme": SCHEME,
                "is_hot": True,
                "is_test": is_test,
                "created_at": now,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("wallets", "0002_checks")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
