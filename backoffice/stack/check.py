"""`make check`: every check, each named; all of them run, and the failures are named at the end."""

import subprocess
import sys
import time
from pathlib import Path

from backoffice.stack.environment import BASE_DIR

CHECKS = {
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
    "imports": ["lint-imports"],
    "templates": ["djlint", "--lint", "--quiet", "."],
    "migrations": ["python", "manage.py", "makemigrations", "--check", "--dry-run"],
    "system": ["python", "manage.py", "check", "--database", "default", "--fail-level", "WARNING"],
    "deploy": ["python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
}
PRODUCTION = {"DEMO": "", "DEBUG": "", "BASE_URL": "https://backoffice.example", "ALLOWED_HOSTS": "backoffice.example"}


def check(environment: dict[str, str], wanted: list[str]) -> int:
    """Run the checks named, or all; `deploy` under the settings of a production host."""
    failed = []
    for name in wanted or CHECKS:
        program, *arguments = CHECKS[name]
        started = time.monotonic()
        overrides = PRODUCTION if name == "deploy" else {}
        result = subprocess.run(
            [str(Path(sys.executable).parent / program), *arguments],
            cwd=BASE_DIR,
            env=environment | overrides,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        print(f"{name:<12}{'ok' if result.returncode == 0 else 'FAILED'}  {time.monotonic() - started:.1f} s", flush=True)
        if result.returncode:
            failed.append(name)
            print(result.stdout, flush=True)
    if failed:
        print(f"Failed: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0
