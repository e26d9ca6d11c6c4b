"""The demo's merchants, their people, and the key of the issuer's channel."""

from datetime import datetime, timedelta

from accounts.demo import DEMO, PEOPLE, person
from accounts.services import set_organisations
from organisations.api_keys import create_key
from organisations.enums import Scope
from organisations.models import Organisation
from organisations.services import create_organisation

NAMES = {
    "Kafejnīca Pie Ostas": "SHOP-001",
    "Boulangerie du Vieux Port": "SHOP-002",
    "Quayside Books & Records": "SHOP-003",
    "Zaļais Tirgus": "SHOP-004",
    "Vélos Bertrand": "SHOP-005",
}
CHANNEL = "Mobile app"


def load(now: datetime) -> dict[str, str]:
    """Five merchants, the first with the demo's merchant users, and the channel's key."""
    since = now - timedelta(days=93)
    shops = [create_organisation(actor=DEMO, now=since, name=name, external_reference=code) for name, code in NAMES.items()]
    for name in PEOPLE:
        if name.startswith("MERCHANT"):
            set_organisations(user=person(name), organisations=[shops[0].pk], actor=DEMO, now=since)
    set_organisations(user=person("REGIONAL"), organisations=[shop.pk for shop in shops[1:3]], actor=DEMO, now=since)
    _key, raw = create_key(actor=person("ADMIN"), now=since, name=CHANNEL, scopes=list(Scope))
    return {"CHANNEL_API_KEY": raw}


def shops() -> list[Organisation]:
    return list(Organisation.objects.filter(name__in=NAMES).order_by("id"))
