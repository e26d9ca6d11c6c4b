"""`manage.py deploy_contract`: the contract that we settle on. Repeating it changes nothing (CHN-01)."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from chain.client import NodeRefused, NodeUnreachable
from chain.models import Lane
from chain.services import DeploymentRefused, deploy, rebuild_for_demo
from chain.signer import SignerMisconfigured
from core.actors import SystemActor

ACTOR = SystemActor("deploy_contract")


class Command(BaseCommand):
    help = "Deploy the contract if there is none yet; hand the lane over where the operator's key has changed."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            try:
                identity, new = deploy(actor=ACTOR, now=timezone.now())
            except DeploymentRefused:
                lane = Lane.objects.first()
                rebuilt = rebuild_for_demo(lane=lane, actor=ACTOR, now=timezone.now()) if settings.DEMO and lane else None
                if rebuilt is None:
                    raise
                self.stdout.write(f"The development chain was lost: every operation is replayed into {rebuilt}.")
                return
        except (DeploymentRefused, SignerMisconfigured, NodeRefused) as error:
            raise CommandError(str(error)) from None
        except NodeUnreachable as error:
            raise CommandError(f"The node at CHAIN_RPC_URL does not answer ({str(error).partition(':')[0]}).") from None
        self.stdout.write(f"{'Deployed' if new else 'In use:'} {identity}, owned by {identity.owner}.")
