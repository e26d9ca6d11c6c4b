"""The node and the settlement at a glance: is it there, does it move, what waits, what is wrong (CHN-07). The page never asks the node."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.selectors import name_actors, timeline
from chain.enums import ChainOpStatus, Right
from chain.issuer.transactions import with_counts, with_reasons
from chain.issuer.views import CompareWithLedger, ResumeSettlement
from chain.models import ChainOp, Lane, NodeSample
from chain.selectors import stuck_transactions
from chain.services.alerts import lane_subject
from chain.services.health import backlog, is_answering
from kit import cells
from kit.pages import Page
from messaging.models import Alert

DAY = timedelta(hours=24)
STEP = timedelta(minutes=30)
SHOWN = 10


class SettlementPage(Page):
    """What the settlement's worker last saw, and what it has still to do."""

    right = Right.CHAIN_SEE
    title = gettext_lazy("Chain node and settlement")

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        now = timezone.now()
        lane = Lane.objects.select_related("identity").first()
        rejected = ChainOp.objects.filter(status=ChainOpStatus.REJECTED).first() if lane and lane.halted_at else None
        actions = [ResumeSettlement] if lane and lane.halted_at else []
        stuck = with_reasons(list(with_counts(stuck_transactions(now=now)).order_by("nonce")[: SHOWN + 1]))
        context = {
            "lane": lane,
            "node": self.node(lane, now) if lane else [],
            "queue": self.queue(lane, now),
            "chain": self.chain(lane) if lane else [],
            "rejected": rejected,
            "stuck": stuck[:SHOWN],
            "more_stuck": len(stuck) > SHOWN,
            "alerts": Alert.objects.filter(kind__startswith="chain.", settled_at=None).order_by("-id")[:SHOWN],
            "charts": charts(list(NodeSample.objects.filter(at__gt=now - DAY).order_by("at")), now=now),
            "events": name_actors(timeline(lane_subject(lane))[:SHOWN]) if lane else [],
            "actions": [
                {"verb": action.verb, "url": reverse(action.url_name), "icon": action.icon, "primary": action is ResumeSettlement}
                for action in [CompareWithLedger, *actions]
                if request.user.has_right(action.right)
            ],
        }
        return self.render("chain/settlement.html", context)

    def node(self, lane: Lane, now: datetime) -> list[tuple[Any, Any]]:
        answers = is_answering(lane, now=now)
        there = cells.badge_html(_("Answers"), cells.DONE) if answers else cells.badge_html(_("Doesn't answer"), cells.FAILED)
        low = lane.seen_funds is not None and lane.seen_funds < settings.CHAIN_LOW_FUNDS
        funds = cells.NOTHING if lane.seen_funds is None else in_ether(lane.seen_funds)
        behind = None if lane.head_block is None or lane.confirmed_block is None else lane.head_block - lane.confirmed_block
        return [
            (_("Node"), there),
            (_("Last seen"), cells.when_html(lane.seen_at)),
            *([(_("Node's error"), lane.node_error)] if lane.node_error else []),
            (_("Chain id"), lane.identity.chain_id),
            (_("Block height"), cells.NOTHING if lane.head_block is None else lane.head_block),
            (_("Newest block made"), cells.when_html(lane.head_at)),
            (_("Blocks that are not final yet"), cells.NOTHING if behind is None else behind),
            (_("Base fee"), cells.NOTHING if lane.seen_base_fee is None else f"{lane.seen_base_fee / 10**9:.3f} gwei"),
            (_("Operator's balance"), format_html("{} {}", funds, cells.badge_html(_("Low"), cells.FAILED)) if low else funds),
        ]

    def queue(self, lane: Lane | None, now: datetime) -> list[tuple[Any, Any]]:
        state = cells.badge_html(_("Not deployed"), cells.WAITS)
        if lane is not None:
            state = cells.badge_html(_("Halted"), cells.FAILED) if lane.halted_at else cells.badge_html(_("Running"), cells.DONE)
        waiting, age = backlog()
        listed = reverse("settlement-operations")
        late = age > settings.CHAIN_OLDEST_ALERT_SECONDS
        oldest = cells.when_html(now - timedelta(seconds=age) if waiting else None)
        return [
            (_("Settlement"), state),
            (
                _("Operations that wait"),
                format_html('<a href="{}?status=pending&amp;status=assigned&amp;status=rejected">{}</a>', listed, waiting),
            ),
            (_("The oldest waits since"), format_html("{} {}", oldest, cells.badge_html(_("Late"), cells.FAILED)) if late else oldest),
            (_("Numbers given"), lane.next_sequence - 1 if lane else 0),
        ]

    def chain(self, lane: Lane) -> list[tuple[Any, Any]]:
        return [
            (_("Contract"), cells.address_html(lane.identity.contract)),
            (_("Contract's cursor"), cells.NOTHING if lane.seen_cursor is None else lane.seen_cursor),
            (
                _("Contract's state"),
                cells.badge_html(_("Paused"), cells.FAILED) if lane.seen_paused else cells.badge_html(_("Open"), cells.DONE),
            ),
            (_("Operator"), cells.address_html(lane.signer)),
            (
                _("Operator's role"),
                cells.badge_html(_("Held"), cells.DONE) if lane.seen_operator else cells.badge_html(_("Taken away"), cells.FAILED),
            ),
        ]


def in_ether(wei: Decimal) -> str:
    return f"{wei / 10**18:.4f} ETH"


def charts(samples: Sequence[NodeSample], *, now: datetime) -> list[dict[str, Any]]:
    """The last day in half hours: how many operations waited at most, and how many blocks the node has shown."""
    start = now - DAY
    number = int(DAY / STEP)
    queue: list[int | None] = [None] * number
    blocks: list[int | None] = [None] * number
    before = samples[0].head_block if samples else None
    for sample in samples:
        place = min(int((sample.at - start) / STEP), number - 1)
        queue[place] = max(queue[place] or 0, sample.queue)
        if sample.head_block is not None:
            blocks[place] = (blocks[place] or 0) + max(sample.head_block - (before if before is not None else sample.head_block), 0)
            before = sample.head_block
    if sum(value is not None for value in queue) < 2:  # a line needs two points
        return []
    labels = [f"{timezone.localtime(start + STEP * place):%H:%M}" for place in range(number)]
    given = ((_("Operations that waited at most"), "node-queue", queue), (_("New blocks"), "node-blocks", blocks))
    return [
        {
            "id": name,
            "title": title,
            "data": {"type": "line", "labels": labels, "series": [{"label": title, "values": values}]},
            "rows": [(label, "—" if value is None else value) for label, value in zip(labels, values, strict=True)],
        }
        for title, name, values in given
    ]
