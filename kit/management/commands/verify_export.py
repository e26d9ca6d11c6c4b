"""Whether an exported file still is what this instance wrote (EXP-X4)."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kit.exports.provenance import verify
from kit.exports.reading import Bounds, Unreadable

ANY_SIZE = Bounds(packed=1 << 35, unpacked=1 << 37)


class Command(BaseCommand):
    help = "Say whether FILE is unchanged since it was exported here, or what differs; ends with 1 where anything does."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--export", default="", metavar="EXP-…", help="the export to compare with, where the file doesn't say it")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as file:
                verdict = verify(file, name=path.name, bounds=ANY_SIZE, reference=options["export"].strip().upper())
        except (OSError, Unreadable) as error:
            raise CommandError(str(error)) from None
        if not verdict.unchanged:
            raise CommandError("\n".join([verdict.in_words(), *(f"  {difference}" for difference in verdict.differences)]))
        self.stdout.write(verdict.in_words())
