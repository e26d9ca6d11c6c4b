"""The generated column that "like" searches read, and its index (DESIGN section 3)."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Value
from django.db.models.functions import Concat, Upper


def search_text(*fields: str) -> models.GeneratedField:
    """The fields' values with spaces between, kept by the database (Concat becomes `||`, which is immutable)."""
    parts: list[str | Value] = []
    for field in fields:
        parts += [Value(" "), field]
    return models.GeneratedField(
        expression=Concat(*parts[1:], output_field=models.TextField()), output_field=models.TextField(), db_persist=True
    )


def search_index(name: str, field: str = "search_text") -> GinIndex:
    """Trigrams of upper(…), as Django's `icontains` asks."""
    return GinIndex(OpClass(Upper(field), name="gin_trgm_ops"), name=name)
