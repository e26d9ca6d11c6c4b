"""Instance settings: what is set acts, what doesn't fit changes nothing, each change has its event (INS-03)."""

import threading

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.utils import timezone

from audit.models import AuditEvent
from backoffice.models import InstanceSetting
from backoffice.services.settings import change_settings
from core import instance
from core.actors import SystemActor
from core.errors import DomainError
from core.instance import Kind, Setting

TESTS = SystemActor("tests")
pytestmark = [pytest.mark.django_db, pytest.mark.spec("INS-03")]


def change(**values):
    return change_settings(values={key.replace("__", "."): value for key, value in values.items()}, actor=TESTS, now=timezone.now())


def test_what_is_set_counts_at_once_and_is_recorded():
    assert change(accounts__idle_minutes=30, accounts__idle_minutes_money=5) == ["accounts.idle_minutes"]
    assert instance.value("accounts.idle_minutes") == 30
    (event,) = AuditEvent.objects.filter(action="instance.setting_changed")
    assert (event.subject_reference, event.changes) == ("accounts.idle_minutes", {"value": [15, 30]})
    assert InstanceSetting.objects.get().event_id == event.pk


def test_back_to_the_default_is_not_kept():
    change(accounts__idle_minutes=30)
    assert change(accounts__idle_minutes=15) == ["accounts.idle_minutes"]
    assert not InstanceSetting.objects.exists()
    assert AuditEvent.objects.filter(action="instance.setting_reset").count() == 1
    assert change(accounts__idle_minutes=15) == []


UNFIT = {
    "accounts.idle_minutes": [1, 721, "15", 15.0, True, None, [15]],
    "accounts.two_factor_issuer": ["yes", 1, None],
    "instance.name": ["", "  ", "a" * 41, "two\nlines", 7, "a\u202eb"],
    "instance.time_zone": ["", "Europe/Atlantis", None, ["UTC"]],
    "instance.languages": [[], ["de"], "en", None, [["en"]]],
}


@pytest.mark.parametrize(("key", "given"), [(key, given) for key, values in UNFIT.items() for given in values])
def test_what_does_not_fit_changes_nothing(key, given):
    other = {"accounts.password_classes": True}
    with pytest.raises(DomainError) as refused:
        change_settings(values={**other, key: given}, actor=TESTS, now=timezone.now())
    assert refused.value.field == key
    assert not InstanceSetting.objects.exists()
    assert not AuditEvent.objects.filter(action__startswith="instance.").exists()


def test_a_value_that_no_longer_fits_gives_way_to_the_default():
    instance.assume({"accounts.idle_minutes": 9999, "instance.languages": ["de"], "instance.time_zone": "Mars/Olympus"})
    assert instance.value("accounts.idle_minutes") == 15
    assert [code for code, _name in instance.languages()] == ["en", "fr", "lv"]
    assert str(instance.time_zone()) == "Europe/Riga"


def test_a_missing_table_leaves_the_defaults_and_the_transaction_whole():
    change(accounts__idle_minutes=30)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path = pg_catalog")  # as before the migration
        instance.assume({})
        instance.forget()
        assert instance.value("accounts.idle_minutes") == 15
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_a_read_that_began_before_a_change_does_not_outlive_it(monkeypatch):
    def read_slowly():
        instance.forget()  # somebody changes something meanwhile
        return {"accounts.idle_minutes": 20}

    monkeypatch.setattr(instance, "_loader", read_slowly)
    instance.forget()
    assert instance.value("accounts.idle_minutes") == 20
    assert instance._cache.read_at is None


def test_a_declaration_that_refuses_its_own_default_does_not_start():
    with pytest.raises(ImproperlyConfigured, match=r"default of tests\.wrong"):
        instance.register_setting(
            Setting(key="tests.wrong", label="", help="", kind=Kind.NUMBER, default=5, minimum=6, group="security"),
        )


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_are_one_after_the_other():
    results = []

    def set_to(minutes):
        results.append(change_settings(values={"accounts.idle_minutes": minutes}, actor=TESTS, now=timezone.now()))
        connection.close()

    threads = [threading.Thread(target=set_to, args=[minutes]) for minutes in (20, 30, 40, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [["accounts.idle_minutes"]] * 4
    changes = [event.changes["value"] for event in AuditEvent.objects.order_by("id")]
    assert [old for old, _new in changes[1:]] == [new for _old, new in changes[:-1]]
    assert InstanceSetting.objects.get().value == changes[-1][1] == instance.value("accounts.idle_minutes")
