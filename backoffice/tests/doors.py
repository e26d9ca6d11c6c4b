"""Every address of the product: who may enter, and something to see behind it. The guards walk this (DESIGN section 3).

A new view fails `test_doors.py` until its line stands in MATRIX, and one with a new kind of object in its address until
MAKERS can make one.
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from allauth.usersessions.models import UserSession
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.enums import Face
from accounts.own.sessions import reference_of
from accounts.services import invite_user, send_reset_mail
from accounts.services.invitations import invitation_address
from accounts.tests.factories import open_session, passkey_of, user
from assets.services import set_rate
from assets.tests.factories import currency, digital_asset, rate
from audit.models import AuditEvent
from audit.services import make_digest
from audit.services.runs import request_verification
from chain.models import ChainIdentity, ChainOp, ChainTx
from chain.services.comparing import request_comparison
from clients.enums import ClientStatus, ClientType
from clients.services import edit_client
from clients.tests.factories import client_of_type
from core.actors import SystemActor
from core.branding import FOLDER
from core.images import store
from core.subjects import Subject
from kit.models import BulkRow, BulkRun, Export, SavedView, ScheduledExport
from kit.saved.service import save_view
from ledger.models import Operation
from ledger.services.proof import request_proof
from ledger.tests.factories import buy, make_asset
from messaging.models import Alert, Notification, OutgoingMail
from messaging.services import notify, raise_alert
from orders.models import Refund
from orders.tests.factories import asset_for_sale, order, pay, stock
from organisations.api_keys import create_key
from organisations.models import Organisation
from organisations.services import edit_organisation
from organisations.tests.factories import organisation
from wallets.tests.factories import client_wallet, organisation_wallet

# Doors that are no pages: each guards itself and has its own tests.
OTHER_DOORS = {"healthz-live", "healthz-ready", "metrics", "hooks-payments"}
API = "api/v1/"

# name: (face, right). "public" is everybody, "signed_in" everyone of the face.
MATRIX = {
    "overview": ("issuer", "signed_in"),
    "settings": ("issuer", "instance.see"),
    "settings-edit": ("issuer", "instance.edit"),
    "settings-reset": ("issuer", "instance.edit"),
    "branding": ("issuer", "instance.see"),
    "branding-set": ("issuer", "instance.edit"),
    "branding-reset": ("issuer", "instance.edit"),
    "branding-colours": ("any", "public"),
    "branding-logo": ("any", "public"),
    "branding-mark": ("any", "public"),
    "merchant-home": ("merchant", "signed_in"),
    "search": ("any", "signed_in"),
    "menu-counts": ("any", "signed_in"),
    "merchant-user-list": ("merchant", "users.see"),
    "merchant-user-invite": ("merchant", "users.edit"),
    "merchant-user-detail": ("merchant", "users.see"),
    "merchant-user-edit": ("merchant", "users.edit"),
    "merchant-user-profiles": ("merchant", "users.edit"),
    "merchant-user-organisations": ("merchant", "users.edit"),
    "merchant-user-wallets": ("merchant", "users.edit"),
    "merchant-user-reset-mail": ("merchant", "users.edit"),
    "merchant-user-reset-factors": ("merchant", "users.edit"),
    "merchant-user-invite-again": ("merchant", "users.edit"),
    "merchant-user-revoke-invitation": ("merchant", "users.edit"),
    "merchant-user-deactivate": ("merchant", "users.edit"),
    "merchant-user-reactivate": ("merchant", "users.edit"),
    "merchant-user-erase": ("merchant", "users.edit"),
    "merchant-audit-list": ("merchant", "audit.see"),
    "merchant-audit-event": ("merchant", "audit.see"),
    "merchant-wallet-list": ("merchant", "wallets.see"),
    "merchant-wallet-create": ("merchant", "wallets.edit"),
    "merchant-wallet-detail": ("merchant", "wallets.see"),
    "merchant-wallet-rename": ("merchant", "wallets.edit"),
    "merchant-wallet-close": ("merchant", "wallets.edit"),
    "merchant-wallet-reopen": ("merchant", "wallets.edit"),
    "merchant-organisation-list": ("merchant", "organisations.see"),
    "merchant-organisation-detail": ("merchant", "organisations.see"),
    "merchant-organisation-edit": ("merchant", "organisations.edit"),
    "merchant-key-list": ("merchant", "keys.see"),
    "merchant-key-create": ("merchant", "keys.edit"),
    "merchant-key-detail": ("merchant", "keys.see"),
    "merchant-key-revoke": ("merchant", "keys.edit"),
    "preferences": ("any", "signed_in"),
    "export-list": ("any", "exports.make"),
    "export-everybody": ("issuer", "exports.see_all"),
    "export-verify": ("any", "exports.make"),
    "export-provenance": ("any", "exports.make"),
    "schedule-list": ("any", "exports.make"),
    "schedule-create": ("any", "exports.make"),
    "schedule-detail": ("any", "exports.make"),
    "schedule-edit": ("any", "exports.make"),
    "schedule-pause": ("any", "exports.make"),
    "schedule-resume": ("any", "exports.make"),
    "schedule-run": ("any", "exports.make"),
    "schedule-delete": ("any", "exports.make"),
    "export-detail": ("any", "exports.make"),
    "export-cancel": ("any", "exports.make"),
    "export-file": ("any", "exports.make"),
    "list-choice": ("any", "signed_in"),
    "view-list": ("any", "signed_in"),
    "view-save": ("any", "signed_in"),
    "view-counts": ("any", "signed_in"),
    "view-open": ("any", "signed_in"),
    "view-detail": ("any", "signed_in"),
    "view-update": ("any", "signed_in"),
    "view-rename": ("any", "signed_in"),
    "view-share": ("any", "signed_in"),
    "view-pin": ("any", "signed_in"),
    "view-unpin": ("any", "signed_in"),
    "view-default": ("any", "signed_in"),
    "view-no-default": ("any", "signed_in"),
    "view-delete": ("any", "signed_in"),
    "account_login": ("any", "public"),
    "account_logout": ("any", "public"),
    "account_reset_password": ("any", "public"),
    "account_reset_password_done": ("any", "public"),
    "account_reset_password_from_key_done": ("any", "public"),
    "account_reset_password_from_key": ("any", "public"),
    "account_invitation": ("any", "public"),
    "account_change_password": ("any", "signed_in"),
    "mfa_authenticate": ("any", "public"),
    "start-again": ("any", "public"),
    "passkey-sign-in": ("any", "public"),
    "passkey-question": ("any", "public"),
    "own-profile": ("any", "signed_in"),
    "own-sessions": ("any", "signed_in"),
    "own-sessions-end": ("any", "signed_in"),
    "own-session-end": ("any", "signed_in"),
    "session-left": ("any", "signed_in"),
    "session-keep": ("any", "signed_in"),
    "session-let-go": ("any", "public"),
    "two-factor": ("any", "signed_in"),
    "two-factor-app-add": ("any", "signed_in"),
    "two-factor-app-remove": ("any", "signed_in"),
    "two-factor-passkey-add": ("any", "signed_in"),
    "two-factor-passkey-rename": ("any", "signed_in"),
    "two-factor-passkey-remove": ("any", "signed_in"),
    "two-factor-codes": ("any", "signed_in"),
    "two-factor-codes-make": ("any", "signed_in"),
    "two-factor-codes-file": ("any", "signed_in"),
    "user-list": ("issuer", "users.see"),
    "user-detail": ("issuer", "users.see"),
    "user-invite": ("issuer", "users.edit"),
    "user-invite-merchant": ("issuer", "users.edit"),
    "user-edit": ("issuer", "users.edit"),
    "user-profiles": ("issuer", "users.edit"),
    "user-organisations": ("issuer", "users.edit"),
    "user-reset-mail": ("issuer", "users.edit"),
    "user-wallets": ("issuer", "users.edit"),
    "user-reset-factors": ("issuer", "users.edit"),
    "user-invite-again": ("issuer", "users.edit"),
    "user-revoke-invitation": ("issuer", "users.edit"),
    "user-deactivate": ("issuer", "users.edit"),
    "user-reactivate": ("issuer", "users.edit"),
    "user-erase": ("issuer", "users.edit"),
    "profile-list": ("issuer", "profiles.see"),
    "profile-create": ("issuer", "profiles.edit"),
    "profile-create-merchant": ("issuer", "profiles.edit"),
    "profile-detail": ("issuer", "profiles.see"),
    "profile-edit": ("issuer", "profiles.edit"),
    "profile-copy": ("issuer", "profiles.edit"),
    "profile-reset": ("issuer", "profiles.edit"),
    "profile-delete": ("issuer", "profiles.edit"),
    "organisation-list": ("issuer", "organisations.see"),
    "organisation-create": ("issuer", "organisations.edit"),
    "organisation-detail": ("issuer", "organisations.see"),
    "organisation-edit": ("issuer", "organisations.edit"),
    "organisation-add-user": ("issuer", "users.edit"),
    "key-list": ("issuer", "keys.see"),
    "key-create": ("issuer", "keys.edit"),
    "key-detail": ("issuer", "keys.see"),
    "key-revoke": ("issuer", "keys.edit"),
    "client-list": ("issuer", "clients.see"),
    "client-create": ("issuer", "clients.edit"),
    "client-create-company": ("issuer", "clients.edit"),
    "client-detail": ("issuer", "clients.see"),
    "client-edit": ("issuer", "clients.edit"),
    "client-activate": ("issuer", "clients.edit"),
    "client-deactivate": ("issuer", "clients.edit"),
    "client-reactivate": ("issuer", "clients.edit"),
    "client-person-add": ("issuer", "clients.edit"),
    "client-person-remove": ("issuer", "clients.edit"),
    "asset-list": ("issuer", "assets.see"),
    "currency-create": ("issuer", "assets.edit"),
    "asset-detail": ("issuer", "assets.see"),
    "asset-edit": ("issuer", "assets.edit"),
    "asset-properties": ("issuer", "assets.edit"),
    "asset-image": ("issuer", "assets.see"),
    "asset-image-set": ("issuer", "assets.edit"),
    "asset-image-remove": ("issuer", "assets.edit"),
    "asset-deactivate": ("issuer", "assets.edit"),
    "asset-reactivate": ("issuer", "assets.edit"),
    "asset-create": ("issuer", "assets.edit"),
    "asset-issue": ("issuer", "assets.issue"),
    "asset-burn": ("issuer", "assets.burn"),
    "wallet-list": ("issuer", "wallets.see"),
    "wallet-create": ("issuer", "wallets.edit"),
    "wallet-detail": ("issuer", "wallets.see"),
    "wallet-rename": ("issuer", "wallets.edit"),
    "wallet-close": ("issuer", "wallets.edit"),
    "wallet-reopen": ("issuer", "wallets.edit"),
    "lot-list": ("issuer", "wallets.see"),
    "transaction-list": ("issuer", "operations.see"),
    "operation-list": ("issuer", "operations.see"),
    "operation-detail": ("issuer", "operations.see"),
    "transfer-create": ("issuer", "operations.transfer"),
    "proof-list": ("issuer", "ledger.proof"),
    "proof-create": ("issuer", "ledger.proof"),
    "proof-detail": ("issuer", "ledger.proof"),
    "rate-create": ("issuer", "rates.edit"),
    "rate-change": ("issuer", "rates.edit"),
    "rate-delete": ("issuer", "rates.edit"),
    "rate-list": ("issuer", "rates.see"),
    "rate-history": ("issuer", "rates.see"),
    "order-list": ("issuer", "orders.see"),
    "order-create": ("issuer", "orders.act"),
    "order-detail": ("issuer", "orders.see"),
    "order-record-payment": ("issuer", "orders.act"),
    "order-complete": ("issuer", "orders.act"),
    "order-hold": ("issuer", "orders.act"),
    "order-release": ("issuer", "orders.act"),
    "order-refuse": ("issuer", "orders.act"),
    "order-cancel": ("issuer", "orders.act"),
    "refund-pay-back": ("issuer", "orders.act"),
    "settlement": ("issuer", "chain.see"),
    "settlement-resume": ("issuer", "chain.resolve"),
    "settlement-operations": ("issuer", "chain.see"),
    "settlement-operation": ("issuer", "chain.see"),
    "settlement-void": ("issuer", "chain.resolve"),
    "settlement-transactions": ("issuer", "chain.see"),
    "settlement-transaction": ("issuer", "chain.see"),
    "settlement-transaction-speed-up": ("issuer", "chain.replace"),
    "settlement-transaction-cancel": ("issuer", "chain.replace"),
    "settlement-comparisons": ("issuer", "chain.see"),
    "settlement-compare": ("issuer", "chain.compare"),
    "settlement-comparison": ("issuer", "chain.see"),
    "audit-list": ("issuer", "audit.see"),
    "audit-event": ("issuer", "audit.see"),
    "audit-verifications": ("issuer", "audit.see"),
    "audit-verify": ("issuer", "audit.verify"),
    "audit-digests": ("issuer", "audit.see"),
    "audit-digest": ("issuer", "audit.see"),
    "mail-list": ("issuer", "messaging.see_mail"),
    "mail-detail": ("issuer", "messaging.see_mail"),
    "mail-body": ("issuer", "messaging.see_mail"),
    "bulk-run-list": ("any", "signed_in"),
    "bulk-row-list": ("any", "signed_in"),
    "bulk-run-detail": ("any", "signed_in"),
    "bulk-run-cancel": ("any", "signed_in"),
    "bulk-run-retry": ("any", "signed_in"),
    "notification-list": ("any", "signed_in"),
    "notification-recent": ("any", "signed_in"),
    "notification-count": ("any", "signed_in"),
    "notification-read-all": ("any", "signed_in"),
    "notification-open": ("any", "signed_in"),
    "alert-list": ("issuer", "messaging.see_alerts"),
    "alert-detail": ("issuer", "messaging.see_alerts"),
    "alert-seen": ("issuer", "messaging.see_alerts"),
    "alert-take": ("issuer", "messaging.settle_alerts"),
    "alert-assign": ("issuer", "messaging.settle_alerts"),
    "alert-settle": ("issuer", "messaging.settle_alerts"),
}

# Rights whose every action moves money, shows a key or gives rights, and so asks for a fresh proof (ACC-07) …
PROVING_RIGHTS = {
    "assets.issue", "assets.burn", "rates.edit", "orders.act", "operations.transfer", "operations.transfer_from_client", "chain.resolve",
    "keys.edit", "users.edit",
}  # fmt: skip
# … but for these, which do none of it,
NOTHING_TO_PROVE = {
    "order-create": "an offer: nothing moves before it is paid",
    "order-hold": "stops something",
    "order-refuse": "stops something",
    "order-cancel": "stops something",
}
# and of other rights' actions these.
PROVED_BESIDE = {
    "asset-create", "wallet-close", "wallet-reopen", "two-factor-app-add", "two-factor-app-remove", "two-factor-passkey-add",
    "two-factor-passkey-rename", "two-factor-passkey-remove", "two-factor-codes", "two-factor-codes-make", "two-factor-codes-file",
}  # fmt: skip

TESTS = SystemActor("tests")


@dataclass(frozen=True)
class Door:
    """One pattern of the URLconf."""

    route: str
    name: str
    view: Any

    @property
    def face(self) -> str:
        return getattr(self.view, "face", "")

    @property
    def right(self) -> str:
        return getattr(self.view, "right", "")


def walk(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[Door]:
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield Door(route, str(pattern.name), pattern.callback)
        else:
            yield from walk(pattern, route)


def pages() -> list[Door]:
    """All doors but the API's and those that guard themselves."""
    return [door for door in walk() if not door.route.startswith(API) and door.name not in OTHER_DOORS]


