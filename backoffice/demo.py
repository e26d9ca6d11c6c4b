"""The demo's instance: a name of its own, no second factor asked of the issuer's people, and clients who can sign in by the API."""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.demo import person
from backoffice.services.settings import change_settings
from clients.enums import Channel, ClientStatus
from clients.models import Client
from clients.services import status, turn_client
from clients.services.contacts import mark_verified
from clients.services.passwords import set_password
from clients.services.sessions import Key, sign_in
from core.locks import lock
from orders.enums import FINAL
from orders.models import Order
from organisations.demo import CHANNEL
from organisations.models import ApiKey

CLIENT_PASSWORD = "eleven-lanterns-on-the-quay"  # noqa: S105  a demo's, said aloud at every start
CLIENT = "liga.kalnina@post.example"
WITHOUT = 9  # every ninth has never verified its phone number: the channel's app has yet to ask for it
DEVICES = ("iPhone", "Pixel 9", "Galaxy S24", "")


def load(now: datetime) -> dict[str, str]:
    change_settings(values={"instance.name": "Amber Coast", "accounts.two_factor_issuer": False}, actor=person("ADMIN"), now=now)
    clients = list(Client.objects.filter(status=ClientStatus.ACTIVE, is_test=False).order_by("pk"))
    give_logins(clients)
    visits(clients[::5], now)
    turns(now)
    return {"CLIENT_EMAIL": CLIENT, "CLIENT_PASSWORD": CLIENT_PASSWORD}


def give_logins(clients: list[Client]) -> None:
    """A password, and what the codes have verified, as the channel's sign-up would have left it."""
    password_hash = make_password(CLIENT_PASSWORD)
    for number, client in enumerate(clients):
        with transaction.atomic():
            locked, then = lock(Client.objects.all(), pk=client.pk), client.created_at + timedelta(minutes=4)
            set_password(client=locked, password_hash=password_hash, actor=locked, now=then)
            mark_verified(client=locked, channel=Channel.EMAIL, actor=locked, now=then)
            if locked.phone and (number % WITHOUT != WITHOUT - 1 or locked.email == CLIENT):
                mark_verified(client=locked, channel=Channel.PHONE, actor=locked, now=then + timedelta(minutes=1))


def visits(clients: list[Client], now: datetime) -> None:
    """Some have signed in lately; of each the newest session is open."""
    app = ApiKey.objects.get(name=CHANNEL)
    key = Key(id=app.pk, reference=app.reference, is_test=False)
    for number, client in enumerate(clients):
        for days in (20, number % 3 + 0.3):
            sign_in(
                key=key, email=client.email, password=CLIENT_PASSWORD, address=f"192.0.2.{number + 10}", device=DEVICES[number % 4],
                now=max(now - timedelta(days=days), client.created_at + timedelta(minutes=10)),
            )  # fmt: skip


def turns(now: datetime) -> None:
    """Somebody who is frozen and somebody who is blocked, with no order open."""
    idle = (
        Client.objects.filter(status=ClientStatus.ACTIVE).exclude(email=CLIENT).exclude(orders__in=Order.objects.exclude(status__in=FINAL))
    )
    for turn, reason, client in zip(
        (status.FREEZE, status.BLOCK), ("Transfers to an address under investigation", "Reported the telephone stolen"), idle.order_by("-pk")[:2],
        strict=False,
    ):  # fmt: skip
        turn_client(client=client, turn=turn, reason=reason, actor=person("CRO"), now=now - timedelta(hours=5))
