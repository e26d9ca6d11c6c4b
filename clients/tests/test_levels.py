"""The door to a client's verification level (CLI-10)."""

import pytest
from django.db import transaction
from django.utils import timezone

from audit.models import AuditEvent
from clients.models import Client
from clients.services.levels import NoSuchLevel, set_verification_level
from clients.tests.factories import client_of_type
from core.actors import SystemActor

ACTOR = SystemActor("test")


@pytest.mark.django_db
@pytest.mark.spec("CLI-10")
def test_a_level_changes_with_its_event_once_and_never_beyond_its_ends():
    client = client_of_type()
    with transaction.atomic():
        changed = set_verification_level(client_id=client.pk, level=2, actor=ACTOR, now=timezone.now(), reason="documents seen")
        again = set_verification_level(client_id=client.pk, level=2, actor=ACTOR, now=timezone.now())
    assert changed.verification_level == again.verification_level == Client.objects.get(pk=client.pk).verification_level == 2
    event = AuditEvent.objects.get(action="clients.level_changed")
    assert event.subject_reference == client.reference
    for level in (-1, 6):
        with pytest.raises(NoSuchLevel), transaction.atomic():
            set_verification_level(client_id=client.pk, level=level, actor=ACTOR, now=timezone.now())
