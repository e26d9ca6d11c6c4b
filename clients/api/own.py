"""What a client who has signed in does with its own account (CLI-10, CLI-11). The channel's key and the client's token."""

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Path, Query, Router, Schema, Status

from clients.api.accounts import ADDRESS, Code, Password, TakenOut, address_of
from clients.api.auth import ClientAuth
from clients.enums import Channel, ClientStatus, ClientType, Right, SessionEnd
from clients.models import Client, ClientSession
from clients.services import deletion, own, passwords, sessions
from kit.api.paging import Page, PageQuery, paged
from kit.api.types import Line, Text

router = Router(tags=["Client accounts"])
AUTH = ClientAuth(Right.SIGN_IN, verified=False)


class OwnProfileOut(Schema):
    """What the client knows of itself. With an address or phone number that isn't verified nothing but this account is open."""

    reference: str
    type: ClientType
    status: ClientStatus
    email: str
    email_verified: bool
    phone: str
    phone_verified: bool
    first_name: str
    last_name: str
    birth_date: date | None
    company_name: str
    registration_number: str
    language: str
    verification_level: int
    is_test: bool
    created_at: datetime

    @staticmethod
    def resolve_email_verified(client: Client) -> bool:
        return client.email_verified_at is not None

    @staticmethod
    def resolve_phone_verified(client: Client) -> bool:
        return client.phone_verified_at is not None


class OwnProfileIn(Schema):
    """What isn't named stays. `password` is needed for another e-mail address or phone number. Names, date of birth and a company's data
    stay as they are once documents have proved them (level 2 and up)."""

    first_name: Annotated[Line | None, Field(max_length=80)] = None
    last_name: Annotated[Line | None, Field(max_length=80)] = None
    birth_date: date | None = None
    company_name: Annotated[Line | None, Field(max_length=120)] = None
    registration_number: Annotated[Line | None, Field(max_length=40)] = None
    language: Annotated[Line | None, Field(max_length=5)] = None
    email: Annotated[Line | None, Field(max_length=254)] = None
    phone: Annotated[Line | None, Field(max_length=40)] = None
    password: Annotated[Text | None, Field(max_length=128)] = None


class OwnCodeIn(Schema):
    """Which code."""

    channel: Channel


class OwnVerifyIn(OwnCodeIn):
    """What stands in the mail or the SMS."""

    code: Code


class NewPasswordIn(Schema):
    """The present password, and the one to come."""

    password: Password
    new_password: Password


class PasswordIn(Schema):
    """The password, so that nobody does it with a telephone left lying."""

    password: Password


class SessionOut(Schema):
    """`current` is the one whose token asks."""

    reference: str
    device: str
    address: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


class EndedOut(Schema):
    """How many sessions this has ended."""

    ended: int


@router.get("/me", auth=AUTH, response=OwnProfileOut, summary="Read one's own profile")
def read_own(request: HttpRequest) -> Client:
    return client_of(request)


@router.patch("/me", auth=AUTH, response=OwnProfileOut, summary="Change one's own profile")
def change_own(request: HttpRequest, wanted: OwnProfileIn, x_client_address: str = ADDRESS) -> Client:
    """Another e-mail address or phone number is not verified: a new code goes out, level 1 falls to 0, and until it is verified nothing but
    this account is open."""
    changes = {name: value for name, value in wanted.model_dump(exclude={"password"}).items() if value is not None}
    return own.change_profile(
        client=client_of(request), password=wanted.password, address=address_of(request, x_client_address), now=timezone.now(), **changes
    )


@router.post("/me/codes", auth=AUTH, response={202: TakenOut}, summary="Send oneself a code")
def send_own_code(request: HttpRequest, wanted: OwnCodeIn) -> Status[TakenOut]:
    """To the address or number that isn't verified. One a minute and five an hour; 429 `too_many_codes` above that."""
    own.ask_code(client=client_of(request), channel=wanted.channel, now=timezone.now())
    return Status(202, TakenOut())


@router.post("/me/verify", auth=AUTH, response=OwnProfileOut, summary="Verify one's own code")
def verify_own_code(request: HttpRequest, given: OwnVerifyIn) -> Client:
    return own.verify(client=client_of(request), channel=given.channel, code=given.code, now=timezone.now())


@router.post("/me/password", auth=AUTH, response={200: TakenOut}, summary="Change one's own password")
def change_own_password(request: HttpRequest, given: NewPasswordIn, x_client_address: str = ADDRESS) -> TakenOut:
    """The other sessions end, this one stays."""
    passwords.change_password(
        client=client_of(request), old=given.password, new=given.new_password, address=address_of(request, x_client_address),
        session_id=session_id(request), now=timezone.now(),
    )  # fmt: skip
    return TakenOut()


@router.post("/me/deletion", auth=AUTH, response={200: TakenOut}, summary="Delete one's own account")
def delete_own(request: HttpRequest, given: PasswordIn, x_client_address: str = ADDRESS) -> TakenOut:
    """For ever. Refused with `account_in_use` while it holds assets or an order is open."""
    deletion.delete_account(
        client=client_of(request), password=given.password, address=address_of(request, x_client_address), now=timezone.now()
    )
    return TakenOut()


@router.get("/me/sessions", auth=AUTH, response=Page[SessionOut], summary="List one's own sessions")
def list_own_sessions(request: HttpRequest, query: Query[PageQuery]) -> dict[str, Any]:
    """Those that are open, newest first."""
    page = paged(ClientSession.objects.filter(sessions.open_sessions(timezone.now()), client=client_of(request)), query)
    return {**page, "items": [as_session(one, session_id(request)) for one in page["items"]]}


@router.delete("/me/sessions", auth=AUTH, response=EndedOut, summary="End one's other sessions")
def end_own_sessions(request: HttpRequest) -> EndedOut:
    """All but the one whose token asks."""
    client = client_of(request)
    return EndedOut(ended=sessions.revoke_sessions(client=client, actor=client, keep=session_id(request), now=timezone.now()))


@router.delete("/me/sessions/current", auth=AUTH, response=EndedOut, summary="Sign out")
def sign_out(request: HttpRequest) -> EndedOut:
    session: ClientSession = request.client_session  # type: ignore[attr-defined]
    ended = sessions.end_session(session=session, end=SessionEnd.SIGNED_OUT, actor=session.client, now=timezone.now())
    return EndedOut(ended=int(ended))


@router.delete("/me/sessions/{reference}", auth=AUTH, response=EndedOut, summary="End one of one's sessions")
def end_own_session(request: HttpRequest, reference: Path[Annotated[Text, Field(max_length=20)]]) -> EndedOut:
    client = client_of(request)
    session = get_object_or_404(ClientSession.objects.select_related("client"), client=client, reference=reference)
    return EndedOut(ended=int(sessions.end_session(session=session, end=SessionEnd.REVOKED, actor=client, now=timezone.now())))


def client_of(request: HttpRequest) -> Client:
    client: Client = request.client  # type: ignore[attr-defined]
    return client


def session_id(request: HttpRequest) -> int:
    return int(request.client_session.pk)  # type: ignore[attr-defined]


def as_session(session: ClientSession, current: int) -> SessionOut:
    values = {name: getattr(session, name) for name in SessionOut.model_fields if name != "current"}
    return SessionOut(current=session.pk == current, **values)
