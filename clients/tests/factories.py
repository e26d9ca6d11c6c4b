"""Clients for tests."""

from datetime import timedelta
from itertools import count

from django.utils import timezone

from clients.enums import ClientStatus, ClientType
from clients.models import Client, ClientSession

_numbers = count(1)


def client_of_type(type: str = ClientType.PERSON, *, status: str = ClientStatus.ACTIVE, **fields: object) -> Client:  # noqa: A002
    """An active person or company, straight in the table: tests of the verbs themselves use clients.services."""
    number = next(_numbers)
    own = (
        {"first_name": "Jānis", "last_name": f"Bērziņš {number}"}
        if type == ClientType.PERSON
        else {"company_name": f"SIA Bērzs {number}", "registration_number": f"4000{number:07}"}
    )
    values = {"type": type, "status": status, "email": f"client{number}@example.com", "created_at": timezone.now()} | own | fields
    return Client.objects.create(**values)


def client_session(client: Client | None = None, **fields: object) -> ClientSession:
    """An open session, straight in the table; nobody has its token."""
    now = timezone.now()
    values = {
        "prefix": f"cst_{next(_numbers):012}",
        "secret_hash": "0" * 64,
        "key_id": 0,
        "key_reference": "KEY-TEST",
        "created_at": now,
        "last_used_at": now,
    }
    return ClientSession.objects.create(client=client or client_of_type(), **(values | {"expires_at": now + timedelta(days=30)} | fields))
