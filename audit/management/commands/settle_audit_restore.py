"""`manage.py settle_audit_restore`: after a logical restore and before anything writes (reliability of the chain, AUD-04)."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from audit.services.chaining import settle_after_restore
from core.databases import database_settings


class Command(BaseCommand):
    help = "Link all restored audit events and forget the transaction ids of the cluster that they come from."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DATABASE_OWNER_URL:
            raise CommandError("Set DATABASE_OWNER_URL: only the owner of the tables may settle a restore.")
        connection.close()
        connection.settings_dict.update(database_settings(settings.DATABASE_OWNER_URL), OPTIONS={})
        self.stdout.write(f"Linked {settle_after_restore(connection)} audit events; the restored history is settled.")
