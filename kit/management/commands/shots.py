"""Screenshots of every page of a running instance (look.md: seen with one's own eyes)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


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
        options["into"].mkdir(parents=True, exist_ok=True)
        complaints = []
        with walk.chromium() as browser:
            for person, starts in (("ADMIN", ["/", "/no/such/page/"]), ("MERCHANT", ["/merchant/"])):
                if f"{person}_EMAIL" not in demo:
                    raise CommandError("There is no demo to look at: start `make run` first, and leave it running.")
                seen = walk.Walk(demo["BASE_URL"].rstrip("/"))
                context = browser.new_context()
                walk.sign_in(
                    context, seen.base_url, email=demo[f"{person}_EMAIL"], password=demo[f"{person}_PASSWORD"],
                    totp_secret=demo.get(f"{person}_TOTP_SECRET", ""),
                )  # fmt: skip
                walk.explore(context, seen, starts=starts)
                if person == "ADMIN":
                    seen.pages["/api/v1/docs"] = f"{seen.base_url}/api/v1/docs"
                walk.look(browser, seen, storage=context.storage_state(), into=options["into"])
                context.close()
                complaints += seen.complaints
                self.stdout.write(f"{len(seen.pages)} pages of {person.lower()}, each in {len(walk.RENDERINGS)} renderings")
        self.stdout.write(f"Pictures are in {options['into']}")
        if complaints:
            raise CommandError("The browser complained:\n" + "\n".join(dict.fromkeys(complaints)))


def read_environment(path: Path) -> dict[str, str]:
    if not path.exists():
        raise CommandError("There is no demo to look at: start `make run` first, and leave it running.")
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, _equals, value in lines}
