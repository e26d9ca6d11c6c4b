"""The assets of the benches, written as the owner: every column has its model's default unless a bench says otherwise."""

from typing import Any

import psycopg
from django.utils import timezone

from assets.enums import AssetKind
from assets.models import Asset


def add_asset(owner: psycopg.Connection | psycopg.Cursor, number: int, code: str, **values: Any) -> None:
    """An active asset with this database id and two decimals."""
    own = {"id": number, "code": code, "name": code, "label": code, "kind": AssetKind.DIGITAL, "status": "active", "decimals": 2}
    asset = Asset(**own | {"reissuable": False, "created_at": timezone.now()} | values)
    row = {field.column: getattr(asset, field.attname) for field in Asset._meta.concrete_fields if not field.generated}
    row["image"] = ""
    places = ", ".join(["%s"] * len(row))
    owner.execute(f"INSERT INTO assets_asset ({', '.join(row)}) VALUES ({places})", list(row.values()))  # noqa: S608
