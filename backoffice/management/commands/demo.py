"""Load the demo data once, through the real services, floor by floor (`<app>/demo.py`), and write var/demo.env."""

from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User


class Command(BaseCommand):
    help = "Load the demo data, once."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo data has known passwords: it is loaded with DEMO=1 only.")
        target, started = settings.DATA_DIR / "demo.env", settings.DATA_DIR / "demo.started"
        if User.objects.exists():
            if started.exists():
                raise CommandError("The demo data was interrupted half-way: start again with an empty database.")
            if not target.exists():
                self.stdout.write("The database holds data already: no demo data is loaded into it.")
            return
        self.stdout.write("Loading the demo data …")
        self.stdout.flush()
        target.unlink(missing_ok=True)
        started.touch()
        values = {"BASE_URL": settings.BASE_URL, **self.load(timezone.now())}
        if settings.PAYMENT_HOOK_SECRETS:
            values["PAYMENT_HOOK_SECRET"] = settings.PAYMENT_HOOK_SECRETS[0]  # for the simulated payment provider
        values |= {
            "SHUFTI_URL": settings.SHUFTI_URL,
            "SUMSUB_URL": settings.SUMSUB_URL,
            "SMS_URL": settings.SMS_URL,
        }  # where their simulators are
        draft = target.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
        draft.rename(target)
        started.unlink()

    def load(self, now: datetime) -> dict[str, str]:
        """Each app's `demo.load(now)`, lower floors first; what it returns goes into demo.env."""
        values: dict[str, str] = {}
        for app in settings.FLOORS:
            if find_spec(f"{app}.demo"):
                load = getattr(import_module(f"{app}.demo"), "load", None)  # some only help the higher ones' loads
                values |= (load(now) if load else None) or {}
        return values
