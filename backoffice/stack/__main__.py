"""`python -m backoffice.stack <what>`: what make calls.

run                      everything (see backoffice/stack/run.py)
test [pytest …]          the tests, with the services they need
check [names]            linters, types, import contracts, migrations, deployment check
manage <Django command>  on the data of `make run`, whether that is up or not
shots                    pictures of every page of the running demo
backup [file]            the database and the uploaded files in one file
restore <file>           a backup in the place of the present data
"""

import os
import subprocess
import sys

from backoffice.stack import anvil, browser
from backoffice.stack.backup import backup, restore
from backoffice.stack.check import check
from backoffice.stack.environment import BASE_DIR, data_directory
from backoffice.stack.run import run
from backoffice.stack.services import beside, services
from core.texts import compile_stale


def main(arguments: list[str]) -> int:
    compile_stale()
    match arguments:
        case ["run"]:
            return run()
        case ["test", *rest]:
            return test(rest)
        case ["check", *rest]:
            with services("test") as here:
                return check(os.environ | here.environment(database="postgres"), rest)
        case ["manage", *rest]:
            return manage(rest)
        case ["shots", *rest]:
            browser.ensure()
            return manage(["shots", *rest])
        case ["backup", *target]:
            return backup("".join(target))
        case ["restore", *source]:
            return restore("".join(source))
    print(__doc__, file=sys.stderr)
    return 2


# Most tests aren't about limits nor levels: what no limit covers moves freely, and nothing is held. Those that are say otherwise.
TESTED_WITH = {"WITHOUT_LIMIT": "free", "HELD_LEVELS": ""}


def test(arguments: list[str]) -> int:
    with services("test") as here:
        environment = here.environment(database="postgres") | TESTED_WITH | {"ANVIL": str(anvil.binary(data_directory("node")))}
        if not browser.ensure():
            print("NO BROWSER: the tests marked `browser` are left out. Install Chromium to run them.", file=sys.stderr, flush=True)
            arguments = [*arguments, "-m", "not browser"]
        command = [sys.executable, "-m", "pytest", *arguments]
        return subprocess.run(command, env=os.environ | environment, cwd=BASE_DIR, check=False).returncode


def manage(arguments: list[str]) -> int:
    with beside() as environment:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, env=environment | os.environ, cwd=BASE_DIR, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
