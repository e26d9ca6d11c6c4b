"""How a client's status may change (CLI-01, CLI-03, CLI-04)."""

from audit.transitions import Transitions
from clients.enums import ClientStatus

CLIENT = Transitions(
    field="status",
    moves={
        ClientStatus.CREATED: {
            ClientStatus.ACTIVE: "clients.activated",
            ClientStatus.DEACTIVATED: "clients.deactivated",
            ClientStatus.BLOCKED: "clients.blocked",
        },
        ClientStatus.ACTIVE: {
            ClientStatus.DEACTIVATED: "clients.deactivated",
            ClientStatus.BLOCKED: "clients.blocked",
            ClientStatus.FROZEN: "clients.frozen",
        },
        ClientStatus.FROZEN: {ClientStatus.ACTIVE: "clients.unfrozen", ClientStatus.BLOCKED: "clients.blocked"},
        ClientStatus.BLOCKED: {ClientStatus.ACTIVE: "clients.unblocked", ClientStatus.CREATED: "clients.unblocked"},
        ClientStatus.DEACTIVATED: {ClientStatus.ACTIVE: "clients.reactivated", ClientStatus.CREATED: "clients.reactivated"},
    },
)
