"""Migrate as the owner, then grant the application's role what the models say (DESIGN 4.2)."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connection

from core.databases import database_settings
from core.grants import grant


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DATABASE_OWNER_URL:
            raise CommandError("Set DATABASE_OWNER_URL: migrations run as the owner of the tables, never as the application's role.")
        application_role = connection.settings_dict["USER"]
        connection.close()
        # A migration may wait for a lock or rewrite a table for longer than any request may.
        connection.settings_dict.update(database_settings(settings.DATABASE_OWNER_URL), OPTIONS={"options": "-c lock_timeout=60s"})
        super().handle(*args, **options)
        grant(application_role)
