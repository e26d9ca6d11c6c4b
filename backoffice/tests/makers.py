"""Something to see behind every address: what the guards make before they walk the doors (backoffice/tests/doors.py)."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from allauth.usersessions.models import UserSession
from django.test import Client as Browser
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
from clients.services.passwords import LINKS
from clients.tests.factories import client_of_type, client_session
from core.actors import SystemActor
from core.branding import FOLDER
from core.images import store
from core.subjects import Subject
from kit.models import BulkRow, BulkRun, Export, SavedView, ScheduledExport
from kit.saved.service import save_view
from kyc.tests.documents import document as kyc_document
from kyc.tests.factories import case as kyc_case
from kyc.tests.messages import provider_message
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
from tiers.models import Limit, Threshold
from tiers.tests import factories as tiers
from transactions.models import Hold
from transactions.tests.factories import held, member
from wallets.tests.factories import client_wallet, organisation_wallet

TESTS = SystemActor("tests")


def _refund() -> Refund:
    one = order()
    pay(one, "500", currency="EUR")
    return Refund.objects.latest("id")


def _mail() -> OutgoingMail:
    send_reset_mail(user=user(), actor=TESTS, now=timezone.now())
    return OutgoingMail.objects.latest("id")


def _run(owner: Any) -> BulkRun:
    run = BulkRun.objects.create(
        user=owner, list_path="clients.issuer.views.ClientList", title="What was done in March", action="deactivate",
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
        owner=owner, list_path="clients.issuer.views.ClientList", title="Everybody of March", name="Everybody, daily", format="csv", cadence="daily", hour=7,
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
    "client-password": lambda owner: _client_link(owner.language),
    "client-session": lambda owner: [client_session().reference],
    "client-person": lambda owner: [client_of_type(ClientType.COMPANY).reference],
    "limit": lambda owner: [_threshold().limit.reference],
    "limit-threshold-change": lambda owner: _threshold_address(),
    "limit-threshold-remove": lambda owner: _threshold_address(),
    "asset": lambda owner: [digital_asset().code],
    "rate": lambda owner: [digital_asset().code],
    "dictionary": lambda owner: [tiers.kind().reference],
    "price-list": lambda owner: [tiers.default_price_list().reference],
    "level-fee-add": lambda owner: [tiers.default_price_list().reference],
    "recurring-fee-add": lambda owner: [tiers.default_price_list().reference],
    "operation-fee-add": lambda owner: [tiers.default_price_list().reference],
    "level-fee": lambda owner: [tiers.level_fee(tiers.tier(2), price_list=tiers.price_list()).reference],
    "recurring-fee": lambda owner: [tiers.recurring_fee(tiers.tier(2), price_list=tiers.price_list()).reference],
    "operation-fee": lambda owner: [tiers.operation_fee(digital_asset(), fixed=Decimal(1)).reference],
    "commission": lambda owner: [digital_asset().code],
    "recurring-charge": lambda owner: [tiers.charge().reference],
    "rate-change": lambda owner: _rate(),
    "rate-delete": lambda owner: _rate(),
    "wallet": lambda owner: [client_wallet().reference],
    "operation": lambda owner: [_operation().reference],
    "proof": lambda owner: [request_proof(actor=owner, now=timezone.now()).reference],
    "settlement-operation": lambda owner: [_chain_operation().reference],
    "settlement-void": lambda owner: [_chain_operation().reference],
    "settlement-transaction": lambda owner: [_chain_transaction().reference],
    "settlement-comparison": lambda owner: [request_comparison(actor=owner, now=timezone.now()).reference],
    "kyc-document": lambda owner: [kyc_document().reference],
    "kyc-document-picture": lambda owner: [kyc_document().reference, 1],
    "kyc-case": lambda owner: [kyc_case().reference],
    "order": lambda owner: [order().reference],
    "hold": lambda owner: [_hold().reference],
    "refund": lambda owner: [_refund().reference],
    "kyc-message": lambda owner: [provider_message().reference],
    "audit-event": lambda owner: [_event(owner).reference],
    "audit-digest": lambda owner: [_digest()],
    "mail-template": lambda owner: ["accounts.invitation", "lv"],
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


def _client_link(language: str) -> list[str]:
    client = client_of_type(language=language)  # the page speaks the client's language
    return [client.reference, LINKS.make_token(client)]


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


def _threshold() -> Threshold:
    personal = Limit.objects.create(name="Careful", client=client_of_type(), created_at=timezone.now())
    values = {"asset": digital_asset(), "amount": Decimal(100), "rule": "send", "types": ["payment"], "period_days": 30}
    return Threshold.objects.create(limit=personal, **values)


def _threshold_address() -> list[str]:
    made = _threshold()
    return [made.limit.reference, made.reference]


def _rate() -> list[str]:
    asset = digital_asset()
    rate(asset)
    return [asset.code, "EUR"]


def _operation() -> Operation:
    stock(asset_for_sale())
    return Operation.objects.latest("id")


def _hold() -> Hold:
    asset = make_asset(issued=10)
    return held(asset, member(asset, "5"), member(), "5")


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