def _refund() -> Refund:
    one = order()
    pay(one, "500", currency="EUR")
    return Refund.objects.latest("id")


def _mail() -> OutgoingMail:
    send_reset_mail(user=user(), actor=TESTS, now=timezone.now())
    return OutgoingMail.objects.latest("id")


def _run(owner: Any) -> BulkRun:
    run = BulkRun.objects.create(
        user=owner, list_path="clients.issuer.views.ClientList", title="Deactivate clients", action="deactivate",
        subject_type="clients.client", rows_total=1, created_at=timezone.now(),
    )  # fmt: skip
    BulkRow.objects.create(run=run, object_id=1, label="CLI-00000000")
    return run


def _alert() -> Alert:
    raise_alert(kind="audit.chain_lag", subject=Subject("audit.chain", "1"), message="Events wait.", now=timezone.now())
    return Alert.objects.latest("id")


def _notification(owner: Any) -> Notification:
    notify(user=owner, kind="jobs.ended", message="The work has ended.", url="/exports/", now=timezone.now())
    return Notification.objects.latest("id")


def _export(owner: Any) -> Export:
    return Export.objects.create(
        user=owner, list_path="clients.issuer.views.ClientList", title="Everybody of March", format="csv", created_at=timezone.now()
    )


def _schedule(owner: Any) -> ScheduledExport:
    return ScheduledExport.objects.create(
        owner=owner, list_path="clients.issuer.views.ClientList", title="Everybody of March", name="Clients", format="csv", cadence="daily", hour=7,
        next_due_at=timezone.now() + timedelta(days=1), created_at=timezone.now(),
    )  # fmt: skip


