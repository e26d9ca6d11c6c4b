"""Deploying the contract, and filling a fresh one by replaying every operation in its sequence."""

import time
from datetime import datetime

import rlp
import structlog
from django.conf import settings
from django.db import transaction
from eth_utils import keccak, to_canonical_address, to_checksum_address

from audit.services import record
from chain import abi
from chain.client import Node, NodeRefused, code_hash, look, node, number
from chain.enums import OPEN_TX, ChainOpStatus, IdentityStatus, TxStatus
from chain.faults import Step, crash_at
from chain.models import ChainIdentity, ChainOp, ChainTx, Lane
from chain.services.alerts import Alert, halt_over, lane_subject, tell
from chain.services.broadcast import DELIVERED
from chain.services.lanes import alone
from chain.signer import Signer, accounts, operator, sign_checked
from core.actors import Actor
from core.tasks import enqueue

log = structlog.get_logger()
DEPLOY_GAS = 4_000_000
DEVELOPMENT_FUNDS = 10**24  # wei, given to the operator on a development node alone
WAIT_SECONDS = 120


class DeploymentRefused(Exception):
    """What has to be put right before a contract can be deployed."""


def deploy(*, actor: Actor, now: datetime, signer: Signer | None = None) -> tuple[ChainIdentity, bool]:
    """The contract that we settle on, deployed if there is none yet: (identity, whether it is new). Can be repeated and
    interrupted at any point: the signed deployment is stored before it is sent.

    Raises DeploymentRefused where the node shows another chain than the one in use, or the operator's key can't take over.
    """
    signer = signer or operator()
    active = ChainIdentity.objects.filter(status=IdentityStatus.ACTIVE).first()
    if active is None:
        return replace(actor=actor, now=now, signer=signer), True
    lane = Lane.objects.get()
    view = look(node(), contract=active.contract, signer=signer.address)
    if not view.shows(active):
        raise DeploymentRefused(
            f"The node does not show {active}. Point CHAIN_RPC_URL at its chain, or replay into a new one: rebuild_chain."
        )
    if lane.signer != signer.address:
        hand_over(lane, signer, operator_there=view.operator, nonce=view.nonce_head, actor=actor, now=now)
    return active, False


@transaction.atomic(durable=True)
def hand_over(lane: Lane, signer: Signer, *, operator_there: bool, nonce: int, actor: Actor, now: datetime) -> None:
    """Another operator's key takes over a drained lane; the owner has appointed it on the contract before."""
    row = Lane.objects.select_for_update().get(pk=lane.pk)
    if not operator_there:
        raise DeploymentRefused(f"{signer.address} is not an operator of the contract: its owner calls set_operator first.")
    if ChainTx.objects.filter(signer=row.signer, status__in=OPEN_TX).exists():
        raise DeploymentRefused(f"{row.signer} has transactions in flight: let the old key finish them first.")
    record(
        action="chain.operator_changed", actor=actor, subject=lane_subject(row), changes={"operator": (row.signer, signer.address)}, now=now
    )
    row.signer, row.first_nonce, row.next_nonce = signer.address, nonce, nonce
    row.halted_at, row.halt_reason, row.halt_detail = None, "", ""
    row.save()
    halt_over(now=now)


def replace(*, actor: Actor, now: datetime, signer: Signer | None = None) -> ChainIdentity:
    """A new contract in place of the one in use, if any; every operation that had a number is queued again with it, and the
    ordinary jobs replay them in order. Raises DeploymentRefused."""
    signer = signer or operator()
    with alone("deploy") as alone_here:
        if not alone_here:
            raise DeploymentRefused("Another process is deploying.")
        at = node()
        fund_on_development_node(at, signer.address)
        draft = _stored_draft(at, signer=signer, now=now)
        block = _deliver(at, draft)
        return _take_into_use(at, draft, block, signer=signer, actor=actor, now=now)


def owner_address() -> str:
    """Who will own the contract: an address of a cold key. In development the owner's key may stand in the environment."""
    if settings.CHAIN_OWNER_ADDRESS:
        return to_checksum_address(settings.CHAIN_OWNER_ADDRESS)
    if settings.CHAIN_OWNER_KEY:
        return str(accounts().from_key(settings.CHAIN_OWNER_KEY).address)
    raise DeploymentRefused("Set CHAIN_OWNER_ADDRESS: the address of the cold key that appoints operators and pauses.")


def is_development_node(at: Node) -> bool:
    return str(at.call("web3_clientVersion")).lower().startswith("anvil")


def fund_on_development_node(at: Node, address: str) -> None:
    """The embedded node's accounts start empty; a real chain's operator is funded by people."""
    if (
        (settings.DEMO or settings.DEBUG)
        and is_development_node(at)
        and number(at.call("eth_getBalance", address, "latest")) < DEVELOPMENT_FUNDS // 2
    ):
        at.call("anvil_setBalance", address, hex(DEVELOPMENT_FUNDS))


def contract_address(deployer: str, nonce: int) -> str:
    return to_checksum_address(keccak(rlp.encode([to_canonical_address(deployer), nonce]))[12:])


