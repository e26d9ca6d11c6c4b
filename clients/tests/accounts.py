"""Clients who sign up and in, as a channel's app does it; and what reaches them."""

import re
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from clients.models import AccessRequest, Client, Credential
from clients.services import sign_ups
from clients.services.sessions import Key
from clients.services.sessions import sign_in as service
from clients.tests.factories import client_of_type
from messaging.models import OutgoingMail, OutgoingSms
from orders.tests.api import Channel

PASSWORD = "nine grey herons wade"
ANNA = {
    "type": "person", "email": "anna@example.com", "phone": "+371 20 000 001", "password": PASSWORD, "first_name": "Anna",
    "last_name": "Ozola", "language": "en",
}  # fmt: skip


def signed_up(channel: Channel, **changes: Any) -> str:
    """The text that names a sign-up which the job has answered."""
    response = channel.post("/sign-ups", ANNA | changes, key=None)
    assert response.status_code == 202, response.content
    answer_all()
    return str(response.json()["sign_up"])


def answer_all() -> None:
    """What the worker does."""
    for request in AccessRequest.objects.filter(answered_at__isnull=True).order_by("id"):
        sign_ups.answer(request.pk, now=timezone.now())


def mailed_code(email: str = "anna@example.com") -> str:
    return str(OutgoingMail.objects.filter(template="clients.code", to=email).latest("id").context["code"])


def texted_code(phone: str = "+37120000001") -> str:
    found = re.search(r"\b\d{6}\b", OutgoingSms.objects.filter(to=phone).latest("id").text)
    assert found
    return found[0]


def verified(channel: Channel, **changes: Any) -> Client:
    """Signed up, both codes entered."""
    wanted = ANNA | changes
    sign_up = signed_up(channel, **changes)
    for way, code in (("email", mailed_code(wanted["email"])), ("phone", texted_code(wanted["phone"].replace(" ", "")))):
        assert channel.post("/sign-ups/verify", {"sign_up": sign_up, "channel": way, "code": code}, key=None).status_code == 200
    return Client.objects.get(email=wanted["email"])


def with_password(client: Client | None = None, password: str = PASSWORD, **fields: Any) -> Client:
    """A client, by itself active and verified, who can sign in."""
    now = timezone.now()
    client = client or client_of_type(**({"email_verified_at": now, "phone_verified_at": now, "phone": "+37120000002"} | fields))
    Credential.objects.create(client=client, password=make_password(password), changed_at=now)
    return client


def sign_in(channel: Channel, client: Client, password: str = PASSWORD) -> str:
    response = channel.post("/sessions", {"email": client.email, "password": password}, key=None)
    assert response.status_code == 201, response.content
    channel.token = response.json()["token"]
    return channel.token


def token_of(client: Client, channel: Channel) -> str:
    """As above, by the service alone."""
    key = Key(id=channel.key.pk, reference=channel.key.reference, is_test=channel.key.is_test)
    return service(key=key, email=client.email, password=PASSWORD, address="192.0.2.1", now=timezone.now())[1]
