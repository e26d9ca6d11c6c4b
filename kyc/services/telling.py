"""What clients are told by mail, in their language (KYC-09, KYC-11, KYC-12). Test clients get none: their address may be a live one's."""

from datetime import datetime
from decimal import Decimal

from assets.models import Asset
from clients.models import Client
from core.amounts import worded
from kyc.models import Case, Document
from messaging.services import queue_mail


def tell(template: str, case: Case, *, now: datetime, **more: str) -> None:
    """A mail about a case; whoever puts more into it has it in the client's language."""
    fee = in_words(case.fee, case.fee_asset)
    tell_client(template, case.client, about=case, now=now, case=case.reference, tier=case.tier.label, fee=fee, **more)


def tell_client(template: str, client: Client, *, now: datetime, about: Case | Client | Document, **words: str) -> None:
    if not client.is_test:
        context = {"name": str(client)} | words
        queue_mail(template=template, to=client.email, language=client.language, context=context, subject=about, now=now)


def in_words(fee: Decimal, asset: Asset | None) -> str:
    """A fee such as "10.00 EUR"; "" where there is none."""
    return worded(fee, decimals=asset.decimals, code=asset.code) if asset is not None and fee else ""
