"""Limits are made and changed: each change at once for the next transaction, and under four-eyes where the policy says so (LIM-01, LIM-06)."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from approvals.services import require
from audit.services import record
from core.actors import Actor
from core.constraints import broken
from core.errors import DomainError
from core.locks import lock
from tiers.models import Limit, Threshold
from tiers.services.limits.terms import LimitTerms, ThresholdTerms

ACTION = "limits.change"
ONCE = "limit_criteria_once_while_active"


class SameCriteria(DomainError):
    """Another active limit has the same criteria: one of them would never cover anybody (LIM-03)."""

    code = "same_criteria"


class ThresholdGone(DomainError):
    """Somebody removed it meanwhile."""

    code = "threshold_gone"
    status = 404


class LastThreshold(DomainError):
    """A limit without thresholds would bound nothing (LIM-01)."""

    code = "last_threshold"


def same_criteria(terms: LimitTerms, *, besides: int | None = None) -> Limit | None:
    """The active limit that has these criteria already."""
    criteria = {
        (name if value is not None else f"{name}__isnull"): (value if value is not None else True)
        for name, value in terms.criteria().items()
    }
    others = Limit.objects.filter(is_active=True, **criteria)
    return (others if besides is None else others.exclude(pk=besides)).first()


def _refuse_same(terms: LimitTerms, *, besides: int | None = None) -> None:
    if other := same_criteria(terms, besides=besides):
        words = _("The active limit “%(name)s” (%(reference)s) has the same criteria: change or deactivate it first.")
        raise SameCriteria(words % {"name": other.name, "reference": other.reference})


def _save(limit: Limit) -> None:
    """With a new edition, so that every process reads it again. Who saved the same criteria at the same time is told so."""
    limit.edition = uuid.uuid4()
    try:
        limit.save()
    except IntegrityError as error:
        if broken(error) == ONCE:
            raise SameCriteria(_("Another active limit has the same criteria: change or deactivate it first.")) from error
        raise


def _approve(actor: Actor, approval_id: int | None, *, limit: Limit | None, change: str, content: Mapping[str, Any]) -> None:
    payload = {"limit": limit.reference if limit else "", "change": change, "content": dict(content)}
    require(action=ACTION, actor=actor, payload=payload, approval_id=approval_id)


@transaction.atomic(durable=True)
def create_limit(*, terms: LimitTerms, threshold: ThresholdTerms, actor: Actor, now: datetime, approval_id: int | None = None) -> Limit:
    """A new active limit with its first threshold. Raises UnfitLimit, UnfitThreshold, UnfitText, SameCriteria, ApprovalNeeded."""
    return _create(terms.clean(), threshold.clean(), actor=actor, now=now, approval_id=approval_id)


def _create(terms: LimitTerms, threshold: ThresholdTerms, *, actor: Actor, now: datetime, approval_id: int | None) -> Limit:
    _refuse_same(terms)
    content = terms.in_words() | {"threshold": threshold.in_words()}
    _approve(actor, approval_id, limit=None, change="create", content=content)
    limit = Limit(created_at=now, **_values(terms))
    _save(limit)
    Threshold.objects.create(limit=limit, **threshold.values())
    record(action="limits.created", actor=actor, subject=limit, details=content, now=now)
    return limit


@transaction.atomic(durable=True)
def edit_limit(*, limit_id: int, terms: LimitTerms, actor: Actor, now: datetime, approval_id: int | None = None) -> Limit:
    """Another name, description or other criteria. Raises UnfitLimit, UnfitText, SameCriteria, ApprovalNeeded."""
    limit = lock(Limit.objects.all(), pk=limit_id)
    present = LimitTerms.of(limit)
    terms, before = terms.clean(present), present.in_words()
    if limit.is_active:
        _refuse_same(terms, besides=limit.pk)
    after = terms.in_words()
    changes = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
    if not changes:
        return limit
    _approve(actor, approval_id, limit=limit, change="edit", content=after)
    for name, value in _values(terms).items():
        setattr(limit, name, value)
    _save(limit)
    record(action="limits.edited", actor=actor, subject=limit, changes=changes, now=now)
    return limit


@transaction.atomic(durable=True)
def copy_limit(*, limit_id: int, name: str, actor: Actor, now: datetime) -> Limit:
    """An inactive limit with the same criteria and thresholds, to be changed and then activated. Raises UnfitText."""
    original = lock(Limit.objects.all(), pk=limit_id)
    terms = LimitTerms.of(original)
    copy = Limit(created_at=now, is_active=False, **_values(terms) | {"name": name})
    copy.name = LimitTerms(name=name).clean().name
    _save(copy)
    thresholds = [ThresholdTerms.of(one) for one in original.thresholds.select_related("asset", "currency").order_by("id")]
    Threshold.objects.bulk_create([Threshold(limit=copy, **one.values()) for one in thresholds])
    record(action="limits.created", actor=actor, subject=copy, details={"copy_of": original.reference, "name": copy.name}, now=now)
    return copy


@transaction.atomic(durable=True)
def activate_limit(*, limit_id: int, actor: Actor, now: datetime, approval_id: int | None = None) -> Limit:
    """It covers clients from the next transaction on. Raises SameCriteria, LastThreshold, ApprovalNeeded."""
    limit = lock(Limit.objects.all(), pk=limit_id)
    if limit.is_active:
        return limit
    if not limit.thresholds.exists():
        raise LastThreshold(_("It has no threshold: add one first."))
    _refuse_same(LimitTerms.of(limit), besides=limit.pk)
    _approve(actor, approval_id, limit=limit, change="activate", content={})
    limit.is_active = True
    _save(limit)
    record(action="limits.activated", actor=actor, subject=limit, now=now)
    return limit


@transaction.atomic(durable=True)
def deactivate_limit(*, limit_id: int, actor: Actor, now: datetime, approval_id: int | None = None) -> Limit:
    """It covers no one from the next transaction on (LIM-06). Raises ApprovalNeeded."""
    limit = lock(Limit.objects.all(), pk=limit_id)
    if not limit.is_active:
        return limit
    _approve(actor, approval_id, limit=limit, change="deactivate", content={})
    limit.is_active = False
    _save(limit)
    record(action="limits.deactivated", actor=actor, subject=limit, now=now)
    return limit


@transaction.atomic(durable=True)
def add_threshold(*, limit_id: int, terms: ThresholdTerms, actor: Actor, now: datetime, approval_id: int | None = None) -> Threshold:
    """Raises UnfitThreshold, ApprovalNeeded."""
    return _add(limit_id, terms, actor=actor, now=now, approval_id=approval_id)


def _add(limit_id: int, terms: ThresholdTerms, *, actor: Actor, now: datetime, approval_id: int | None) -> Threshold:
    limit, terms = lock(Limit.objects.all(), pk=limit_id), terms.clean()
    _approve(actor, approval_id, limit=limit, change="add", content=terms.in_words())
    threshold = Threshold.objects.create(limit=limit, **terms.values())
    _save(limit)
    record(action="limits.threshold_added", actor=actor, subject=limit, details=terms.in_words(), now=now)
    return threshold


@transaction.atomic(durable=True)
def add_rule(*, level: int, terms: ThresholdTerms, actor: Actor, now: datetime, approval_id: int | None = None) -> Limit:
    """A rule for all clients of a level (KYC-30): it goes to the level's own limit, which is made where there is none.
    Raises UnfitThreshold, SameCriteria, ApprovalNeeded."""
    limit_terms = LimitTerms(name=str(_("Level %(level)s") % {"level": level}), level=level).clean()
    present = same_criteria(limit_terms)
    by: dict[str, Any] = {"actor": actor, "now": now, "approval_id": approval_id}
    if present is None:
        return _create(limit_terms, terms.clean(), **by)
    _add(present.pk, terms, **by)
    return present


@transaction.atomic(durable=True)
def change_threshold(
    *, limit_id: int, threshold_id: int, terms: ThresholdTerms, actor: Actor, now: datetime, approval_id: int | None = None
) -> Threshold:
    """What is used of it stays: it is counted from the entries. Raises UnfitThreshold, ThresholdGone, ApprovalNeeded."""
    limit, threshold, before = _find(limit_id, threshold_id)
    terms = terms.clean()
    after = terms.in_words()
    changes = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
    if not changes:
        return threshold
    _approve(actor, approval_id, limit=limit, change="change", content=after | {"threshold": threshold.pk})
    for name, value in terms.values().items():
        setattr(threshold, name, value)
    threshold.save()
    _save(limit)
    record(action="limits.threshold_changed", actor=actor, subject=limit, changes=changes, details={"asset": after["asset"]}, now=now)
    return threshold


@transaction.atomic(durable=True)
def remove_threshold(*, limit_id: int, threshold_id: int, actor: Actor, now: datetime, approval_id: int | None = None) -> None:
    """Raises ThresholdGone, LastThreshold, ApprovalNeeded."""
    limit, threshold, before = _find(limit_id, threshold_id)
    if limit.is_active and limit.thresholds.count() == 1:
        raise LastThreshold(_("An active limit keeps at least one threshold: deactivate the limit instead."))
    _approve(actor, approval_id, limit=limit, change="remove", content=before | {"threshold": threshold.pk})
    threshold.delete()
    _save(limit)
    record(action="limits.threshold_removed", actor=actor, subject=limit, details=before, now=now)


def _find(limit_id: int, threshold_id: int) -> tuple[Limit, Threshold, dict[str, Any]]:
    limit = lock(Limit.objects.all(), pk=limit_id)
    threshold = limit.thresholds.select_related("asset", "currency").filter(pk=threshold_id).first()
    if threshold is None:
        raise ThresholdGone(_("Somebody removed this threshold meanwhile."))
    return limit, threshold, ThresholdTerms.of(threshold).in_words()


def _values(terms: LimitTerms) -> dict[str, Any]:
    return {"name": terms.name, "description": terms.description, **terms.criteria()}
