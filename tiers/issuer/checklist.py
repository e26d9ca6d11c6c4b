"""What a tier needs before clients can choose it, with the page where each is mended (TIE-03)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.registries import visible
from tiers.enums import Direction, FeeKind, Provider, Right
from tiers.models import DictionaryEntry, LevelFee, Limit, PriceList
from tiers.models.prices import holding
from tiers.selectors.limits import limits_of_tiers


@dataclass(frozen=True)
class Line:
    """One thing that is needed. `url` leads to where it stands or is made, "" where the person may not see that."""

    words: Any
    is_met: bool
    url: str = ""
    link: Any = ""
    note: Any = ""


def lines_of(tier: DictionaryEntry, person: Any, now: datetime) -> list[Line]:
    limit = limits_of_tiers().filter(tier=tier).first()
    lines = [
        Line(_("The tier is active."), tier.is_active),
        Line(
            _("An active limit with a threshold is for it."),
            limit is not None,
            _limit_page(limit, person),
            limit.name if limit is not None else _("Create limit"),
            _("Without one nobody can choose the tier."),
        ),
        Line(
            _("Its KYC provider is set: %(provider)s.") % {"provider": tier.get_provider_display()},
            tier.provider != Provider.SUMSUB or bool(tier.provider_level),
            reverse("dictionary-edit", args=[tier.reference]) if person.has_right(Right.TIERS_EDIT) else "",
            _("Edit entry"),
            _("Sumsub needs the level's name as it stands there."),
        ),
    ]
    return lines + _fees(tier, person, now)


def _limit_page(limit: Limit | None, person: Any) -> str:
    if limit is not None:
        return reverse("limit-detail", args=[limit.reference])
    return reverse("limit-create") if person.has_right(Right.TIERS_EDIT) else ""


def _fees(tier: DictionaryEntry, person: Any, now: datetime) -> list[Line]:
    """Two of each active price list: a way up and a way down. A fee of 0 is one."""
    present = set(LevelFee.objects.filter(holding(now), level=tier.level).values_list("price_list_id", "direction"))
    may = person.has_right(Right.PRICES_SEE)
    lists = visible(PriceList, person).filter(client_type=tier.client_type, is_active=True).order_by("-is_default", "name")
    lines = []
    for prices in lists:
        url = f"{reverse('price-list-detail', args=[prices.reference])}?tab={FeeKind.LEVEL}" if may else ""
        ways = [
            (Direction.UPGRADE, _("%(list)s has a fee for coming up to it.")),
            (Direction.DOWNGRADE, _("%(list)s has a fee for coming down to it.")),
        ]
        for direction, words in ways:
            lines.append(
                Line(
                    words % {"list": prices.name},
                    (prices.pk, direction) in present,
                    url,
                    prices.name,
                    _("Its clients can't choose the tier this way."),
                )
            )
    if not lines:
        url = reverse("price-list-list") if may else ""
        lines.append(Line(_("There is an active price list for its clients."), is_met=False, url=url, link=_("Price lists")))
    return lines