# first word of the name -> what its address takes, made for `owner` (who looks at it).
MAKERS: dict[str, Callable[[Any], list[str]]] = {
    "settings-edit": lambda owner: ["security"],
    "settings-reset": lambda owner: ["instance.name"],
    "branding-set": lambda owner: ["short_svg"],
    "branding-reset": lambda owner: ["short_svg"],
    "branding-logo": lambda owner: [_logo()],
    "branding-mark": lambda owner: ["1f2937"],
    "own-session": lambda owner: [_session(owner)],
    "two-factor-passkey": lambda owner: [passkey_of(owner).data["reference"]],
    "user": lambda owner: [user().reference],
    "merchant-user": lambda owner: [user(Face.MERCHANT, rights=[], organisations=[organisation_of(owner)]).reference],
    "merchant-audit-event": lambda owner: [_organisation_event(owner).reference],
    "merchant-wallet": lambda owner: [organisation_wallet(organisation_of(owner)).reference],
    "merchant-organisation": lambda owner: [organisation_of(owner).reference],
    "merchant-key": lambda owner: [_key(organisation_of(owner))],
    "profile": lambda owner: [user().profiles.get().reference],
    "organisation": lambda owner: [organisation().reference],
    "key": lambda owner: [create_key(actor=TESTS, now=timezone.now(), name="Channel", scopes=["orders.see"])[0].reference],
    "client": lambda owner: [client_of_type(status=ClientStatus.CREATED).reference],
    "client-person": lambda owner: [client_of_type(ClientType.COMPANY).reference],
    "asset": lambda owner: [digital_asset().code],
    "rate": lambda owner: [digital_asset().code],
    "rate-change": lambda owner: _rate(),
    "rate-delete": lambda owner: _rate(),
    "wallet": lambda owner: [client_wallet().reference],
    "operation": lambda owner: [_operation().reference],
    "proof": lambda owner: [request_proof(actor=owner, now=timezone.now()).reference],
    "settlement-operation": lambda owner: [_chain_operation().reference],
    "settlement-void": lambda owner: [_chain_operation().reference],
    "settlement-transaction": lambda owner: [_chain_transaction().reference],
    "settlement-comparison": lambda owner: [request_comparison(actor=owner, now=timezone.now()).reference],
    "order": lambda owner: [order().reference],
    "refund": lambda owner: [_refund().reference],
    "audit-event": lambda owner: [_event(owner).reference],
    "audit-digest": lambda owner: [_digest()],
    "mail": lambda owner: [_mail().reference],
    "export": lambda owner: [_export(owner).reference],
    "view": lambda owner: [_view(owner).reference],
    "bulk-run": lambda owner: [_run(owner).reference],
    "alert": lambda owner: [_alert().reference],
    "notification": lambda owner: [_notification(owner).reference],
    "schedule": lambda owner: [_schedule(owner).reference],
    "account_reset_password_from_key": lambda owner: ["1", "abc-def"],
    "account_invitation": lambda owner: [_invitation()],
}


