"""`make backup` and `make restore` (OPS-04): the database and the uploaded files in one file.

The chain is not in it: an embedded one is rebuilt from the ledger at the next start, a real one goes on by itself and
settlement finds its place on it. Nor are the secrets (var/secrets.env): the audit trail's key must not lie where its events lie.

A restore builds a new database beside the present one, settles what a logical copy breaks (stored transaction ids belong
to the cluster they come from), verifies it, and only then puts it in the other's place, which is kept.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
import psycopg.conninfo
import psycopg.sql

from backoffice.stack import preflight
from backoffice.stack.environment import BASE_DIR, data_directory
from backoffice.stack.postgres import BIN, create_database
from backoffice.stack.services import beside

DUMP, FILES, MANIFEST = "database.dump", "media", "manifest.json"


def backup(target: str) -> int:
    """Write a backup file (0600), while everything runs or while nothing does."""
    moment = datetime.now(UTC)
    path = Path(target).resolve() if target else data_directory("backups") / f"backoffice-{moment:%Y%m%dT%H%M%SZ}.tar"
    path.parent.mkdir(parents=True, exist_ok=True)
    preflight.check_disk(path.parent)
    with beside() as environment, tempfile.TemporaryDirectory(dir=path.parent) as folder:
        environment = environment | os.environ
        dump = Path(folder) / DUMP
        postgres_tool(environment["DATABASE_OWNER_URL"], "pg_dump", "--format=custom", "--no-owner", f"--file={dump}")
        media = Path(environment["DATA_DIR"]) / "media"
        manifest = Path(folder) / MANIFEST
        manifest.write_text(json.dumps({"made_at": moment.isoformat(), "sha256": {DUMP: digest(dump)}}, indent=2))
        draft = Path(folder) / "backup.tar"
        draft.touch(mode=0o600)
        with tarfile.open(draft, "w") as archive:
            archive.add(manifest, MANIFEST)
            archive.add(dump, DUMP)
            if media.exists():
                archive.add(media, FILES)
        draft.rename(path)
    print(f"Backup: {path} ({path.stat().st_size / 1e6:.1f} MB). Keep var/secrets.env elsewhere: it is not in it and is needed to restore.")
    return 0


def restore(source: str) -> int:
    """Put a backup in the place of the present database and files; both are kept under another name."""
    path = Path(source)
    if not source or not path.exists():
        raise SystemExit("Say which backup: make restore FROM=var/backups/….tar")
    if preflight.is_locked(data_directory()):
        raise SystemExit("It runs: stop it first, then restore.")
    moment = f"{datetime.now(UTC):%Y%m%d%H%M%S}"
    with tempfile.TemporaryDirectory(dir=data_directory()) as folder, beside() as environment:
        environment = environment | os.environ
        unpack(path, Path(folder))
        owner_url = environment["DATABASE_OWNER_URL"]
        name = database_name(owner_url)
        draft, before = f"{name}_restoring", f"{name}_before_{moment}"
        with psycopg.connect(with_database(owner_url, "postgres"), autocommit=True) as admin:
            drop(admin, draft)
            admin.execute(create_database(draft))
            on_draft = environment | {
                variable: with_database(environment[variable], draft) for variable in ("DATABASE_URL", "DATABASE_OWNER_URL")
            }
            postgres_tool(on_draft["DATABASE_OWNER_URL"], "pg_restore", "--no-owner", "--exit-on-error", str(Path(folder) / DUMP))
            manage(on_draft, "settle_restore")
            manage(on_draft, "migrate", "--verbosity=0")
            manage(on_draft, "verify", "--without", "settlement on the chain")  # the chain follows at the next start
            rename(admin, name, before)
            rename(admin, draft, name)
        media, data = Path(folder) / FILES, Path(environment["DATA_DIR"])
        if (data / "media").exists():
            (data / "media").rename(data / f"media.before-{moment}")
        if media.exists():
            shutil.move(media, data / "media")
        # The embedded chain may know operations that the restored ledger does not: it is built again from the ledger.
        if (data / "chain").exists():
            (data / "chain").rename(data / f"chain.before-{moment}")
    print(f"Restored from {path}. The database before it is kept as {before}; drop it when you no longer need it.")
    return 0


def unpack(path: Path, folder: Path) -> None:
    try:
        with tarfile.open(path) as archive:
            archive.extractall(folder, filter="data")
        manifest = json.loads((folder / MANIFEST).read_text())
        whole = manifest["sha256"][DUMP] == digest(folder / DUMP)
    except (tarfile.TarError, OSError, ValueError, KeyError) as error:
        raise SystemExit(f"{path} is no backup of ours: {error}") from None
    if not whole:
        raise SystemExit(f"{path} is damaged: the dump isn't what its manifest says.")


def postgres_tool(url: str, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on the database of the URL; the password goes by the environment, not the command line."""
    known = psycopg.conninfo.conninfo_to_dict(url)
    connection = {
        variable: str(known[key])
        for variable, key in {
            "PGHOST": "host",
            "PGPORT": "port",
            "PGUSER": "user",
            "PGPASSWORD": "password",
            "PGDATABASE": "dbname",
        }.items()
        if known.get(key)
    }
    database = [f"--dbname={connection['PGDATABASE']}"] if program == "pg_restore" else []
    result = subprocess.run(
        [str(BIN / program), *database, *arguments], env=os.environ | connection, capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise SystemExit(f"{program} failed: {result.stderr.strip()}")


def manage(environment: Mapping[str, str], *arguments: str) -> None:
    result = subprocess.run([sys.executable, "manage.py", *arguments], cwd=BASE_DIR, env=dict(environment), check=False)
    if result.returncode:
        raise SystemExit(f"Not restored: {arguments[0]} failed on the copy, see above. The present database is untouched.")


def rename(admin: psycopg.Connection, old: str, new: str) -> None:
    if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [old]).fetchone():
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()", [old])
        admin.execute(psycopg.sql.SQL("ALTER DATABASE {} RENAME TO {}").format(psycopg.sql.Identifier(old), psycopg.sql.Identifier(new)))


def drop(admin: psycopg.Connection, name: str) -> None:
    admin.execute(psycopg.sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(psycopg.sql.Identifier(name)))


def database_name(url: str) -> str:
    return unquote(urlsplit(url).path.lstrip("/"))


def with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
