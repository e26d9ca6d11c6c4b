"""`manage.py prove`: the proof of the ledger with its figures (LED-07)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.services.proof import prove


class Command(BaseCommand):
    help = "Prove the ledger: issued less burnt is held, every balance is the sum of its entries. Ends with an error where not."

    def handle(self, *args: Any, **options: Any) -> None:
        proof = prove()
        for one in proof.supplies:
            issued, burnt, rest, held = map(one.in_decimals, (one.issued, one.burnt, one.issued - one.burnt, one.held))
            verdict = "" if one.holds else "  DIFFERS"
            self.stdout.write(f"{one.asset}: issued {issued} - burnt {burnt} = {rest}, held {held}{verdict}")
        self.stdout.write(f"{proof.operations} operations, {proof.entries} entries, {proof.balances} balances.")
        for fault in proof.faults:
            self.stdout.write(self.style.ERROR(str(fault)))
        if not proof.holds:
            raise CommandError(f"{len(proof.faults)} faults found.")
        self.stdout.write("The ledger holds.")
