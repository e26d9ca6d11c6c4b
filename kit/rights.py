"""Which of the kit's own rows an actor may see."""

from django.db.models import Q, QuerySet

from accounts.enums import Face
from core.actors import Actor, ActorType
from kit.enums import Right
from kit.models import BulkRow, BulkRun, Export, ScheduledExport


def visible_exports(actor: Actor, rows: QuerySet[Export]) -> QuerySet[Export]:
    """A person's own, and what a colleague's schedule makes for them; of the issuer, whoever has the right, that others' were
    made (never the files)."""
    if actor.actor_type != ActorType.USER:
        return rows.none()
    return rows if sees_everybodys(actor) else made_for(actor, rows)


def made_for(actor: Actor, rows: QuerySet[Export]) -> QuerySet[Export]:
    """The exports whose files are for this person."""
    sent = ScheduledExport.recipients.through.objects.filter(user_id=int(actor.actor_id)).values("scheduledexport_id")
    return rows.filter(Q(user_id=int(actor.actor_id)) | Q(schedule_id__in=sent))


def visible_schedules(actor: Actor, rows: QuerySet[ScheduledExport]) -> QuerySet[ScheduledExport]:
    """A person's own; of the issuer, whoever may see others' exports sees what makes them."""
    if actor.actor_type != ActorType.USER:
        return rows.none()
    return rows if sees_everybodys(actor) else rows.filter(owner_id=int(actor.actor_id))


def sees_everybodys(actor: Actor) -> bool:
    is_issuers = getattr(actor, "face", "") == Face.ISSUER and actor.organisation_ids is None
    return is_issuers and actor.has_right(Right.EXPORTS_SEE_ALL)


def visible_runs(actor: Actor, rows: QuerySet[BulkRun]) -> QuerySet[BulkRun]:
    """A person's own: what was changed is in the trail for those who may see that."""
    return rows.filter(user_id=int(actor.actor_id)) if actor.actor_type == ActorType.USER else rows.none()


def visible_run_rows(actor: Actor, rows: QuerySet[BulkRow]) -> QuerySet[BulkRow]:
    return rows.filter(run__user_id=int(actor.actor_id)) if actor.actor_type == ActorType.USER else rows.none()
