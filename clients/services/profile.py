"""What a client says of itself: made, edited, a company's people named (CLI-02, CLI-05)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from audit.services import record
from clients.enums import Channel, ClientType, LifecycleEvent, PersonRole
from clients.figures import note
from clients.models import Client, CompanyPerson
from clients.services.contacts import void_contacts
from core.actors import Actor
from core.constraints import broken
from core.errors import DomainError
from core.locks import lock
from core.registries import extensions
from core.text import clean_email, clean_line, clean_phone

PERSONAL = ("email", "phone", "first_name", "last_name", "birth_date")
IMPERSONAL = ("company_name", "registration_number", "language")
OLDEST_BIRTH = date(1900, 1, 1)


class ClientEmailTaken(DomainError):
    code = "client_email_taken"
    status = 409


class ClientDataMisfit(DomainError):
    """Data that don't fit the client's type, or can't be true."""

    code = "client_data_misfit"
    status = 422


class WrongMode(DomainError):
    """A test key asked for a live client, or the other way round (API-05)."""

    code = "test_and_live_mixed"
    status = 409


class AccountDeleted(DomainError):
    """The client has deleted its account: nobody opens or changes it again."""

    code = "account_deleted"


class PersonGone(DomainError):
    code = "person_gone"
    status = 409


@dataclass(frozen=True, kw_only=True)
class Person:
    """A representative or beneficial owner of a company; `share` in per cent, owners alone."""

    role: str
    first_name: str
    last_name: str
    birth_date: date | None = None
    share: Decimal | None = None


def create_client(
    *,
    actor: Actor,
    now: datetime,
    type: str,  # noqa: A002 - the field's name everywhere
    email: str,
    phone: str = "",
    first_name: str = "",
    last_name: str = "",
    birth_date: date | None = None,
    company_name: str = "",
    registration_number: str = "",
    people: Sequence[Person] = (),
    language: str = "en",
    is_test: bool = False,
) -> Client:
    """A new client with status Created and verification level 0 (CLI-02, CLI-05); the sign-up is a dated event (CLI-07).
    Higher apps follow in the same transaction: wallets give it its first one (WAL-02).

    Raises UnfitText or ClientDataMisfit (422) with the field at fault, ClientEmailTaken (409), WrongMode (409) for a key
    of the other mode.
    """
    values = fit_profile(
        type, now, email=email, phone=phone, first_name=first_name, last_name=last_name, birth_date=birth_date,
        company_name=company_name, registration_number=registration_number, language=language,
    )  # fmt: skip
    rows = _people(type, now, people)
    try:
        with transaction.atomic(durable=True):
            client = open_client(type=type, values=values, people=rows, is_test=is_test, actor=actor, now=now)
    except IntegrityError as error:
        raise _named(error) from error
    return client


@transaction.atomic(savepoint=False)
def open_client(
    *,
    type: str,  # noqa: A002
    values: dict[str, Any],
    people: Sequence[CompanyPerson] = (),
    is_test: bool,
    actor: Actor,
    now: datetime,
) -> Client:
    """What `create_client` and a sign-up share, in the caller's transaction; `values` are those of `fit_profile`."""
    key_mode = getattr(actor, "is_test", None)
    if key_mode is not None and key_mode != is_test:
        raise WrongMode(_("A test key makes test clients alone, a live key live ones."))
    rows = list(people)
    client = Client.objects.create(type=type, is_test=is_test, created_at=now, **values)
    _write_people(client, rows)
    record(
        action="clients.created", actor=actor, subject=client, now=now,
        changes={"type": (None, type)} | {name: (None, values[name]) for name in IMPERSONAL if values[name]},
        details={"test": True} if is_test else None,
        personal=personal_changes(dict.fromkeys(PERSONAL), values) | _people_text([], rows),
    )  # fmt: skip
    for follow in extensions("clients.services.create_client", "follow"):
        follow(client=client, actor=actor, now=now)
    note(client, LifecycleEvent.SIGNED_UP, now)  # last: whoever signs up in the same hour waits for this row
    return client


def edit_client(*, client: Client, actor: Actor, now: datetime, people: Sequence[Person] | None = None, **changes: Any) -> Client:
    """Change what the profile says (CLI-02): any of e-mail, phone, names, birth date, company data, language, people.

    The type never changes; what isn't named stays. An edit that changes nothing writes nothing. Another e-mail address or phone
    number is not verified: see `void_contacts` (CLI-10). Raises as create_client, AccountDeleted.
    """
    if unknown := changes.keys() - {*PERSONAL, *IMPERSONAL}:
        raise TypeError(f"a client has no editable {', '.join(sorted(unknown))}")
    try:
        with transaction.atomic(durable=True):
            client = lock(Client.objects.all(), pk=client.pk)
            if client.deleted_at is not None:
                raise AccountDeleted(_("This client has deleted its account: nothing of it changes any more."))
            old = {name: getattr(client, name) for name in (*PERSONAL, *IMPERSONAL)}
            new = fit_profile(client.type, now, **(old | changes))
            old_people = list(client.people.order_by("id"))
            rows = old_people if people is None else _people(client.type, now, people)
            changed = {name for name in new if new[name] != old[name]}
            text = _people_text(old_people, rows)
            if not changed and not text:
                return client
            for name in changed:
                setattr(client, name, new[name])
            if changed:
                client.save(update_fields=sorted(changed))
                void_contacts(client, changed & set(Channel.values), old_email=old["email"], actor=actor, now=now)
            if text:
                client.people.all().delete()
                _write_people(client, rows)
            record(
                action="clients.edited", actor=actor, subject=client, now=now,
                changes={name: (old[name], new[name]) for name in IMPERSONAL if name in changed},
                personal=personal_changes(old, new) | text,
            )  # fmt: skip
    except IntegrityError as error:
        raise _named(error) from error
    return client


