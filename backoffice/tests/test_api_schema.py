"""A property-based tester against the whole API: no input gives a 500, and every answer is as its description says (API-04)."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from assets.tests.factories import currency
from backoffice.wsgi import application
from clients.tests.accounts import token_of, with_password
from core import instance
from orders.tests.api import Channel
from orders.tests.factories import asset_for_sale, buyer, order, wallet_of

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
instance.assume({})  # the description is read before there is a database
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
schema.config.phases.coverage.unexpected_methods = set()  # DELETE where there is none: 405, tested where the operations are


@pytest.fixture(autouse=True)
def _one_connection():
    """A request's end must not close the connection that holds the test's transaction, as in Django's own test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def world(db, settings):
    """A key that may do everything, and one of each thing that it can name."""
    settings.API_REQUESTS_PER_MINUTE = 10**9
    one = order(asset=asset_for_sale(), client=buyer(email_verified_at=timezone.now(), phone_verified_at=timezone.now()))
    channel = Channel()
    session = token_of(with_password(one.client), channel)
    names = {
        "client": one.client.reference,
        "asset": one.asset.code,
        "currency": currency().code,
        "wallet": wallet_of(one.client).reference,
        "cursor": one.reference,
        "reference": one.reference,
        "code": one.asset.code,
    }
    return {"Authorization": f"Bearer {channel.secret}", "X-Client-Token": session}, names


@pytest.mark.spec("API-04", "API-01")
@schema.parametrize()
@settings(
    max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True
)  # the same inputs in every run; a found fault gets a test of its own
def test_no_input_breaks_the_api(case, world):
    headers, names = world
    case.call_and_validate(headers=headers, checks=CHECKS)
    # Once more with things that exist, so that it gets past "not found".
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            part.update({name: names[name] for name in part if name in names})
    case.call_and_validate(headers=headers, checks=CHECKS)


@pytest.mark.spec("API-03")
@schema.parametrize()
@settings(max_examples=1, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_without_a_key_nothing_is_answered(case, db):
    answer = case.call()
    assert answer.status_code in {401, 429}, case.operation.label