def _stored_draft(at: Node, *, signer: Signer, now: datetime) -> ChainIdentity:
    chain_id, genesis, latest, nonce = at.batch(
        [
            ("eth_chainId", []),
            ("eth_getBlockByNumber", ["0x0", False]),
            ("eth_getBlockByNumber", ["latest", False]),
            ("eth_getTransactionCount", [signer.address, "latest"]),
        ]
    )
    with transaction.atomic(durable=True):
        drafts = ChainIdentity.objects.select_for_update().filter(status=IdentityStatus.DEPLOYING)
        for draft in drafts:
            if (draft.genesis_hash, draft.deployer) == (genesis["hash"], signer.address) and (
                draft.deploy_nonce >= number(nonce) or at.call("eth_getTransactionReceipt", draft.deploy_hash)
            ):
                return draft
            draft.status, draft.retired_at = IdentityStatus.RETIRED, now
            draft.save(update_fields=["status", "retired_at"])
        lane = Lane.objects.select_related("identity").filter(signer=signer.address, identity__genesis_hash=genesis["hash"]).first()
        deploy_nonce = max(number(nonce), lane.next_nonce if lane and _in_flight(lane) else 0)
        tip = settings.CHAIN_PRIORITY_FEE
        owner = owner_address()
        raw, digest = sign_checked(
            signer,
            {
                "type": 2,
                "chainId": number(chain_id),
                "nonce": deploy_nonce,
                "value": 0,
                "gas": DEPLOY_GAS,
                "maxFeePerGas": min(2 * number(latest.get("baseFeePerGas") or "0x0") + tip, settings.CHAIN_MAX_FEE),
                "maxPriorityFeePerGas": min(tip, settings.CHAIN_MAX_FEE),
                "data": abi.deployment(owner=owner, operator=signer.address),
            },
        )
        draft = ChainIdentity.objects.create(
            chain_id=number(chain_id),
            genesis_hash=genesis["hash"],
            contract=contract_address(signer.address, deploy_nonce),
            owner=owner,
            deployer=signer.address,
            deploy_nonce=deploy_nonce,
            deploy_raw=raw,
            deploy_hash=digest,
            created_at=now,
        )
    crash_at(Step.DEPLOY_STORED)
    return draft


def _in_flight(lane: Lane) -> bool:
    return ChainTx.objects.filter(identity=lane.identity_id, signer=lane.signer, status__in=OPEN_TX).exists()


def _deliver(at: Node, draft: ChainIdentity) -> int:
    """Send until the receipt is deep enough; returns its block."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        receipt = at.call("eth_getTransactionReceipt", draft.deploy_hash)
        if receipt is None:
            try:
                at.call("eth_sendRawTransaction", "0x" + bytes(draft.deploy_raw).hex())
            except NodeRefused as refusal:
                if "insufficient funds" in str(refusal).lower():
                    raise DeploymentRefused(f"{draft.deployer} has no funds on this chain: {refusal}") from refusal
                if not any(words in str(refusal).lower() for words in DELIVERED):
                    raise DeploymentRefused(f"The node refuses the deployment: {refusal}") from refusal
            crash_at(Step.DEPLOY_SENT)
        elif number(receipt["status"]) != 1:
            ChainIdentity.objects.filter(pk=draft.pk).update(status=IdentityStatus.RETIRED)
            raise DeploymentRefused(f"The deployment {draft.deploy_hash} reverted.")
        elif number(at.call("eth_blockNumber")) >= number(receipt["blockNumber"]) + settings.CHAIN_CONFIRMATIONS - 1:
            return number(receipt["blockNumber"])
        time.sleep(0.05)
    raise DeploymentRefused(f"The deployment {draft.deploy_hash} is not mined after {WAIT_SECONDS} seconds; run the command again.")


@transaction.atomic(durable=True)
def _take_into_use(at: Node, draft: ChainIdentity, block: int, *, signer: Signer, actor: Actor, now: datetime) -> ChainIdentity:
    lane = Lane.objects.select_for_update().first()
    ChainIdentity.objects.filter(status=IdentityStatus.ACTIVE).update(status=IdentityStatus.RETIRED, retired_at=now)
    draft.status, draft.deployed_block = IdentityStatus.ACTIVE, block
    draft.code_hash = code_hash(at.call("eth_getCode", draft.contract, "latest"))
    draft.save(update_fields=["status", "deployed_block", "code_hash"])
    first_nonce = draft.deploy_nonce + 1
    action = "chain.deployed"
    if lane is None:
        lane = Lane.objects.create(signer=signer.address, identity=draft, first_nonce=first_nonce, next_nonce=first_nonce)
    else:
        action = "chain.rebuilt"
        ChainTx.objects.filter(status__in=OPEN_TX).update(status=TxStatus.SUPERSEDED, ended_at=now)
        ChainOp.objects.filter(sequence__isnull=False).update(
            status=ChainOpStatus.PENDING, chain_tx=None, failure_code=None, settled_at=None
        )
        lane.signer, lane.identity, lane.first_nonce, lane.next_nonce = signer.address, draft, first_nonce, first_nonce
        lane.halted_at, lane.halt_reason, lane.halt_detail, lane.reverts_in_a_row = None, "", "", 0
        lane.save()
        halt_over(now=now)
    record(action=action, actor=actor, subject=lane_subject(lane), details={"contract": draft.contract, "chain": draft.chain_id}, now=now)
    enqueue("chain.tasks.build")
    log.info("chain_contract_in_use", contract=draft.contract, chain_id=draft.chain_id, block=block)
    return draft


def rebuild_for_demo(*, lane: Lane, actor: Actor, now: datetime) -> ChainIdentity | None:
    """In demo mode a lost or torn development chain is rebuilt from the ledger by itself, saying so; elsewhere never."""
    if not settings.DEMO or not is_development_node(node()):
        return None
    identity = replace(actor=actor, now=now)
    tell(
        Alert.REBUILT, lane=lane, message=f"The development chain was lost; every operation is replayed into {identity.contract}.", now=now
    )
    return identity
