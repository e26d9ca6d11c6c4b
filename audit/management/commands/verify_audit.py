"""`manage.py verify_audit [--digest exported.json]`: walk the audit chain, name the first broken event (AUD-04)."""

import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit import chain
from audit.services.runs import anchored_outside
from audit.services.verification import verify


class Command(BaseCommand):
    help = "Verify the audit trail; exits with an error that names the first broken event."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--digest", action="append", default=[], type=Path, help="A digest exported earlier; may be repeated.")

    def handle(self, *args: Any, digest: list[Path], **options: Any) -> None:
        heads: dict[int, bytes] = {}
        anchors, unread = anchored_outside()
        for path in digest:
            exported = json.loads(path.read_text())
            document = exported["document"].encode()
            if not chain.signature_holds(document, bytes.fromhex(exported["signature"])):
                raise CommandError(f"{path}: the signature doesn't hold under this instance's key {chain.public_key()}")
            content = json.loads(document)
            heads[content["last_seq"]] = bytes.fromhex(content["head"])
            anchors[date.fromisoformat(content["day"])] = bytes.fromhex(exported["sha256"])
        heads.pop(0, None)
        result = verify(heads=heads, anchors=anchors)
        if result.broken:
            place = f"event {result.broken.event_name}" if result.broken.event_id else f"link {result.broken.seq}"
            raise CommandError(f"The audit trail is broken at {place}: {result.broken.reason}.")
        self.stdout.write(f"The audit trail is sound: {result.events} events, {result.digests} digests, head {result.head.hex()}.")
        if unread:
            self.stdout.write(self.style.WARNING(unread))
