"""The environment of a checkout: where its data lies, its secrets, and the URLs of its services."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from backoffice.stack.postgres import Postgres
from backoffice.stack.valkey import Valkey

BASE_DIR = Path(__file__).resolve().parent.parent.parent
SECRETS = (
    "SECRET_KEY",
    "AUDIT_KEY",
    "DOCUMENTS_KEY",
    "POSTGRES_PASSWORD",
    "OWNER_PASSWORD",
    "APP_PASSWORD",
    "OPERATOR_KEY",
    "OWNER_KEY",
    "PAYMENT_HOOK_SECRET",
    "SHUFTI_SECRET",
    "SUMSUB_SECRET",
    "SUMSUB_HOOK_SECRET",
)

# Stands in for an issuer's own account factory (chain/addresses.py) in tests and the demo.
PLACEHOLDER_ACCOUNTS = {
    "CHAIN_ACCOUNT_FACTORY": "0x4e59b44847b379578588920cA78FbF26c0B4956C",
    "CHAIN_ACCOUNT_INIT_CODE_HASH": "f3aafef9fcb05ef21973855a114cf7c11498f9d06be1acae2288a85b6d71bfef",
}


def data_directory(name: str = "") -> Path:
    base = Path(os.environ.get("DATA_DIR") or BASE_DIR / "var").resolve()
    return base / name if name else base


@dataclass(frozen=True)
class Stack:
    """The embedded services of one data directory, and the environment that Django reads to reach them."""

    directory: Path
    values: dict[str, str]
    postgres: Postgres
    valkey: Valkey

    def environment(self, *, database: str = "backoffice") -> dict[str, str]:
        return {
            "HASHED_STATIC": "0",
            "DATA_DIR": str(self.directory),
            "SECRET_KEY": self.values["SECRET_KEY"],
            "AUDIT_KEY": self.values["AUDIT_KEY"],
            "DOCUMENTS_KEYS": self.values["DOCUMENTS_KEY"],
            "CHAIN_OPERATOR_KEY": self.values["OPERATOR_KEY"],
            "CHAIN_OWNER_KEY": self.values["OWNER_KEY"],
            "PAYMENT_HOOK_SECRETS": self.values["PAYMENT_HOOK_SECRET"],
            "SHUFTI_SECRETS": self.values["SHUFTI_SECRET"],
            "SUMSUB_SECRET_KEY": self.values["SUMSUB_SECRET"],
            "SUMSUB_HOOK_SECRETS": self.values["SUMSUB_HOOK_SECRET"],
            "DATABASE_URL": self.postgres.url("app", database),
            "DATABASE_OWNER_URL": self.postgres.url("owner", database),
            "REDIS_URL": self.valkey.url,
            **PLACEHOLDER_ACCOUNTS,
        }


def running_environment(here: Stack) -> dict[str, str]:
    """The environment of the `make run` that is up on this data directory: with the address of its node."""
    state = json.loads((here.directory / "run.json").read_text())
    return {**here.environment(), **state}


def stack(name: str = "") -> Stack:
    directory = data_directory(name)
    values = load_secrets(directory / "secrets.env")
    passwords = {role: values[f"{role.upper()}_PASSWORD"] for role in ("postgres", "owner", "app")}
    postgres = Postgres(directory / "postgres", passwords)
    return Stack(directory, values, postgres, Valkey(postgres.socket_directory))


def load_secrets(path: Path) -> dict[str, str]:
    """The secrets of this data directory, made on first use and readable by their owner alone."""
    values = dict(line.split("=", 1) for line in path.read_text().splitlines()) if path.exists() else {}
    missing = [name for name in SECRETS if name not in values]
    if missing:
        values |= {name: secrets.token_hex(32) for name in missing}
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
        draft.rename(path)
    return values
