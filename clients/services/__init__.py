"""What is done to clients: the app's public face (CLI)."""

from clients.services.levels import NoSuchLevel, set_verification_level
from clients.services.profile import (
    AccountDeleted,
    ClientDataMisfit,
    ClientEmailTaken,
    Person,
    PersonGone,
    WrongMode,
    add_person,
    create_client,
    edit_client,
    remove_person,
)
from clients.services.status import (
    activate_client,
    activate_clients,
    deactivate_client,
    deactivate_clients,
    reactivate_client,
    reactivate_clients,
    status_before,
    turn_client,
    turn_clients,
)

__all__ = [
    "AccountDeleted", "ClientDataMisfit", "ClientEmailTaken", "NoSuchLevel", "Person", "PersonGone", "WrongMode", "activate_client", "activate_clients", "add_person",
    "create_client", "deactivate_client", "deactivate_clients", "edit_client", "reactivate_client", "reactivate_clients",
    "remove_person", "set_verification_level", "status_before", "turn_client", "turn_clients",
]  # fmt: skip
