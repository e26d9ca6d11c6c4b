"""/healthz and /metrics tell the truth about each part (OPS-02)."""

import time

import psycopg
import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.db import connection

from backoffice import health
from backoffice.tasks import heartbeat

pytestmark = pytest.mark.spec("OPS-02")


@pytest.mark.django_db
def test_live_asks_nobody(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz/live").content == b"ok\n"


@pytest.mark.django_db
def test_ready_names_what_is_missing(client, monkeypatch):
    health.broker().flushall()
    answer = client.get("/healthz/ready")
    assert answer.status_code == 503
    parts = answer.json()["parts"]
    assert parts["database"] == parts["broker"] == "ok"
    assert parts["worker:default"] == "has not been seen yet"
    for queue in health.QUEUES:
        heartbeat(queue)
    parts = client.get("/healthz/ready").json()["parts"]
    assert parts["worker:default"] == parts["worker:settlement"] == "ok"
    health.broker().set("heartbeat:default", str(time.time() - 90))
    assert client.get("/healthz/ready").json()["parts"]["worker:default"].startswith("last seen 9")


@pytest.mark.django_db
def test_a_broker_that_is_down_is_named_and_nothing_raises(client, settings):
    settings.REDIS_URL = "redis+socket:///nowhere/valkey.sock"
    answer = client.get("/healthz/ready")
    assert answer.status_code == 503
    assert answer.json()["parts"]["broker"] == "no answer"


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_down_is_named(client, monkeypatch):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "NAME", "there_is_no_such_database")
    try:
        answer = client.get("/healthz/ready")
        assert answer.status_code == 503
        assert answer.json()["parts"]["database"] == "no answer"
        assert client.get("/healthz/live").status_code == 200
        assert b"backoffice_database_up 0.0" in client.get("/metrics").content
    finally:
        connection.close()


@pytest.mark.django_db
def test_metrics_for_the_neighbours_alone(client):
    client.get("/healthz/live")
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert b'backoffice_request_seconds_count{method="GET",route="healthz-live",status="200"}' in answer.content
    assert b"backoffice_database_up 1.0" in answer.content
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_database_that_folds_ascii_alone_is_refused(capsys):
    assert not [one for one in run_checks(tags=["database"], databases=["default"]) if one.id.startswith("backoffice")]
    owner = psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True)
    try:
        owner.execute("DROP DATABASE IF EXISTS folds_ascii WITH (FORCE)")
        owner.execute("CREATE DATABASE folds_ascii TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C'")
        connection.close()
        before = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = "folds_ascii"
        problems = run_checks(tags=["database"], databases=["default"])
        connection.close()
        connection.settings_dict["NAME"] = before
        assert "backoffice.E001" in [one.id for one in problems]
    finally:
        owner.execute("DROP DATABASE IF EXISTS folds_ascii WITH (FORCE)")
        owner.close()
