"""The outbox refuses to change what was asked."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from chain.models import ChainOp
from chain.services import queue_anchor, queue_create_asset

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.spec("CHN-02")
@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"amount": 5}, {"source": "0x" + "1" * 40}, {"payload": {}}, {"ref": b"x"}, {"kind": 1}])
def test_what_was_asked_never_changes(change: dict[str, object]) -> None:
    operation = queue_create_asset(asset_id=1, decimals=2, issuer_address="0x" + "2" * 40, symbol="GOLD", now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        ChainOp.objects.filter(pk=operation.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        operation.delete()


@pytest.mark.spec("CHN-03")
@pytest.mark.django_db
def test_a_sequence_is_given_once() -> None:
    operation = queue_anchor(b"\1" * 32, NOW)
    ChainOp.objects.filter(pk=operation.pk).update(sequence=1, status="assigned")
    ChainOp.objects.filter(pk=operation.pk).update(status="pending")
    with pytest.raises(IntegrityError), transaction.atomic():
        ChainOp.objects.filter(pk=operation.pk).update(sequence=2)


@pytest.mark.spec("AUD-05")
@pytest.mark.django_db
def test_the_same_digest_is_anchored_once() -> None:
    assert queue_anchor(b"\1" * 32, NOW) == queue_anchor(b"\1" * 32, NOW)
    with pytest.raises(ValueError, match="32 bytes"):
        queue_anchor(b"\1" * 31, NOW)
