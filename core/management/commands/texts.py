from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import texts


class Command(BaseCommand):
    help = "Texts in the instance's languages: `collect` them from the sources into locale/, `compile` them, `check` that none is missing."
    requires_system_checks: list[str] = []  # one of them asks for what this compiles

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["collect", "compile", "check"])

    def handle(self, *args: Any, **options: Any) -> None:
        match options["what"]:
            case "collect":
                texts.collect()
            case "compile":
                texts.compile_stale()
            case "check":
                faults = [f"{language}: {fault}" for language in texts.TRANSLATED for fault in texts.faults(language)]
                if faults:
                    raise CommandError("\n".join(faults))
