"""`manage.py compare_chain`: every balance and count on the chain against the ledger's (CHN-08)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chain.client import NodeRefused, NodeUnreachable
from ledger.services.chain_check import compare


class Command(BaseCommand):
    help = "Compare the chain with the ledger now; exits with an error that lists the differences."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = compare()
        except (NodeUnreachable, NodeRefused) as error:
            raise CommandError(f"Not possible: {error}.") from None
        for one in result.differences:
            self.stderr.write(
                f"{one.asset} {one.wallet} {one.address}: {one.ledger_balance} and {one.ledger_count} transactions in the ledger, "
                f"{one.chain_balance} and {one.chain_count} on the chain"
            )
        if result.differences:
            raise CommandError(f"{len(result.differences)} of {result.wallets} balances differ at block {result.block}.")
        self.stdout.write(f"Equal: {result.wallets} balances at block {result.block}, {result.unsettled} operations on their way.")
