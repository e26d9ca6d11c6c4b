"""How a client's status may change (CLI-01, CLI-03)."""

from audit.transitions import Transitions
from clients.enums import ClientStatus

CLIENT = Transitions(
    field="status",
    moves={
        ClientStatus.CREATED: {ClientStatus.ACTIVE: "clients.activated", ClientStatus.DEACTIVATED: "clients.deactivated"},
        ClientStatus.ACTIVE: {ClientStatus.DEACTIVATED: "clients.deactivated"},
        ClientStatus.DEACTIVATED: {ClientStatus.ACTIVE: "clients.reactivated", ClientStatus.CREATED: "clients.reactivated"},
    },
)
