"""Clients, what they say of themselves, and how they get in."""

from clients.models.access import AccessRequest, ClientSession, Credential, VerificationCode, session_reference
from clients.models.client import Client, CompanyPerson, client_reference
from clients.models.lifecycle import ClientEvent, LifecycleFigure

__all__ = [
    "AccessRequest", "Client", "ClientEvent", "ClientSession", "CompanyPerson", "Credential", "LifecycleFigure", "VerificationCode",
    "client_reference", "session_reference",
]  # fmt: skip
