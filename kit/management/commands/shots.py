"""Screenshots of every page of a running instance (look.md: seen with one's own eyes)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

# Who looks, from where on, and at how many kinds of page. Support hasn't every right: it sees a refusal.
WALKS = [
    ("ADMIN", ["/", "/no/such/page/", "/api/v1/docs"], 120),
    ("MERCHANT", ["/merchant/"], 120),
    ("SUPPORT", ["/keys/"], 1),
    ("", ["/accounts/login/", "/accounts/password/reset/"], 2),
]


class Command(BaseCommand):
    help = "Pictures of every page at 1440 and 390 px, light and dark, into DATA_DIR/shots, from the demo that `make run` serves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--into", type=Path, default=Path(settings.DATA_DIR) / "shots")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            from kit.browser import walk  # noqa: PLC0415 - Playwright belongs to development
        except ImportError as error:
            raise CommandError("Playwright is missing: install requirements-dev.txt.") from error
        demo = read_environment(Path(settings.DATA_DIR) / "demo.env")
        complaints = []
        with walk.chromium() as browser:
            for person, starts, limit in WALKS:
                seen = walk.Walk(demo["BASE_URL"].rstrip("/"))
                context = browser.new_context()
                if person:
                    walk.sign_in(
                        context, seen.base_url, email=demo[f"{person}_EMAIL"], password=demo[f"{person}_PASSWORD"],
                        totp_secret=demo[f"{person}_TOTP_SECRET"],
                    )  # fmt: skip
                walk.explore(context, seen, starts=starts, limit=limit)
                name = person.lower() or "nobody"
                walk.look(browser, seen, storage=context.storage_state(), into=options["into"] / name)
                context.close()
                complaints += seen.complaints
                self.stdout.write(f"{len(seen.pages)} pages of {name}, each in {len(walk.RENDERINGS)} renderings")
        self.stdout.write(f"Pictures are in {options['into']}")
        if complaints:
            raise CommandError("The browser complained:\n" + "\n".join(dict.fromkeys(complaints)))


def read_environment(path: Path) -> dict[str, str]:
    if not path.exists():
        raise CommandError("There is no demo to look at: start `make run` first, and leave it running.")
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, _equals, value in lines}
