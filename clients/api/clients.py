"""Clients over the API: create, read, list (API-01, CLI-02, CLI-05). A new one gets its wallet at once (WAL-02)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from django.db.models.functions import Lower
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Path, Query, Router, Schema, Status

from clients import services
from clients.enums import ClientStatus, ClientType, PersonRole, Right
from clients.models import Client
from kit.api.auth import KeyAuth, rows
from kit.api.idempotent import idempotent
from kit.api.paging import Page, PageQuery, paged
from kit.api.types import Line, Moment, Text

router = Router(tags=["Clients"])
Reference = Annotated[Text, Field(max_length=20)]


class PersonIn(Schema):
    """A company's representative or beneficial owner; `share` in per cent, owners alone."""

    role: PersonRole
    first_name: Annotated[Line, Field(max_length=80)]
    last_name: Annotated[Line, Field(max_length=80)]
    birth_date: date | None = None
    share: Annotated[Decimal | None, Field(gt=0, le=100, decimal_places=2)] = None


class ClientIn(Schema):
    """Persons have names and a birth date, companies a name, a registration number and people."""

    type: ClientType
    email: Annotated[Line, Field(max_length=254)]
    phone: Annotated[Line, Field(max_length=40)] = ""
    first_name: Annotated[Line, Field(max_length=80)] = ""
    last_name: Annotated[Line, Field(max_length=80)] = ""
    birth_date: date | None = None
    company_name: Annotated[Line, Field(max_length=120)] = ""
    registration_number: Annotated[Line, Field(max_length=40)] = ""
    people: Annotated[list[PersonIn], Field(max_length=20)] = []
    language: Annotated[Line, Field(max_length=5)] = "en"


class ClientOut(Schema):
    """What the channel may know of a client."""

    reference: str
    type: ClientType
    status: ClientStatus
    email: str
    phone: str
    first_name: str
    last_name: str
    birth_date: date | None
    company_name: str
    registration_number: str
    language: str
    verification_level: int
    is_test: bool
    created_at: datetime


class ClientQuery(PageQuery):
    """Criteria of the list; all that are given must fit."""

    status: ClientStatus | None = None
    type: ClientType | None = None
    email: Annotated[Line, Field(max_length=254, description="Exactly this address.")] = ""
    created_from: Moment | None = None
    created_to: Moment | None = None


@router.post("/clients", auth=KeyAuth(Right.CLIENTS_EDIT), response={201: ClientOut}, summary="Create a client")
@idempotent
def create_client(request: HttpRequest, wanted: ClientIn) -> Status[ClientOut]:
    """Status Created, verification level 0, with a wallet. A test key makes test clients."""
    key: Any = request.auth  # type: ignore[attr-defined]
    people = [services.Person(**person.model_dump()) for person in wanted.people]
    fields = wanted.model_dump(exclude={"people"})
    client = services.create_client(actor=key, now=timezone.now(), people=people, is_test=key.is_test, **fields)
    return Status(201, ClientOut.model_validate(client, from_attributes=True))


@router.get("/clients", auth=KeyAuth(Right.CLIENTS_SEE), response=Page[ClientOut], summary="List clients")
def list_clients(request: HttpRequest, query: Query[ClientQuery]) -> dict[str, Any]:
    """Newest first."""
    criteria = {
        "status": query.status,
        "type": query.type,
        "login": query.email.lower(),
        "created_at__gte": query.created_from,
        "created_at__lt": query.created_to,
    }
    found = rows(request, Client).alias(login=Lower("email"))  # by the unique index
    return paged(found.filter(**{name: value for name, value in criteria.items() if value}), query)


@router.get("/clients/{reference}", auth=KeyAuth(Right.CLIENTS_SEE), response=ClientOut, summary="Read a client")
def read_client(request: HttpRequest, reference: Path[Reference]) -> Client:
    return get_object_or_404(rows(request, Client), reference=reference)