def add_person(*, client: Client, person: Person, actor: Actor, now: datetime) -> Client:
    """Name one more representative or owner of a company. Raises ClientDataMisfit, UnfitText."""
    with transaction.atomic(durable=True):
        client = lock(Client.objects.all(), pk=client.pk)
        present = list(client.people.order_by("id"))
        _replace_people(client, present, [*present, *_people(client.type, now, [person])], actor, now)
    return client


def remove_person(*, client: Client, person_id: int, actor: Actor, now: datetime) -> Client:
    """Take a representative or owner off a company. Raises PersonGone (409) where somebody else has done it."""
    with transaction.atomic(durable=True):
        client = lock(Client.objects.all(), pk=client.pk)
        present = list(client.people.order_by("id"))
        rest = [row for row in present if row.pk != person_id]
        if len(rest) == len(present):
            raise PersonGone(_("This person stands no longer there."))
        _replace_people(client, present, rest, actor, now)
    return client


def fit_profile(type: str, now: datetime, **given: Any) -> dict[str, Any]:  # noqa: A002
    """The values cleaned, and those of the other type refused."""
    if type not in ClientType.values:
        raise ClientDataMisfit(_("A client is a person or a company."), field="type")
    is_person = type == ClientType.PERSON
    for name in ("company_name", "registration_number") if is_person else ("first_name", "last_name", "birth_date"):
        if given[name]:
            raise ClientDataMisfit(_("This doesn't belong to a client of this type."), field=name)
    if given["language"] not in dict(settings.LANGUAGES):
        raise ClientDataMisfit(_("Choose one of the languages of this instance."), field="language")
    return {
        "email": clean_email(given["email"]),
        "phone": clean_phone(given["phone"]),
        "first_name": clean_line(given["first_name"], maximum=80, field="first_name", required=is_person),
        "last_name": clean_line(given["last_name"], maximum=80, field="last_name", required=is_person),
        "birth_date": _birth(given["birth_date"], now),
        "company_name": clean_line(given["company_name"], maximum=120, field="company_name", required=not is_person),
        "registration_number": clean_line(given["registration_number"], maximum=40, field="registration_number", required=not is_person),
        "language": given["language"],
    }


def _birth(day: date | None, now: datetime) -> date | None:
    if day is not None and not OLDEST_BIRTH <= day < now.date():
        raise ClientDataMisfit(_("Write a date of birth in the past."), field="birth_date")
    return day


def _people(type: str, now: datetime, people: Sequence[Person]) -> list[CompanyPerson]:  # noqa: A002
    """Unsaved rows. Owners' shares are more than 0 and at most 100 % together."""
    if people and type != ClientType.COMPANY:
        raise ClientDataMisfit(_("Only a company has representatives and owners."), field="people")
    rows = []
    for person in people:
        if person.role not in PersonRole.values:
            raise ClientDataMisfit(_("A person is a representative or a beneficial owner."), field="people")
        is_owner = person.role == PersonRole.OWNER
        if is_owner != (person.share is not None) or (person.share is not None and not _is_share(person.share)):
            raise ClientDataMisfit(_("Name each owner's share in per cent, with at most two decimals."), field="share")
        rows.append(
            CompanyPerson(
                role=person.role,
                first_name=clean_line(person.first_name, maximum=80, field="people", required=True),
                last_name=clean_line(person.last_name, maximum=80, field="people", required=True),
                birth_date=_birth(person.birth_date, now),
                share=person.share,
            )
        )
    _check_shares(rows)
    return rows


def _replace_people(client: Client, old: list[CompanyPerson], new: list[CompanyPerson], actor: Actor, now: datetime) -> None:
    _check_shares(new)
    text = _people_text(old, new)
    CompanyPerson.objects.filter(client=client).exclude(pk__in=[row.pk for row in new if row.pk]).delete()
    _write_people(client, [row for row in new if not row.pk])
    record(action="clients.edited", actor=actor, subject=client, now=now, personal=text)


def _check_shares(rows: list[CompanyPerson]) -> None:
    if sum((row.share for row in rows if row.share is not None), Decimal(0)) > 100:
        raise ClientDataMisfit(_("The owners' shares are more than 100 % together."), field="share")


def _is_share(share: Decimal) -> bool:
    return share.is_finite() and 0 < share <= 100 and share == round(share, 2)


def _write_people(client: Client, rows: list[CompanyPerson]) -> None:
    for row in rows:
        row.pk, row.client = None, client
    CompanyPerson.objects.bulk_create(rows)


def personal_changes(old: dict[str, Any], new: dict[str, Any]) -> dict[str, tuple[str | None, str | None]]:
    return {name: (_text(old[name]), _text(new[name])) for name in PERSONAL if (old[name] or None) != (new[name] or None)}


def _text(value: Any) -> str | None:
    return None if value in (None, "") else str(value)


def _people_text(old: list[CompanyPerson], new: list[CompanyPerson]) -> dict[str, tuple[str | None, str | None]]:
    """For the trail: who stood there and who stands there now; nothing where they are the same."""
    before, after = _describe(old), _describe(new)
    return {"people": (before, after)} if before != after else {}


def _describe(rows: list[CompanyPerson]) -> str | None:
    lines = [
        f"{row.get_role_display()}: {row}"
        + (f", {row.birth_date}" if row.birth_date else "")
        + (f", {row.share:.2f} %" if row.share is not None else "")
        for row in rows
    ]
    return "; ".join(lines) or None


def _named(error: IntegrityError) -> Exception:
    """The refusal that a constraint means; of two who take one address at once the database lets one through."""
    if broken(error) == "client_email_unique":
        return ClientEmailTaken(_("Another client has this e-mail address."), field="email")
    return error
