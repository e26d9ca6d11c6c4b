# pragma version 0.4.3
# @license UNLICENSED
"""
@title The back office's ledger on the chain
@notice Balances and remaining transaction counts of every digital asset, moved in batches by operators alone.
@dev Every operation has a number. The contract executes number `cursor + 1` and nothing else: smaller numbers were
     done before and are skipped, larger ones wait. So a batch may be sent twice, rebuilt or replayed, and each
     operation still happens once and in order. A batch stops at the first operation that can't be done: what stands
     before it stays done, nothing overtakes it.
     Lots, expiry and limits live in the ledger's database; `ref` commits to its record of the operation.
"""

MAX_OPERATIONS: constant(uint256) = 256
MAX_ACCOUNTS: constant(uint256) = 8192
COUNT_SHIFT: constant(uint256) = 128
BALANCE_MASK: constant(uint256) = 2**128 - 1
MAX_COUNT: constant(uint256) = 2**64 - 1

# Why an operation was rejected
UNKNOWN_ASSET: constant(uint8) = 1
BALANCE_TOO_SMALL: constant(uint8) = 2
COUNT_TOO_SMALL: constant(uint8) = 3
BALANCE_OVERFLOW: constant(uint8) = 4
COUNT_OVERFLOW: constant(uint8) = 5
MALFORMED: constant(uint8) = 6
SEQUENCE_GAP: constant(uint8) = 9

struct Operation:
    op_id: uint64
    kind: uint8
    asset: uint64
    src: address  # zero: issued
    dst: address  # zero: burnt
    amount: uint128
    tx_debit: uint64
    tx_credit: uint64
    ref: bytes32

struct Asset:
    issuer: address  # zero: there is no such asset
    decimals: uint8
    symbol: String[32]

event OperationSettled:
    op_id: indexed(uint64)
    src: indexed(address)
    dst: indexed(address)
    kind: uint8
    asset: uint64
    amount: uint128
    tx_debit: uint64
    tx_credit: uint64
    ref: bytes32

event OperationSkipped:
    op_id: indexed(uint64)

event OperationRejected:
    op_id: indexed(uint64)
    code: uint8

event OperationVoided:
    op_id: indexed(uint64)
    ref: bytes32

event AssetCreated:
    op_id: indexed(uint64)
    asset: indexed(uint64)
    decimals: uint8
    issuer: address
    symbol: String[32]

event Anchored:
    op_id: indexed(uint64)
    digest: bytes32

event BatchSettled:
    operator: indexed(address)
    count: uint256
    applied: uint256

event OperatorSet:
    operator: indexed(address)
    allowed: bool

event Paused:
    paused: bool

event OwnershipOffered:
    owner: indexed(address)
    successor: indexed(address)

event OwnershipTransferred:
    previous: indexed(address)
    owner: indexed(address)

owner: public(address)
successor: public(address)
operators: public(HashMap[address, bool])
paused: public(bool)
cursor: public(uint64)
assets: public(HashMap[uint64, Asset])
supply: public(HashMap[uint64, uint256])
# asset -> holder -> balance in the lower 128 bits, remaining count above: one slot, one write
_accounts: HashMap[uint64, HashMap[address, uint256]]


@deploy
def __init__(owner: address, operator: address):
    assert owner != empty(address), "no owner"
    self.owner = owner
    log OwnershipTransferred(previous=empty(address), owner=owner)
    self.operators[operator] = True
    log OperatorSet(operator=operator, allowed=True)


# ---------------------------------------------------------------- operations

@external
def settle(operations: DynArray[Operation, MAX_OPERATIONS]) -> uint256:
    """
    @notice Execute the operations in order; stop at the first that can't be done.
    @return How many were executed (skipped ones not counted).
    """
    self._check_operator()
    cursor: uint64 = self.cursor
    applied: uint256 = 0
    for operation: Operation in operations:
        if operation.op_id <= cursor:
            log OperationSkipped(op_id=operation.op_id)
            continue
        code: uint8 = SEQUENCE_GAP
        if operation.op_id == cursor + 1:
            code = self._execute(operation)
        if code != 0:
            log OperationRejected(op_id=operation.op_id, code=code)
            break
        cursor = operation.op_id
        applied += 1
    self.cursor = cursor
    log BatchSettled(operator=msg.sender, count=len(operations), applied=applied)
    return applied


