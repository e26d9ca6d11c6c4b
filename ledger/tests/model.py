"""The ledger in plain Python: slow, obvious, and what both posting functions are compared with (C13)."""

import copy
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

ZERO = Decimal(0)
PROPERTY = {"payment": "payable", "p2p_transfer": "p2p", "resell": "redeemable", "exchange": "exchangeable"}
FORCED = ("expiry_return", "limit_return")
NEVER_ALONE = ("same_wallet", "test_and_live_mixed")


class Refused(Exception):
    pass


@dataclass
class WalletModel:
    owner: str
    client: str = ""
    is_test: bool = False
    closed: bool = False


@dataclass
class AssetModel:
    expires: int = 0  # days, 0: doesn't
    counts: int = 0  # transactions given, 0: not limited
    maximum: Decimal | None = None
    is_test: bool = False
    deactivated: bool = False
    barred: tuple[str, ...] = ()  # properties that it lacks


@dataclass
class LotModel:
    expires_on: date
    quantity: Decimal
    reserved: Decimal = ZERO


@dataclass
class HoldModel:
    wallet: str
    asset: str
    quantity: Decimal
    lots: list[tuple[LotModel, Decimal]] = field(default_factory=list)


@dataclass
class LedgerModel:
    """State by names: what each wallet holds, its lots in the order they were made, its counts, and what happened."""

    wallets: dict[str, WalletModel]
    assets: dict[str, AssetModel]
    clients: dict[str, str]
    quantity: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    reserved: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    count: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    lots: dict[tuple[str, str], list[LotModel]] = field(default_factory=lambda: defaultdict(list))
    running: dict[tuple[str, str, str, bool], tuple[Decimal, int]] = field(default_factory=lambda: defaultdict(lambda: (ZERO, 0)))
    holds: list[HoldModel] = field(default_factory=list)
    keys: dict[str, Any] = field(default_factory=dict)
    history: list[tuple[Any, ...]] = field(default_factory=list)

    def expired(self, wallet: str, asset: str, today: date) -> Decimal:
        return sum((lot.quantity - lot.reserved for lot in self.lots[wallet, asset] if lot.expires_on < today), ZERO)

    def available(self, wallet: str, asset: str, today: date) -> Decimal:
        return self.quantity[wallet, asset] - self.reserved[wallet, asset] - self.expired(wallet, asset, today)

    def batch(self, groups: list[dict[str, Any]], today: date) -> None:
        """All or none: raises Refused and leaves everything as it was."""
        before = copy.deepcopy(self.__dict__)
        try:
            for group in groups:
                if not self.repeated(group):
                    for move in group["moves"]:
                        self.move(move, today)
        except Refused:
            self.__dict__.update(before)
            raise

    def repeated(self, group: dict[str, Any]) -> bool:
        key = group.get("key")
        if key is None:
            return False
        if key not in self.keys:
            self.keys[key] = group["moves"]
            return False
        if self.keys[key] != group["moves"]:
            raise Refused("idempotency_conflict")
        return True

    def move(self, move: dict[str, Any], today: date) -> None:
        reason = self.refusal(move, today)
        if reason:
            if not move.get("optional") or reason in NEVER_ALONE:
                raise Refused(reason)
            self.history.append((move["type"], move["asset"], move["quantity"], move["sender"], move["receiver"], reason, 0, 0))
            return
        self.book(move, today)

    def refusal(self, move: dict[str, Any], today: date) -> str:
        kind, quantity = move["type"], move["quantity"]
        asset, sender, receiver = self.assets[move["asset"]], self.wallets[move["sender"]], self.wallets[move["receiver"]]
        source, target = (move["sender"], move["asset"]), (move["receiver"], move["asset"])
        if move["sender"] == move["receiver"]:
            return "same_wallet"
        if not asset.is_test == sender.is_test == receiver.is_test:
            return "test_and_live_mixed"
        issuing, burning = kind in ("asset_creation", "additional_issuing"), kind == "burning"
        if (
            (sender.owner == "outside") != issuing
            or (receiver.owner == "outside") != burning
            or (kind in FORCED and receiver.owner != "issuer")
        ):
            return "wallets_do_not_fit_type"
        if move.get("expires_on") and not (asset.expires and receiver.client):
            return "no_expiry_here"
        if move.get("expires_on") and move["expires_on"] < today:
            return "expiry_in_the_past"
        if move.get("count") is not None and (move["count"] < 0 or not (asset.counts and receiver.client)):
            return "no_count_here"
        if asset.deactivated and receiver.owner != "issuer":
            return "asset_deactivated"
        if PROPERTY.get(kind) in asset.barred:
            return f"asset_not_{PROPERTY[kind]}"
        if receiver.closed or (sender.closed and receiver.owner != "issuer"):
            return "wallet_closed"
        if kind not in FORCED:
            if "blocked" in (self.clients.get(sender.client), self.clients.get(receiver.client)):
                return "client_blocked"
            if self.clients.get(sender.client) == "frozen":
                return "client_frozen"
        hold = move.get("hold")
        if hold is not None:
            held = self.holds[hold]
            if (held.wallet, held.asset) != source or held.quantity == 0:
                return "unknown_reservation"
            if held.quantity < quantity:
                return "insufficient_balance"
        elif sender.owner != "outside":
            free = self.available(*source, today)
            if kind == "expiry_return":
                free = self.expired(*source, today) if sender.client else free
            if free < quantity:
                return "insufficient_balance" if sender.client else self.late(receiver, target, asset, quantity)
        if asset.counts and sender.client and kind in ("payment", "p2p_transfer") and self.count[source] < 1:
            return "count_exhausted"
        if receiver.client and asset.maximum is not None and self.quantity[target] + quantity > asset.maximum:
            return "maximum_balance_exceeded"
        return ""

    def late(self, receiver: WalletModel, target: tuple[str, str], asset: AssetModel, quantity: Decimal) -> str:
        """A hot sender is looked at last: its lock comes last."""
        if receiver.client and asset.maximum is not None and self.quantity[target] + quantity > asset.maximum:
            return "maximum_balance_exceeded"
        return "insufficient_balance"

    def book(self, move: dict[str, Any], today: date) -> None:
        kind, quantity = move["type"], move["quantity"]
        asset, sender, receiver = self.assets[move["asset"]], self.wallets[move["sender"]], self.wallets[move["receiver"]]
        source, target = (move["sender"], move["asset"]), (move["receiver"], move["asset"])
        taken = self.take_lots(move, today) if asset.expires and sender.client else []
        takes = gives = 0
        if asset.counts and sender.client:
            takes = int(kind in ("payment", "p2p_transfer"))
            if self.quantity[source] == quantity:
                takes = self.count[source]
        if asset.counts and receiver.client:
            granting = sender.owner in ("issuer", "outside") and kind not in ("refund", "chargeback", "fee")
            gives = move["count"] if move.get("count") is not None else 1 if kind == "p2p_transfer" else asset.counts if granting else 0
        if sender.owner != "outside":
            self.quantity[source] -= quantity
            self.count[source] -= takes
        if receiver.owner != "outside":
            self.quantity[target] += quantity
            self.count[target] += gives
        if move.get("hold") is not None:
            self.holds[move["hold"]].quantity -= quantity
            self.reserved[source] -= quantity
        if asset.expires and receiver.client:
            day = move.get("expires_on") or (None if sender.client else today + timedelta(days=asset.expires))
            parts = {day: quantity} if day else {d: sum(q for e, q in taken if e == d) for d in sorted({e for e, _ in taken})}
            self.lots[target] += [LotModel(expires_on, part) for expires_on, part in parts.items()]
        for wallet, credit in ((sender, False), (receiver, True)):
            if wallet.client:
                total, number = self.running[wallet.client, move["asset"], kind, credit]
                self.running[wallet.client, move["asset"], kind, credit] = (total + quantity, number + 1)
        self.history.append((kind, move["asset"], quantity, move["sender"], move["receiver"], "", takes, gives))
        left = self.quantity[source] - self.reserved[source]
        if asset.counts and sender.client and kind in ("payment", "p2p_transfer") and self.count[source] == 0 and left > 0:
            self.book(
                {"type": "limit_return", "asset": move["asset"], "sender": move["sender"], "receiver": "issuer", "quantity": left}, today
            )

    def take_lots(self, move: dict[str, Any], today: date) -> list[tuple[date, Decimal]]:
        missing, taken = move["quantity"], []
        if move.get("hold") is not None:
            pool = self.holds[move["hold"]].lots
            order = sorted(range(len(pool)), key=lambda at: pool[at][0].expires_on)
            for at in order:
                lot, held = pool[at]
                part = min(held, missing)
                if part:
                    lot.quantity -= part
                    lot.reserved -= part
                    pool[at] = (lot, held - part)
                    missing -= part
                    taken.append((lot.expires_on, part))
            return taken
        for lot in sorted(self.lots[move["sender"], move["asset"]], key=lambda lot: lot.expires_on):  # stable: older lots first
            due = lot.expires_on < today
            if move["type"] == "limit_return" or due == (move["type"] == "expiry_return"):
                part = min(lot.quantity - lot.reserved, missing)
                if part:
                    lot.quantity -= part
                    missing -= part
                    taken.append((lot.expires_on, part))
        return taken

    def reserve(self, wallet: str, asset: str, quantity: Decimal, today: date) -> None:
        status = self.clients.get(self.wallets[wallet].client)
        if status in ("blocked", "frozen"):
            raise Refused(f"client_{status}")
        if self.available(wallet, asset, today) < quantity:
            raise Refused("insufficient_balance")
        hold = HoldModel(wallet, asset, quantity)
        missing = quantity
        for lot in sorted(self.lots[wallet, asset], key=lambda lot: lot.expires_on):
            part = min(lot.quantity - lot.reserved, missing)
            if part and lot.expires_on >= today:
                lot.reserved += part
                missing -= part
                hold.lots.append((lot, part))
        self.reserved[wallet, asset] += quantity
        self.holds.append(hold)

    def release(self, number: int) -> Decimal:
        hold = self.holds[number]
        for lot, part in hold.lots:
            lot.reserved -= part
        hold.lots = []
        self.reserved[hold.wallet, hold.asset] -= hold.quantity
        released, hold.quantity = hold.quantity, ZERO
        return released
