"""Callbacks of a verification provider through gunicorn: checked, stored, committed, answered; against a bare insert (KYC-20, KYC-22)."""

import http.client
import secrets

import psycopg
from django.conf import settings
from django.db import connections
from django.utils import timezone

from audit.models import AuditEvent
from bench.dashboard import gunicorn
from bench.harness import Run, Step, bench
from kyc.models import Case, ProviderMessage
from kyc.services.inbox import due, process_message
from kyc.tasks import start_case
from kyc.tests.factories import case
from simulators.shufti import Shufti, php_json, signature

CLIENTS = 4
COPIES = 1_000


def fill(owner: psycopg.Connection) -> None:
    owner.execute("CREATE TABLE bench_bare (id bigserial PRIMARY KEY, body bytea NOT NULL)")
    owner.execute("GRANT INSERT ON bench_bare TO app")
    owner.execute("GRANT USAGE ON SEQUENCE bench_bare_id_seq TO app")


def message() -> bytes:
    """As long as an accepted verification with its data, each another one's."""
    data = {"document": {"name": {"first_name": "Jāna", "last_name": "Bērziņa"}, "dob": "1990-04-17", "document_number": "LV1234567"}}
    checks = {"document": {"document": 1, "document_visibility": 1, "name": 1, "dob": 1}, "face": 1}
    said = {"reference": secrets.token_hex(16), "event": "verification.accepted", "verification_data": data, "verification_result": checks}
    return php_json(said)


def sender(port: int, path: str, secret: str, body: bytes | None = None) -> Step:
    """Posts a signed message, always another one unless `body` is given, over a connection that stays open."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def send() -> None:
        content = body or message()
        headers = {"Host": "localhost", "Content-Type": "application/json", "Signature": signature(content, secret)}
        line.request("POST", path, content, headers)
        answer = line.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")

    send()
    return send


@bench("intake")
def intake(run: Run) -> None:
    secret = run.stack.values["SHUFTI_SECRET"]
    with (
        run.database("intake", fill) as owner,
        gunicorn(run, owner.info.dbname) as port,
        gunicorn(run, owner.info.dbname, "bench._bare_intake") as bare,
    ):
        for warm, path in ((port, "/hooks/kyc/shufti/"), (bare, "/hooks/bare/")):
            run.processes(lambda worker, warm=warm, path=path: sender(warm, path, secret), clients=2 * CLIENTS)
        run.race(
            f"callbacks, {CLIENTS} at once",
            ours=lambda: run.processes(lambda worker: sender(port, "/hooks/kyc/shufti/", secret), clients=CLIENTS),
            limit=lambda: run.processes(lambda worker: sender(bare, "/hooks/bare/", secret), clients=CLIENTS),
            limit_name="bare insert",
            at_least=0.3,
        )
        owner.execute("TRUNCATE kyc_providermessage")
        run.note(f"changes of a case by {COPIES:,} copies", ours=[copies(run, port, secret)], unit="", at_least=1, at_most=1)


def copies(run: Run, port: int, secret: str) -> float:
    """How often a case changed after its callback came so many times, to several processes, worked on in between and afterwards."""
    settings.SHUFTI_CLIENT_ID, settings.SHUFTI_SECRETS = "client", [secret]
    with Shufti(client_id="client", secret=secret) as simulator:
        settings.SHUFTI_URL = simulator.url
        one = case(provider="shufti")
        start_case(case_id=one.pk)
        simulator.play(one.provider_reference, "accept")
        body = simulator.callbacks[-1].body
        each = COPIES // CLIENTS

        def prepare(worker: int) -> Step:
            send = sender(port, "/hooks/kyc/shufti/", secret, body)

            def all_of_them() -> int:
                for _copy in range(each - 1):
                    send()
                return each

            return all_of_them

        run.processes(prepare, clients=CLIENTS, seconds=0.001)
        for _time in range(5):
            for row_id in list(due(timezone.now()).values_list("pk", flat=True)):
                process_message(message_id=row_id, now=timezone.now())
        if ProviderMessage.objects.get().copies != COPIES or Case.objects.get(pk=one.pk).provider_result != "accepted":
            raise RuntimeError("the copies were not counted, or the result did not arrive")
        changed = AuditEvent.objects.filter(subject_reference=one.reference, action="kyc.result_arrived").count()
    connections.close_all()
    return float(changed)
