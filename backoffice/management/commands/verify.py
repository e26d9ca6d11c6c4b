"""Is everything that must hold still true? Audit chain, ledger, chain: every app's part (core.registries)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.registries import verifications


class Command(BaseCommand):
    help = "Check every invariant of audit trail, ledger and chain; ends with an error where one is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--without", action="append", default=[], choices=sorted(verifications()), help="Leave out a part.")

    def handle(self, *args: Any, without: list[str], **options: Any) -> None:
        broken = 0
        for name, check in verifications().items():
            if name in without:
                self.stdout.write(f"{name}: left out")
                continue
            faults = check(timezone.now())
            self.stdout.write(f"{name}: {'in order' if not faults else f'{len(faults)} faults'}")
            for fault in faults:
                self.stdout.write(f"  {fault}")
            broken += len(faults)
        if broken:
            raise CommandError(f"{broken} faults found.")
