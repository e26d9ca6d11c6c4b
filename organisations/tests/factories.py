"""Organisations and keys for tests."""

from itertools import count

from django.utils import timezone

from organisations.models import Organisation

_numbers = count(1)


def organisation(**fields: object) -> Organisation:
    values = {"name": f"Kafejnīca {next(_numbers)}", "created_at": timezone.now()} | fields
    return Organisation.objects.create(**values)
