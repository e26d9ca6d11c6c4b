"""The settlement's pages: what an administrator sees of a halt and decides about it (CHN-04, CHN-05, CHN-08)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent
from chain.enums import Right
from chain.models import ChainIdentity, ChainOp, Comparison, Lane
from chain.services import verify
from chain.tasks import compare
from chain.tests.factories import address, create_asset, move, queue

SEES = [Right.CHAIN_SEE]
DECIDES = [Right.CHAIN_SEE, Right.CHAIN_RESOLVE, Right.CHAIN_COMPARE]


def send(browser: Client, url: str, **fields: str) -> Any:
    """Open the dialog, send its form with its one-time key."""
    page = browser.get(url)
    assert page.status_code == 200
    return browser.post(url, fields | {"operation_key": page.context["key"]})


@pytest.fixture
def halted(contract: ChainIdentity, drain: Callable[[], None]) -> ChainOp:
    """A lane that halted at an operation, with one more behind it."""
    create_asset()
    queue(move("", address(0), 10), move(address(5), address(6), 7), move(address(0), address(1), 1))
    drain()
    return ChainOp.objects.get(status="rejected")


@pytest.mark.spec("CHN-04", "CHN-05")
def test_a_halt_is_seen_and_tried_again(halted: ChainOp) -> None:
    browser = sign_in(user(rights=DECIDES))
    page = browser.get("/settlement/").content.decode()
    assert "Halted" in page
    assert halted.reference in page
    assert "code 2" in page
    listed = browser.get("/settlement/operations/?status=rejected").content.decode()
    assert halted.reference in listed
    detail = browser.get(f"/settlement/operations/{halted.reference}/").content.decode()
    assert "too small" in detail
    assert "settlement-void" not in detail
    assert f"/settlement/operations/{halted.reference}/void/" in detail
    assert send(browser, "/settlement/resume/", comment="looked at it").status_code == 302
    assert Lane.objects.get().halted_at is None
    assert ChainOp.objects.get(pk=halted.pk).status == "pending"
    assert AuditEvent.objects.get(action="chain.resumed").actor_type == "user"


@pytest.mark.spec("CHN-05")
def test_who_may_see_may_not_decide(halted: ChainOp) -> None:
    browser = sign_in(user(rights=SEES))
    assert "Try again" not in browser.get("/settlement/").content.decode()
    for url in ("/settlement/resume/", f"/settlement/operations/{halted.reference}/void/", "/settlement/comparisons/new/"):
        assert browser.get(url).status_code == 403
        assert browser.post(url).status_code == 403
    assert sign_in(user(rights=[])).get("/settlement/").status_code == 403
    assert Lane.objects.get().halted_at is not None


@pytest.mark.spec("CHN-05")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("reference", ["CHN-0", "CHN-99999999999999999999", "x", "CHN-1%27", "CHN-١"])
def test_a_reference_that_names_nothing_is_not_found(reference: str) -> None:
    assert sign_in(user(rights=SEES)).get(f"/settlement/operations/{reference}/").status_code == 404


@pytest.mark.spec("CHN-05")
@pytest.mark.django_db(transaction=True)
def test_before_anything_is_deployed() -> None:
    browser = sign_in(user(rights=SEES))
    assert "deploy_contract" in browser.get("/settlement/").content.decode()
    assert browser.get("/settlement/operations/").status_code == 200
    assert browser.get("/settlement/comparisons/").status_code == 200


@pytest.mark.spec("CHN-08")
def test_the_button_compares(contract: ChainIdentity, drain: Callable[[], None]) -> None:
    browser = sign_in(user(rights=DECIDES))
    assert send(browser, "/settlement/comparisons/new/").status_code == 302
    compare()
    run = Comparison.objects.get()
    assert run.status == "equal"
    assert "Every balance and count" in browser.get(f"/settlement/comparisons/{run.reference}/").content.decode()
    assert run.reference in browser.get("/settlement/comparisons/").content.decode()


@pytest.mark.spec("CHN-05")
def test_the_list_takes_few_statements(contract: ChainIdentity, drain: Callable[[], None], django_assert_max_num_queries: Any) -> None:
    create_asset()
    queue(move("", address(0), 100), *(move(address(0), address(1), 1) for _ in range(30)))
    drain()
    browser = sign_in(user(rights=SEES))
    browser.get("/settlement/operations/")
    with django_assert_max_num_queries(6):
        assert "Confirmed" in browser.get("/settlement/operations/").content.decode()
    assert verify(quiet=True) == []