def organisation_of(owner: Any) -> Organisation:
    """The organisation that a merchant's person acts for, made where there is none; some organisation for everybody else."""
    if owner.face != Face.MERCHANT:
        return organisation()
    membership = owner.memberships.first() or owner.memberships.create(organisation=organisation())
    return membership.organisation


def _organisation_event(owner: Any) -> AuditEvent:
    changed = organisation_of(owner)
    edit_organisation(organisation=changed, actor=TESTS, now=timezone.now(), name=f"{changed.name} II", external_reference="")
    return AuditEvent.objects.latest("id")


def _key(owner: Organisation) -> str:
    return create_key(actor=TESTS, now=timezone.now(), name="Till", scopes=["wallets.see"], organisation=owner)[0].reference


def _invitation() -> str:
    made = invite_user(
        actor=TESTS, now=timezone.now(), face=Face.ISSUER, email=f"{user().reference}@example.com", first_name="Ilze", last_name="Kalna", profiles=[]
    )  # fmt: skip
    return invitation_address(made).split("/")[-2]


def _logo() -> str:
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M1 1h6v6z"/></svg>'
    return store(BytesIO(drawing), folder=FOLDER).name.removeprefix(f"{FOLDER}/")


def _view(owner: Any) -> SavedView:
    return save_view(
        list_name="kit.saved.pages.ViewList", name=f"Mine {SavedView.objects.count()}", query="", actor=owner, now=timezone.now()
    )


