"""The profiles that come with an instance, and the rights that each has (USR-02). Declared once, here.

A right is declared by the app that asks for it; this table names it by its code, and a test keeps both equal.
`manage.py sync_profiles` writes it into the database, `manage.py write_rights` into docs/rights.md.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.enums import Face
from core.registries import known_rights


@dataclass(frozen=True)
class DefaultProfile:
    """A profile that every instance has; `code` stands for it in the table below."""

    code: str
    name: str
    face: str


DEFAULT_PROFILES = (
    DefaultProfile("Ad", "Administrator", Face.ISSUER),
    DefaultProfile("CE", "CEO", Face.ISSUER),
    DefaultProfile("CF", "CFO", Face.ISSUER),
    DefaultProfile("CR", "CRO", Face.ISSUER),
    DefaultProfile("Op", "Operations", Face.ISSUER),
    DefaultProfile("Su", "Support", Face.ISSUER),
    DefaultProfile("Au", "Auditor", Face.ISSUER),
    DefaultProfile("MA", "Merchant administrator", Face.MERCHANT),
    DefaultProfile("MC", "Merchant cashier", Face.MERCHANT),
    DefaultProfile("MV", "Merchant accountant", Face.MERCHANT),
)

# What an auditor never holds: the profile changes nothing (USR-02). Verifying the trail and exporting change nothing.
FEATURES: tuple[tuple[Any, dict[str, str]], ...] = (
    (
        _("Clients"),
        {
            "clients.see": "Ad CE CF CR Op Su Au",
            "clients.edit": "Ad CR Op",
            "clients.set_level": "Ad CR",
            "clients.block": "Ad CR Op",
            "clients.sign_in": "Ad",
        },
    ),
    (
        _("KYC"),
        {
            "kyc.see": "Ad CE CR Op Su Au",
            "kyc.act": "Ad CR Op",
            "kyc.decide": "Ad CR Op",
            "kyc.override": "Ad CR",
            "tiers.choose": "Ad",
        },
    ),
    (
        _("Tiers, limits, price lists"),
        {
            "tiers.see": "Ad CE CF CR Op Su Au",
            "tiers.edit": "Ad CR Op",
            "prices.see": "Ad CE CF CR Op Au",
            "prices.edit": "Ad CF",
        },
    ),
    (
        _("Assets"),
        {
            "assets.see": "Ad CE CF CR Op Su Au MA MC MV",
            "assets.edit": "Ad CF",
            "assets.issue": "Ad CF",
            "assets.burn": "Ad CF",
        },
    ),
    (
        _("Rates"),
        {
            "rates.see": "Ad CE CF Op Au",
            "rates.edit": "Ad CF",
        },
    ),
    (
        _("Orders"),
        {
            "orders.see": "Ad CE CF CR Op Su Au",
            "orders.act": "Ad CF Op",
            "orders.override": "Ad CR",
        },
    ),
    (
        _("Blockchain transactions, manual transfers, proof"),
        {
            "operations.see": "Ad CE CF CR Op Su Au",
            "operations.transfer": "Ad CF",
            "operations.transfer_from_client": "Ad CF",
            "ledger.proof": "Ad CE CF CR Op Au",
        },
    ),
    (
        _("Transactions on hold"),
        {
            "holds.see": "Ad CE CF CR Op Au",
            "holds.act": "Ad CF CR",
            "transfers.see": "Ad",
            "transfers.act": "Ad",
        },
    ),
    (
        _("Wallets"),
        {
            "wallets.see": "Ad CE CF CR Op Su Au MA MC MV",
            "wallets.edit": "Ad Op MA",
        },
    ),
    (
        _("Organisations"),
        {
            "organisations.see": "Ad CE CF CR Op Su Au MA MC MV",
            "organisations.edit": "Ad Op MA",
        },
    ),
    (
        _("Users and profiles"),
        {
            "users.see": "Ad CE Au MA",
            "users.edit": "Ad MA",
            "profiles.see": "Ad CE Au",
            "profiles.edit": "Ad",
        },
    ),
    (
        _("Keys"),
        {
            "keys.see": "Ad CE Op Au MA",
            "keys.edit": "Ad MA",
        },
    ),
    (
        _("Audit trail, chain node"),
        {
            "audit.see": "Ad CE CF CR Au MA",
            "audit.verify": "Ad Au",
            "chain.see": "Ad CE CF CR Au",
            "chain.resolve": "Ad",
            "chain.replace": "Ad",
            "chain.compare": "Ad Au",
        },
    ),
    (
        _("Instance settings, branding"),
        {
            "instance.see": "Ad CE Au",
            "instance.edit": "Ad",
        },
    ),
    (
        _("Mail and alerts"),
        {
            "messaging.see_mail": "Ad",
            "messaging.edit_templates": "Ad",
            "messaging.see_alerts": "Ad CE CF CR Op Au",
            "messaging.settle_alerts": "Ad CE CF CR Op",
        },
    ),
    (
        _("Exports of what one may see"),
        {
            "exports.make": "Ad CE CF CR Op Au MA MV",
            "exports.see_all": "Ad Au",
        },
    ),
    (
        _("Saved views of lists (one's own are everybody's)"),
        {
            "views.manage": "Ad MA",
        },
    ),
)

HOLDERS: dict[str, frozenset[str]] = {
    right: frozenset(holders.split()) for _feature, rights in FEATURES for right, holders in rights.items()
}
# What a profile of the merchant face may hold at all.
MERCHANT_RIGHTS = frozenset(
    right
    for right, holders in HOLDERS.items()
    if any(profile.code in holders for profile in DEFAULT_PROFILES if profile.face == Face.MERCHANT)
)


def default_rights(code: str) -> set[str]:
    """The rights of a default profile, as far as their apps are there."""
    return {right for right in known_rights() if code in HOLDERS.get(right, frozenset())}


def rights_table() -> str:
    """docs/rights.md: each right and the default profiles that hold it."""
    labels = known_rights()
    heads = [profile.code for profile in DEFAULT_PROFILES]
    lines = [
        "# Rights of the default profiles",
        "",
        "Made by `manage.py write_rights` from `accounts/profiles.py`; a test keeps it equal. A merchant's profile acts within its own organisations.",
        "",
        ", ".join(f"{profile.code} {profile.name}" for profile in DEFAULT_PROFILES) + ".",
        "",
        f"| feature | right | code | {' | '.join(heads)} |",
        f"| --- | --- | --- | {' | '.join('---' for _head in heads)} |",
    ]
    for feature, rights in FEATURES:
        for right in rights:
            if right in labels:
                ticks = " | ".join("x" if head in HOLDERS[right] else "" for head in heads)
                lines.append(f"| {feature} | {labels[right]} | `{right}` | {ticks} |")
    return "\n".join(lines) + "\n"
