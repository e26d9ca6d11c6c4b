"""Sign-up, codes and sign-in of clients (CLI-10, CLI-11): the channel's key alone, since nobody has signed in yet.

None of these takes an Idempotency-Key: it would keep a print of the password. Sent twice, each does no harm.
"""

import ipaddress
from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Header, Router, Schema, Status

from clients.api.auth import sender
from clients.enums import Channel, ClientStatus, ClientType, Right
from clients.models import Client
from clients.services import sessions, sign_ups
from kit.api.auth import KeyAuth
from kit.api.types import Line, Text

router = Router(tags=["Client accounts"])
KEY = KeyAuth(Right.SIGN_IN)
Password = Annotated[Text, Field(min_length=1, max_length=128, json_schema_extra={"format": "password"})]
Code = Annotated[Line, Field(min_length=1, max_length=10, examples=["123456"])]
SignUp = Annotated[Text, Field(min_length=1, max_length=60, description="As the sign-up's answer gave it.")]
ADDRESS = Header(
    "", alias="X-Client-Address", max_length=60,
    description="The IP address of the person, where your server calls for them: wrong tries are counted by it.",
)  # fmt: skip


class SignUpIn(Schema):
    """Persons have names and may say their date of birth, companies a name and a registration number."""

    type: ClientType
    email: Annotated[Line, Field(max_length=254)]
    phone: Annotated[Line, Field(max_length=40, examples=["+371 20 000 000"])]
    password: Annotated[Password, Field(description="At least 10 characters, not a common one, not like one's own data.")]
    first_name: Annotated[Line, Field(max_length=80)] = ""
    last_name: Annotated[Line, Field(max_length=80)] = ""
    birth_date: date | None = None
    company_name: Annotated[Line, Field(max_length=120)] = ""
    registration_number: Annotated[Line, Field(max_length=40)] = ""
    language: Annotated[Line, Field(max_length=5)] = "en"


class SignUpOut(Schema):
    """`sign_up` names it for codes and for verifying; keep it until both are verified."""

    sign_up: str


class CodeIn(Schema):
    """Which code: of the e-mail address, or of the phone."""

    sign_up: SignUp
    channel: Channel


class VerifyIn(CodeIn):
    """What stands in the mail or the SMS."""

    code: Code


class VerifiedOut(Schema):
    """Where the sign-up stands. Active as soon as both are verified."""

    email_verified: bool
    phone_verified: bool
    status: ClientStatus


class SessionIn(Schema):
    """`device` is what the person calls it, for the list of sessions."""

    email: Annotated[Text, Field(max_length=254)]
    password: Password
    device: Annotated[Line, Field(max_length=80)] = ""


class TokenOut(Schema):
    """`token` is shown this once: send it as X-Client-Token beside your key. It is good with this key alone."""

    token: str
    session: str
    client: str
    expires_at: datetime


class EmailIn(Schema):
    """The login."""

    email: Annotated[Line, Field(max_length=254)]


class TakenOut(Schema):
    """It was taken. Whether anything is sent is said to the owner of the address alone."""

    taken: bool = True


@router.post("/sign-ups", auth=KEY, response={202: SignUpOut}, summary="Sign a client up")
def sign_up(request: HttpRequest, wanted: SignUpIn) -> Status[SignUpOut]:
    """Status Created; a code goes out by mail and one by SMS, good for 10 minutes and 5 tries. The answer is the same where the address is
    known already: then its owner is told by mail. Sent again with an address that nobody has verified it begins anew. Test
    keys make test clients, to whom nothing is sent: their codes are 000000."""
    secret = sign_ups.ask_sign_up(key=asking(request), now=timezone.now(), **wanted.model_dump())
    return Status(202, SignUpOut(sign_up=secret))


@router.post("/sign-ups/codes", auth=KEY, response={202: TakenOut}, summary="Send a sign-up's code again")
def send_code_again(request: HttpRequest, wanted: CodeIn) -> Status[TakenOut]:
    """The code before no longer holds. At most one a minute and five an hour go to one place; the answer is always the same."""
    sign_ups.ask_code(key=asking(request), sign_up=wanted.sign_up, channel=wanted.channel, now=timezone.now())
    return Status(202, TakenOut())


@router.post("/sign-ups/verify", auth=KEY, response=VerifiedOut, summary="Verify a sign-up's code")
def verify_sign_up(request: HttpRequest, given: VerifyIn) -> VerifiedOut:
    """Both codes make the client Active at verification level 1. Refused with `code_invalid`, whatever is wrong with it."""
    client = sign_ups.verify(sign_up=given.sign_up, channel=given.channel, code=given.code, now=timezone.now())
    return as_verified(client)


@router.post("/sessions", auth=KEY, response={201: TokenOut}, summary="Sign a client in")
def sign_in(request: HttpRequest, given: SessionIn, x_client_address: str = ADDRESS) -> Status[TokenOut]:
    """Refused with `sign_in_failed`, whatever is wrong. After five wrong tries an account, and after five accounts an address, waits for
    15 minutes."""
    session, token = sessions.sign_in(
        key=sender(request.auth), address=address_of(request, x_client_address), now=timezone.now(), **given.model_dump()  # type: ignore[attr-defined]
    )  # fmt: skip
    out = TokenOut(token=token, session=session.reference, client=session.client.reference, expires_at=session.expires_at)
    return Status(201, out)


@router.post("/password-resets", auth=KEY, response={202: TakenOut}, summary="Ask for a new password")
def ask_new_password(request: HttpRequest, given: EmailIn) -> Status[TakenOut]:
    """A mail with a link to a page of this system, good once and for an hour. The answer is the same for every address."""
    sign_ups.ask_password(key=asking(request), email=given.email, now=timezone.now())
    return Status(202, TakenOut())


def as_verified(client: Client) -> VerifiedOut:
    return VerifiedOut(
        email_verified=client.email_verified_at is not None,
        phone_verified=client.phone_verified_at is not None,
        status=ClientStatus(client.status),
    )


def asking(request: HttpRequest) -> sign_ups.ChannelKey:
    key: Any = request.auth  # type: ignore[attr-defined]
    return sign_ups.ChannelKey(actor_id=key.actor_id, actor_label=key.actor_label, is_test=key.is_test)


def address_of(request: HttpRequest, said: str) -> str:
    """Of the person where the channel says so; else of whoever calls."""
    try:
        return str(ipaddress.ip_address(said.strip()))
    except ValueError:
        return str(request.META.get("REMOTE_ADDR", ""))
