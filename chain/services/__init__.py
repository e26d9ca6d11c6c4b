"""The chain's public face: what other apps call."""

from chain.selectors import Settlement, settlement_of, settlements_of
from chain.services.broadcast import broadcast
from chain.services.build import build
from chain.services.deploying import DeploymentRefused, deploy, rebuild_for_demo, replace
from chain.services.lanes import NothingHalted, NotRejected, resume, void
from chain.services.queue import queue_anchor, queue_create_asset, waiting
from chain.services.replacing import NotReplaceable, request_replacement
from chain.services.track import track
from chain.services.verification import verify

__all__ = [
    "DeploymentRefused", "NotRejected", "NotReplaceable", "NothingHalted", "Settlement", "broadcast", "build", "deploy", "queue_anchor",
    "queue_create_asset", "rebuild_for_demo", "replace", "request_replacement", "resume", "settlement_of", "settlements_of", "track", "verify", "void", "waiting",
]  # fmt: skip
