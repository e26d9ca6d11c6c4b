"""Quantities in mails: the asset's decimals, in the digits and signs of the language that is set."""

from decimal import Decimal

from django.utils.formats import number_format

from assets.models import Asset


def shown(quantity: Decimal, asset: Asset) -> str:
    return f"{number_format(quantity, decimal_pos=asset.decimals, use_l10n=True, force_grouping=True)} {asset.code}"