@internal
def _execute(operation: Operation) -> uint8:
    # Everything is checked before the first write: a rejected operation has no effect at all.
    if self.assets[operation.asset].issuer == empty(address):
        return UNKNOWN_ASSET
    amount: uint256 = convert(operation.amount, uint256)
    tx_debit: uint256 = convert(operation.tx_debit, uint256)
    tx_credit: uint256 = convert(operation.tx_credit, uint256)
    issued: bool = operation.src == empty(address)
    burnt: bool = operation.dst == empty(address)
    if issued and (burnt or tx_debit != 0):
        return MALFORMED
    if burnt and tx_credit != 0:
        return MALFORMED

    source: uint256 = 0
    supply: uint256 = 0
    if issued:
        # Not bounded like a balance: the ledger bounds each wallet, and what it accepts must never stand still here.
        supply = self.supply[operation.asset] + amount
    else:
        source = self._accounts[operation.asset][operation.src]
        if source & BALANCE_MASK < amount:
            return BALANCE_TOO_SMALL
        if source >> COUNT_SHIFT < tx_debit:
            return COUNT_TOO_SMALL
        source -= amount | (tx_debit << COUNT_SHIFT)

    target: uint256 = 0
    if not burnt:
        if operation.dst == operation.src:
            target = source
        else:
            target = self._accounts[operation.asset][operation.dst]
        if (target & BALANCE_MASK) + amount > BALANCE_MASK:
            return BALANCE_OVERFLOW
        if (target >> COUNT_SHIFT) + tx_credit > MAX_COUNT:
            return COUNT_OVERFLOW
        target += amount | (tx_credit << COUNT_SHIFT)

    if issued:
        self.supply[operation.asset] = supply
    else:
        self._accounts[operation.asset][operation.src] = source
    if burnt:
        self.supply[operation.asset] -= amount
    else:
        self._accounts[operation.asset][operation.dst] = target
    log OperationSettled(
        op_id=operation.op_id,
        src=operation.src,
        dst=operation.dst,
        kind=operation.kind,
        asset=operation.asset,
        amount=operation.amount,
        tx_debit=operation.tx_debit,
        tx_credit=operation.tx_credit,
        ref=operation.ref,
    )
    return 0


@external
def create_asset(op_id: uint64, asset: uint64, decimals: uint8, issuer: address, symbol: String[32]):
    self._check_operator()
    if not self._advance(op_id):
        return
    assert issuer != empty(address), "no issuer"
    assert self.assets[asset].issuer == empty(address), "asset exists"
    self.assets[asset] = Asset(issuer=issuer, decimals=decimals, symbol=symbol)
    log AssetCreated(op_id=op_id, asset=asset, decimals=decimals, issuer=issuer, symbol=symbol)


@external
def anchor(op_id: uint64, digest: bytes32):
    """
    @notice Put a digest of the audit trail on record.
    """
    self._check_operator()
    if self._advance(op_id):
        log Anchored(op_id=op_id, digest=digest)


@external
def void(op_id: uint64, ref: bytes32):
    """
    @notice Use up the number of an operation that the ledger has compensated.
    """
    self._check_operator()
    if self._advance(op_id):
        log OperationVoided(op_id=op_id, ref=ref)


@internal
def _advance(op_id: uint64) -> bool:
    cursor: uint64 = self.cursor
    if op_id <= cursor:
        log OperationSkipped(op_id=op_id)
        return False
    assert op_id == cursor + 1, "sequence gap"
    self.cursor = op_id
    return True


@internal
@view
def _check_operator():
    assert self.operators[msg.sender], "not an operator"
    assert not self.paused, "paused"


# ---------------------------------------------------------------- the owner

@external
def set_operator(operator: address, allowed: bool):
    assert msg.sender == self.owner, "not the owner"
    self.operators[operator] = allowed
    log OperatorSet(operator=operator, allowed=allowed)


@external
def set_paused(paused: bool):
    assert msg.sender == self.owner, "not the owner"
    self.paused = paused
    log Paused(paused=paused)


@external
def offer_ownership(successor: address):
    """
    @notice First step of two: the successor has to accept, so that ownership can't be lost to a mistyped address.
    """
    assert msg.sender == self.owner, "not the owner"
    self.successor = successor
    log OwnershipOffered(owner=msg.sender, successor=successor)


@external
def accept_ownership():
    assert msg.sender == self.successor, "not the successor"
    log OwnershipTransferred(previous=self.owner, owner=msg.sender)
    self.owner = msg.sender
    self.successor = empty(address)


# ---------------------------------------------------------------- views

@external
@view
def balanceOf(holder: address, asset: uint256) -> uint256:
    if asset > convert(max_value(uint64), uint256):
        return 0
    return self._accounts[convert(asset, uint64)][holder] & BALANCE_MASK


@external
@view
def txRemaining(holder: address, asset: uint64) -> uint256:
    return self._accounts[asset][holder] >> COUNT_SHIFT


@external
@view
def accounts(asset: uint64, holders: DynArray[address, MAX_ACCOUNTS]) -> DynArray[uint256, MAX_ACCOUNTS]:
    """
    @notice Many accounts at once, packed: balance in the lower 128 bits, remaining count above.
    """
    packed: DynArray[uint256, MAX_ACCOUNTS] = []
    for holder: address in holders:
        packed.append(self._accounts[asset][holder])
    return packed
