"""What a list exports: every stored field of its rows, and the references of what they point to (EXP-X1).

    class OrderResource(ListResource):
        more = {"client_email": "client__email"}                 # a path, or an annotation of the list's queryset
        excluded = {"search_text": "made of other columns"}      # every field that is left out has its reason

        class Meta:
            model = Order

The declaration is django-import-export's Resource; it is compiled to `values_list` paths, never run row by row.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import QuerySet
from import_export.resources import ModelResource

POINTED = ("reference", "code", "name")  # what is exported of a row that a foreign key points to, as far as it has them
ALWAYS_EXCLUDED = {"id": "the database's own number; the reference is the public name"}


@dataclass(frozen=True)
class ExportColumn:
    """A column of the file: its fixed name, where its value comes from, and how it is written."""

    name: str
    path: str
    kind: str  # text, number, boolean, date, datetime, list or json


class ListResource(ModelResource):
    """The columns of one list's export."""

    more: ClassVar[dict[str, str]] = {}
    excluded: ClassVar[dict[str, str]] = {}

    @classmethod
    def model(cls) -> type[models.Model]:
        return cls._meta.model

    @classmethod
    def columns(cls) -> list[ExportColumn]:
        found = []
        for name, declared in cls.fields.items():
            path = declared.attribute or name
            if name in cls.excluded or name in ALWAYS_EXCLUDED:
                continue
            field = field_of(cls.model(), path)
            if isinstance(field, models.ManyToManyField):
                continue
            if isinstance(field, models.ForeignKey):
                found += pointed_columns(declared.column_name or name, path, field)
            else:
                found.append(ExportColumn(declared.column_name or name, path, kind_of(field)))
        found += [ExportColumn(name, path, kind_of(field_of(cls.model(), path))) for name, path in cls.more.items()]
        return found

    @classmethod
    def rows(cls, queryset: QuerySet[Any], columns: list[ExportColumn] | None = None) -> QuerySet[Any]:
        """The values of the columns, in order."""
        columns = cls.columns() if columns is None else columns
        return cls.live(queryset).values_list(*(column.path for column in columns))

    @classmethod
    def live(cls, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Without test objects, which are in no export (API-05)."""
        marked = any(field.name == "is_test" for field in cls.model()._meta.concrete_fields)
        return queryset.filter(is_test=False) if marked else queryset

    @classmethod
    def kinds(cls, queryset: QuerySet[Any]) -> list[ExportColumn]:
        """The columns, with the kinds of those that are annotations of this queryset."""
        known = queryset.query.annotations
        return [
            ExportColumn(column.name, column.path, kind_of(known[column.path].output_field)) if column.path in known else column
            for column in cls.columns()
        ]

    @classmethod
    def unexplained(cls) -> list[str]:
        """Stored fields that are neither exported nor excluded with a reason; a test keeps this empty for every list."""
        sources = {column.path.split("__")[0] for column in cls.columns()}
        reasons = ALWAYS_EXCLUDED | cls.excluded
        return [
            field.name
            for field in cls.model()._meta.concrete_fields
            if not {field.name, field.attname} & sources and not str(reasons.get(field.name, "")).strip()
        ]


def field_of(model: type[models.Model], path: str) -> Any:
    field: Any = None
    for name in path.split("__"):
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            return None
        model = field.related_model or model
    return field


def pointed_columns(name: str, path: str, field: Any) -> list[ExportColumn]:
    """The public names of what a foreign key points to: client -> client_reference, client_name …"""
    present = [one for one in POINTED if field_of(field.related_model, one) is not None]
    return [ExportColumn(f"{name}_{one}", f"{path}__{one}", "text") for one in present]


def kind_of(field: Any) -> str:
    if isinstance(field, models.GeneratedField):
        field = field.output_field
    match field:
        case models.BooleanField():
            return "boolean"
        case models.DateTimeField():
            return "datetime"
        case models.DateField():
            return "date"
        case models.DecimalField() | models.IntegerField() | models.FloatField():
            return "number"
        case models.JSONField():
            return "json"
        case models.BinaryField():
            return "bytes"
        case None:
            return "text"
    return "list" if hasattr(field, "base_field") else "text"
