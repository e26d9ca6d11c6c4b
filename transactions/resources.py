"""What the export of held transactions holds: all data stored."""

from kit.exports.resource import ListResource
from transactions.models import Hold


class HoldResource(ListResource):
    more = {
        "client_email": "client__email",
        "client_level": "client__verification_level",
        "sender_address": "sender__address",
        "receiver_address": "receiver__address",
    }
    excluded = {
        "key": "repeats the name of what was asked for",
        "payload": "what the program needs to go on",
        "cause_type": "the program's own name of it",
        "cause_id": "the database's own number",
        "reservation_id": "the database's own number",
        "fee_reservation_id": "the database's own number",
        "operation_id": "the database's own number",
        "creator_id": "the database's own number",
    }

    class Meta:
        model = Hold
