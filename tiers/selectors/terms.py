"""What holds for a client: its tier, kind and price list (TIE-02, FEE-01)."""

from dataclasses import dataclass
from datetime import datetime

from clients.models import Client
from tiers.models import ClientTerms, DictionaryEntry, PriceList


@dataclass(frozen=True, slots=True)
class Terms:
    """`tier` None is tier 0. `price_list` is the one in force: `assigned` while it is active, else the default of the client's type,
    None where there is neither."""

    tier: DictionaryEntry | None
    kind: DictionaryEntry | None
    price_list: PriceList | None
    assigned: PriceList | None
    tier_since: datetime | None


def terms_of(client_id: int) -> Terms:
    """What holds for the client, whether it has a row or not. Raises Client.DoesNotExist."""
    row = ClientTerms.objects.select_related("tier", "kind", "price_list__currency").filter(pk=client_id).first()
    row = row or ClientTerms(client_id=client_id)
    in_force = row.own_price_list or default_price_list(client_id=client_id)
    return Terms(row.tier, row.kind, in_force, row.price_list, row.tier_since)


def default_price_list(*, client_id: int) -> PriceList | None:
    """The default of the client's type, or None."""
    own_type = Client.objects.filter(pk=client_id).values("type")
    return PriceList.objects.filter(is_default=True, client_type__in=own_type).select_related("currency").first()
