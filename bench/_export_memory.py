"""`python -m bench._export_memory`: (idle, peak) megabytes of a process of its own that makes the export of `bench.exports`.

Idle is what it holds with everything imported and the database connected: what a worker holds that waits for its first export.
"""

import json
import re
import tempfile
from pathlib import Path

import django


def megabytes(name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    django.setup()
    from bench.exports import export, rows

    rows().exists()
    idle = megabytes("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    with tempfile.TemporaryFile() as file:
        export(file, rows())
    print(json.dumps([idle, megabytes("VmHWM")]))
