"""What exports of operations hold (EXP-X1)."""

from kit.exports.resource import ListResource
from ledger.models import Lot, Operation, ProofRun


class OperationResource(ListResource):
    more = {
        "sender_address": "sender__address",
        "receiver_address": "receiver__address",
        "settlement": "settlement_status",
        "blockchain_transaction_id": "settlement_hash",
    }
    excluded = {
        "salt": "secret: it keeps the record behind the chain's commitment from being guessed",
        "group": "the database's own number; the page of the operation names the others",
        "cause_id": "the database's own number; cause_reference is the public name",
        "reservation_id": "the database's own number",
        "actor_id": "the database's own number; actor_label is the public name",
        "is_test": "test operations are in no export",
    }

    class Meta:
        model = Operation


class LotResource(ListResource):
    more = {"wallet_address": "wallet__address", "operation_reference": "operation__reference"}
    excluded = {
        "is_open": "the list is of open lots alone",
        "operation": "the database's own number; operation_reference is the public name",
    }

    class Meta:
        model = Lot


class ProofResource(ListResource):
    excluded = {"lease_until": "the worker's own mark"}

    class Meta:
        model = ProofRun
