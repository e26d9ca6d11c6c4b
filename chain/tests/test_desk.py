"""The node's page and the desk for stuck transactions, as an administrator uses them (CHN-07, CHN-09)."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent
from chain.enums import Right
from chain.models import ChainTx, Lane, NodeSample, Replacement
from chain.services import broadcast, build, track, verify
from chain.services.health import take_sample
from chain.tests.factories import address, alerts, move, queue, seeded
from chain.tests.node import TestNode

pytestmark = pytest.mark.usefixtures("contract")
Drain = Callable[[], None]
ACTS = [Right.CHAIN_SEE, Right.CHAIN_REPLACE]


def send(browser: Client, url: str, **fields: str) -> Any:
    page = browser.get(url)
    assert page.status_code == 200, page.status_code
    key = re.search(r'name="operation_key" value="([^"]+)"', page.content.decode())
    assert key is not None
    return browser.post(url, fields | {"operation_key": key[1]})


@pytest.fixture
def stuck(drain: Drain, node: TestNode, settings: Any) -> ChainTx:
    seeded()
    drain()
    queue(*(move(address(0), address(1), 1) for _ in range(3)))
    node.call("evm_setAutomine", False)
    build(now=timezone.now())
    broadcast(now=timezone.now())
    settings.CHAIN_STUCK_SECONDS = 0
    track(now=timezone.now())
    return ChainTx.objects.get(status="sent")


@pytest.mark.spec("CHN-09")
def test_a_stuck_transaction_is_found_with_its_reason_and_sped_up(stuck: ChainTx, node: TestNode, drain: Drain, settings: Any) -> None:
    browser = sign_in(user(rights=ACTS))
    desk = browser.get("/settlement/").content.decode()
    assert f"/settlement/transactions/{stuck.hash}/" in desk
    assert "There has been no block since it was sent." in desk
    assert "There has been no block" in browser.get("/settlement/transactions/?stuck=yes").content.decode()
    page = f"/settlement/transactions/{stuck.hash}/"
    assert "Speed up" in browser.get(page).content.decode()
    assert browser.get(f"{page}?tab=operations").content.decode().count("CHN-") >= 3
    settings.CHAIN_STUCK_SECONDS = 600  # the worker does nothing by itself
    assert send(browser, f"{page}speed-up/", comment="the month ends today").status_code == 302
    assert send(browser, f"{page}cancel/", comment="too late").status_code == 422  # one waits already
    assert ChainTx.objects.filter(nonce=stuck.nonce).count() == 1
    track(now=timezone.now())
    replacement = ChainTx.objects.get(nonce=stuck.nonce, version=2)
    assert "Speed up" not in browser.get(page).content.decode()  # the newest is what is acted on
    versions = browser.get(f"{page}?tab=versions").content.decode()
    assert replacement.hash in versions
    assert Replacement.objects.get().reference in versions
    broadcast(now=timezone.now())
    node.call("evm_setAutomine", True)
    node.call("evm_mine")
    drain()
    assert verify(quiet=True) == []
    assert "None: blocks take what is sent." in browser.get("/settlement/").content.decode()


@pytest.mark.spec("CHN-09")
def test_cancelled_by_page_and_only_by_those_with_the_right(stuck: ChainTx, node: TestNode, drain: Drain, settings: Any) -> None:
    page = f"/settlement/transactions/{stuck.hash}/"
    sees = sign_in(user(rights=[Right.CHAIN_SEE]))
    assert "speed-up" not in sees.get(page).content.decode()
    for action in ("speed-up", "cancel"):
        assert sees.get(f"{page}{action}/").status_code == 403
        assert sees.post(f"{page}{action}/").status_code == 403
    browser = sign_in(user(rights=ACTS))
    assert "Its 3 operations then go back to the queue" in browser.get(f"{page}cancel/").content.decode()
    settings.CHAIN_STUCK_SECONDS = 600
    assert send(browser, f"{page}cancel/", comment="").status_code == 422
    assert send(browser, f"{page}cancel/", comment="sent by mistake").status_code == 302
    track(now=timezone.now())
    broadcast(now=timezone.now())
    node.call("evm_setAutomine", True)
    node.call("evm_mine")
    drain()
    assert verify(quiet=True) == []
    assert AuditEvent.objects.get(action="chain.cancel_requested").comment == "sent by mistake"
    assert "Cancellation of a transaction asked for" in browser.get(page).content.decode()


@pytest.mark.spec("CHN-07")
def test_the_page_says_how_the_node_is_without_asking_it(stuck: ChainTx, node: TestNode, settings: Any) -> None:
    settings.CHAIN_LOW_FUNDS = 10**30
    settings.CHAIN_QUEUE_ALERT = 1
    track(now=timezone.now())
    node.stop()
    browser = sign_in(user(rights=[Right.CHAIN_SEE]))
    page = browser.get("/settlement/").content.decode()
    lane = Lane.objects.get()
    for shown in (
        "Answers",
        str(lane.identity.chain_id),
        str(lane.head_block),
        "1000000.0000 ETH"[:3],
        "Low",
        "More than 1 operations wait.",
    ):
        assert shown in page
    assert {"chain.out_of_funds", "chain.queue"} <= alerts()
    later = timezone.now() + timedelta(seconds=90)
    assert track(now=later) is None
    assert "chain.unreachable" in alerts()
    assert "Doesn&#x27;t answer" in browser.get("/settlement/").content.decode()
    assert "The node does not answer" in browser.get("/settlement/").content.decode()


@pytest.mark.spec("CHN-07")
def test_a_node_that_makes_no_blocks_while_something_waits_is_an_alert_until_it_does(stuck: ChainTx, node: TestNode, drain: Drain) -> None:
    later = timezone.now() + timedelta(seconds=400)
    track(now=later)
    assert "chain.no_blocks" in alerts()
    node.call("evm_setAutomine", True)
    node.call("evm_mine")
    drain()
    track(now=timezone.now())
    assert "chain.no_blocks" not in alerts()


@pytest.mark.spec("CHN-07")
def test_the_last_day_is_sampled_once_a_minute_and_drawn(drain: Drain) -> None:
    seeded()
    drain()
    NodeSample.objects.all().delete()
    now = timezone.now()
    for minutes in (30 * 60, 120, 60, 0, 0):
        take_sample(now=now - timedelta(minutes=minutes))
    assert NodeSample.objects.count() == 3  # what is older than a day is forgotten
    page = sign_in(user(rights=[Right.CHAIN_SEE])).get("/settlement/").content.decode()
    assert 'data-chart="node-queue"' in page
    assert 'id="node-blocks"' in page
