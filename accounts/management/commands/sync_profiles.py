"""Bring the default profiles up to what the apps register (USR-02); run after each migrate."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.services.profiles import sync_default_profiles
from core.actors import SystemActor


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        changed = sync_default_profiles(actor=SystemActor("setup"), now=timezone.now())
        self.stdout.write(f"Default profiles: {', '.join(changed) or 'up to date'}.")
