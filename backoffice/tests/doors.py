"""Every address of the product: who may enter, and something to see behind it. The guards walk this (DESIGN section 3).

A new view fails `test_doors.py` until its line stands in MATRIX, and one with a new kind of object in its address until
MAKERS can make one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from backoffice.tests.makers import MAKERS

# Doors that are no pages: each guards itself and has its own tests.
OTHER_DOORS = {"healthz-live", "healthz-ready", "metrics", "hooks-payments", "hooks-kyc-shufti", "hooks-kyc-sumsub"}
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
    "client-password": ("any", "public"),
    "client-list": ("issuer", "clients.see"),
    "client-create": ("issuer", "clients.edit"),
    "client-create-company": ("issuer", "clients.edit"),
    "client-detail": ("issuer", "clients.see"),
    "client-edit": ("issuer", "clients.edit"),
    "client-activate": ("issuer", "clients.edit"),
    "client-deactivate": ("issuer", "clients.edit"),
    "client-reactivate": ("issuer", "clients.edit"),
    "client-block": ("issuer", "clients.block"),
    "client-unblock": ("issuer", "clients.block"),
    "client-freeze": ("issuer", "clients.block"),
    "client-unfreeze": ("issuer", "clients.block"),
    "client-reset-password": ("issuer", "clients.edit"),
    "client-sessions-revoke": ("issuer", "clients.block"),
    "client-session-revoke": ("issuer", "clients.block"),
    "client-person-add": ("issuer", "clients.edit"),
    "client-person-remove": ("issuer", "clients.edit"),
    "client-limit-create": ("issuer", "tiers.edit"),
    "limit-list": ("issuer", "tiers.see"),
    "limit-create": ("issuer", "tiers.edit"),
    "limit-detail": ("issuer", "tiers.see"),
    "limit-edit": ("issuer", "tiers.edit"),
    "limit-copy": ("issuer", "tiers.edit"),
    "limit-activate": ("issuer", "tiers.edit"),
    "limit-deactivate": ("issuer", "tiers.edit"),
    "limit-threshold-add": ("issuer", "tiers.edit"),
    "limit-threshold-change": ("issuer", "tiers.edit"),
    "limit-threshold-remove": ("issuer", "tiers.edit"),
    "kyc-rule-list": ("issuer", "tiers.see"),
    "kyc-rule-add": ("issuer", "tiers.edit"),
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
    "what-if": ("issuer", "tiers.see"),
    "proof-list": ("issuer", "ledger.proof"),
    "proof-create": ("issuer", "ledger.proof"),
    "proof-detail": ("issuer", "ledger.proof"),
    "rate-create": ("issuer", "rates.edit"),
    "rate-change": ("issuer", "rates.edit"),
    "rate-delete": ("issuer", "rates.edit"),
    "rate-list": ("issuer", "rates.see"),
    "rate-history": ("issuer", "rates.see"),
    "kyc-document-list": ("issuer", "kyc.see"),
    "kyc-document-detail": ("issuer", "kyc.see"),
    "kyc-document-pane": ("issuer", "kyc.see"),
    "kyc-document-picture": ("issuer", "kyc.see"),
    "kyc-document-file": ("issuer", "kyc.see"),
    "kyc-document-approve": ("issuer", "kyc.decide"),
    "kyc-document-reject": ("issuer", "kyc.decide"),
    "kyc-document-delete": ("issuer", "kyc.decide"),
    "client-document-upload": ("issuer", "kyc.act"),
    "kyc-case-list": ("issuer", "kyc.see"),
    "kyc-case-detail": ("issuer", "kyc.see"),
    "kyc-case-take": ("issuer", "kyc.act"),
    "kyc-case-release": ("issuer", "kyc.act"),
    "kyc-case-ask": ("issuer", "kyc.act"),
    "kyc-case-approve": ("issuer", "kyc.decide"),
    "kyc-case-decline": ("issuer", "kyc.decide"),
    "client-set-level": ("issuer", "clients.set_level"),
    "hold-list": ("issuer", "holds.see"),
    "hold-detail": ("issuer", "holds.see"),
    "hold-cancel": ("issuer", "holds.act"),
    "order-list": ("issuer", "orders.see"),
    "order-create": ("issuer", "orders.act"),
    "order-detail": ("issuer", "orders.see"),
    "order-record-payment": ("issuer", "orders.act"),
    "order-complete": ("issuer", "orders.act"),
    "order-hold": ("issuer", "orders.act"),
    "order-release": ("issuer", "orders.act"),
    "order-approve": ("issuer", "orders.override"),
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
    "mail-template-list": ("issuer", "messaging.edit_templates"),
    "mail-template-edit": ("issuer", "messaging.edit_templates"),
    "mail-template-preview": ("issuer", "messaging.edit_templates"),
    "mail-template-reset": ("issuer", "messaging.edit_templates"),
    "mail-template-test": ("issuer", "messaging.edit_templates"),
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
    "kyc-message-list": ("issuer", "kyc.see"),
    "kyc-message-detail": ("issuer", "kyc.see"),
    "kyc-message-repeat": ("issuer", "kyc.act"),
    "alert-list": ("issuer", "messaging.see_alerts"),
    "alert-detail": ("issuer", "messaging.see_alerts"),
    "alert-seen": ("issuer", "messaging.see_alerts"),
    "alert-take": ("issuer", "messaging.settle_alerts"),
    "alert-assign": ("issuer", "messaging.settle_alerts"),
    "alert-settle": ("issuer", "messaging.settle_alerts"),
}

# Rights whose every action moves money, shows a key or gives rights, and so asks for a fresh proof (ACC-07) …
PROVING_RIGHTS = {
    "assets.issue", "assets.burn", "rates.edit", "orders.act", "orders.override", "operations.transfer", "operations.transfer_from_client", "chain.resolve",
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
