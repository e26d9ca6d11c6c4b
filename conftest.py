"""The test harness: the owner builds one template database per migration state, each worker clones it and connects as
the application's role (DESIGN 4.2). `TransactionTestCase` gets a fresh clone afterwards: no role ever needs TRUNCATE."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import TransactionTestCase

from backoffice.stack.postgres import create_database
from core import instance

BASE_DIR = Path(__file__).parent
pytest_plugins = ["chain.tests.node"]  # a node of its own for any app's test that wants to see a settlement


def other_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def migration_state() -> str:
    digest = hashlib.sha256()
    for path in sorted(
        [
            *BASE_DIR.glob("*/migrations/**/*.py"),
            *BASE_DIR.glob("*/sql/*.sql"),
            *BASE_DIR.glob("*/models*.py"),
            *BASE_DIR.glob("*/models/*.py"),
        ]
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def owner_connection() -> psycopg.Connection:
    return psycopg.connect(other_database(settings.DATABASE_OWNER_URL, "postgres"), autocommit=True)


def ensure_template() -> str:
    """The migrated template's name; built once under an advisory lock, whichever worker comes first."""
    name = f"template_{migration_state()}"
    with owner_connection() as owner:
        owner.execute("SELECT pg_advisory_lock(hashtext('test template'))")
        if not owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            for (old,) in owner.execute(
                r"SELECT datname FROM pg_database WHERE datname LIKE 'template\_%' OR datname LIKE 'test\_%'"
            ).fetchall():
                owner.execute(psycopg.sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(psycopg.sql.Identifier(old)))
            draft = f"draft_{name}"
            owner.execute(psycopg.sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(psycopg.sql.Identifier(draft)))
            owner.execute(create_database(draft))
            environment = os.environ | {
                "DATABASE_URL": other_database(os.environ["DATABASE_URL"], draft),
                "DATABASE_OWNER_URL": other_database(os.environ["DATABASE_OWNER_URL"], draft),
            }
            subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=BASE_DIR, env=environment, check=True)
            owner.execute(
                psycopg.sql.SQL("ALTER DATABASE {} RENAME TO {}").format(psycopg.sql.Identifier(draft), psycopg.sql.Identifier(name))
            )
    return name


def clone(template: str, name: str) -> None:
    with owner_connection() as owner:
        owner.execute(psycopg.sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(psycopg.sql.Identifier(name)))
        owner.execute(create_database(name, template=template))


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker: pytest.FixtureDef) -> Iterator[None]:
    """Replaces pytest-django's own: clone the template, point the default connection at the clone."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    template, name = ensure_template(), f"test_{worker}"
    clone(template, name)
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    os.environ["DATABASE_URL"] = other_database(os.environ["DATABASE_URL"], name)
    os.environ["DATABASE_OWNER_URL"] = settings.DATABASE_OWNER_URL = other_database(settings.DATABASE_OWNER_URL, name)

    def fresh_clone(self: TransactionTestCase) -> None:
        connections.close_all()
        clone(template, name)

    TransactionTestCase._fixture_teardown = fresh_clone  # type: ignore[method-assign]
    yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture(autouse=True)
def settings_at_their_defaults() -> None:
    """Every test begins with a database without instance settings: what an earlier one set is forgotten."""
    instance.assume({})
