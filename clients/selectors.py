"""Shared reads of clients."""

from django.db.models.functions import Lower

from clients.models import Client


def client_by_login(email: str, *, is_test: bool) -> Client | None:
    """The client with this address, which is in its one form (`clean_email`); found by the unique index."""
    return Client.objects.alias(login=Lower("email")).filter(login=email.lower(), is_test=is_test).first()
