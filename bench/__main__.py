"""`python -m bench [part …]`: the parts named, or all; QUICK=1 in three minutes. Below a bound the table says so."""

import importlib
import os
import sys
import time
from pathlib import Path

import django

from backoffice.stack import anvil
from backoffice.stack.environment import data_directory
from backoffice.stack.services import services
from core.garbage import keep_what_is_loaded


def main(wanted: list[str]) -> int:
    started = time.monotonic()
    report, anvil_binary = data_directory() / "bench.json", anvil.binary(data_directory("node"))
    quick = os.environ.get("QUICK", "") not in ("", "0")
    with services("bench") as stack:
        os.environ |= stack.environment(database="postgres") | {"DJANGO_SETTINGS_MODULE": "backoffice.settings", "LOG_LEVEL": "WARNING"}
        django.setup()
        harness = importlib.import_module("bench.harness")
        for path in sorted(Path(__file__).parent.glob("*.py")):
            if not path.stem.startswith("_") and path.stem != "harness":
                importlib.import_module(f"bench.{path.stem}")
        unknown = [name for name in wanted if name not in harness.PARTS]
        if unknown:
            print(f"Unknown: {', '.join(unknown)}. Parts: {', '.join(harness.PARTS)}.", file=sys.stderr)
            return 2
        keep_what_is_loaded()  # as web processes and workers do
        run = harness.Run(stack, quick, anvil_binary)
        failed = False
        parts = wanted or list(harness.PARTS)
        if before := harness.took_before(report, quick=quick, parts=parts):
            print(f"Last time it took {before / 60:.0f} minutes.")
        print(harness.HEADER, flush=True)
        for number, name in enumerate(parts, start=1):
            print(f"--- {name}, part {number} of {len(parts)}, after {time.monotonic() - started:.0f} s", flush=True)
            run.part = name
            try:
                harness.PARTS[name](run)
            except Exception as error:  # one part that breaks does not hide the others' figures
                failed = True
                print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        print("\n" + harness.table(run.results))
        harness.write(run.results, report, quick=quick, parts=parts, seconds=time.monotonic() - started)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