def _session(owner: Any) -> str:
    open_session(Browser(), owner)
    return reference_of(UserSession.objects.filter(user=owner).latest("id"))


def _rate() -> list[str]:
    asset = digital_asset()
    rate(asset)
    return [asset.code, "EUR"]


def _operation() -> Operation:
    stock(asset_for_sale())
    return Operation.objects.latest("id")


def _lot() -> None:
    buy(make_asset(issued=10, expiration_days=30), client_wallet(), 5)


def _chain_operation() -> ChainOp:
    stock(asset_for_sale())
    return ChainOp.objects.latest("id")


def _chain_transaction() -> ChainTx:
    identity = ChainIdentity.objects.first() or ChainIdentity.objects.create(
        chain_id=1, genesis_hash="0x1", contract="0x" + "1" * 40, owner="0x" + "2" * 40, deployer="0x" + "3" * 40, deploy_nonce=0,
        deploy_raw=b"", deploy_hash="0x2", created_at=timezone.now(),
    )  # fmt: skip
    return ChainTx.objects.create(
        identity=identity, signer="0x" + "3" * 40, nonce=ChainTx.objects.count(), purpose="settle", hash=f"0x{secrets.token_hex(32)}",
        raw=b"", to=identity.contract, data=b"", gas=21_000, max_fee=2, priority_fee=1, created_at=timezone.now(),
    )  # fmt: skip


