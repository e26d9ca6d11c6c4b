"""The demo's instance: a name of its own, and no second factor asked of the issuer's people."""

from datetime import datetime

from accounts.demo import person
from backoffice.services.settings import change_settings


def load(now: datetime) -> None:
    change_settings(values={"instance.name": "Amber Coast", "accounts.two_factor_issuer": False}, actor=person("ADMIN"), now=now)
