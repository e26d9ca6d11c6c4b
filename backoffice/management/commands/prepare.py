"""Everything that a start brings up to date, in one process: tables and grants, default profiles, the contract."""

from io import StringIO
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection


class Command(BaseCommand):
    help = "Migrate and grant as the owner, then bring default profiles and the contract up to date; repeating it changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        application = dict(connection.settings_dict)
        call_command("migrate", verbosity=0)
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(application)  # migrate works as the owner; the rest must not
        call_command("sync_profiles", stdout=StringIO())
        call_command("deploy_contract", stdout=self.stdout)
