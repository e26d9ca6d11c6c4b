"""Write docs/rights.md from the table of default rights (USR-02)."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import translation

from accounts.profiles import rights_table


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en"):
            text = rights_table()
        path = Path(settings.BASE_DIR) / "docs" / "rights.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.stdout.write(f"{path.relative_to(settings.BASE_DIR)} written.")
