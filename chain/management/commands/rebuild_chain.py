"""`manage.py rebuild_chain --replace-contract`: a new contract, filled by replaying every operation in its sequence."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from chain.client import NodeRefused, NodeUnreachable
from chain.models import ChainOp
from chain.services import DeploymentRefused, replace
from chain.signer import SignerMisconfigured
from core.actors import SystemActor


class Command(BaseCommand):
    help = "Deploy a new contract in place of the one in use and settle every operation again, in its sequence."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--replace-contract", action="store_true", help="Say that the contract in use is to be given up; without it nothing happens."
        )

    def handle(self, *args: Any, replace_contract: bool, **options: Any) -> None:
        if not replace_contract:
            raise CommandError("The contract in use would be given up for a new one. If that is meant, add --replace-contract.")
        try:
            identity = replace(actor=SystemActor("rebuild_chain"), now=timezone.now())
        except (DeploymentRefused, SignerMisconfigured, NodeRefused, NodeUnreachable) as error:
            raise CommandError(str(error)) from None
        count = ChainOp.objects.filter(sequence__isnull=False).count()
        self.stdout.write(f"In use: {identity}. The settlement worker replays {count} operations.")
