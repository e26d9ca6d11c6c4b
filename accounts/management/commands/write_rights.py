"""Write docs/rights.md from the table of default rights and the addresses of all pages (USR-01, USR-02)."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import translation

from accounts.rights_document import rights_document


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en"):
            text = rights_document()
        path = Path(settings.BASE_DIR) / "docs" / "rights.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.stdout.write(f"{path.relative_to(settings.BASE_DIR)} written.")