def _event(owner: Any) -> AuditEvent:
    edit_client(client=client_of_type(), actor=owner, now=timezone.now(), phone="+37120000009")
    return AuditEvent.objects.latest("id")


def _digest() -> str:
    now = timezone.now()
    return make_digest((now - timedelta(days=1)).date(), now=now).day.isoformat()


def furnish(owner: Any, *, times: int = 1) -> None:
    """Something of everything, and rows of the lists that no address names; for a merchant's person what its face shows."""
    for _time in range(times):
        for name, make in MAKERS.items():
            if owner.face == Face.ISSUER or name.startswith("merchant-"):
                make(owner)
        if owner.face == Face.MERCHANT:
            continue
        _lot()
        set_rate(asset_id=digital_asset().pk, currency_id=currency().pk, rate=Decimal(2), actor=owner, now=timezone.now())
    if owner.face == Face.ISSUER:
        request_verification(actor=owner, now=timezone.now())


def address_of(door: Door, owner: Any, made: dict[str, list[str]] | None = None) -> str:
    """An address of this door that leads to something that is there; `made` keeps what was made before."""
    if "<" not in door.route:
        return reverse(door.name)
    made = {} if made is None else made
    words = door.name.split("-")
    for length in range(len(words), 0, -1):
        kind = "-".join(words[:length])
        if kind in MAKERS:
            if kind not in made:
                made[kind] = MAKERS[kind](owner)
            return reverse(door.name, args=made[kind])
    raise AssertionError(f"teach MAKERS to make something for {door.name} ({door.route})")
