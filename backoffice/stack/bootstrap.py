"""The virtual environment and what is pinned, from nothing but Python: `bootstrap.py <venv> <requirements> …`.

Runs under the machine's own Python, so it uses the standard library alone and says what is missing in one line.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

NEEDED = (3, 11)


def main(venv: Path, requirements: list[Path]) -> int:
    if sys.version_info < NEEDED:
        return fail(
            f"Python {'.'.join(map(str, NEEDED))} or newer is needed, this is {sys.version.split()[0]}: run make PYTHON=python3.12 …"
        )
    stamp = venv / "installed"
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in requirements)).hexdigest()
    key = "+".join(path.name for path in requirements)
    known = dict(line.split("=", 1) for line in stamp.read_text().split()) if stamp.exists() else {}
    if known.get(key) == wanted:
        return 0
    python = venv / "bin" / "python"
    if not python.exists():
        print(f"Making the virtual environment {venv} …", flush=True)
        if subprocess.run([sys.executable, "-m", "venv", str(venv)], check=False).returncode:
            return fail("Python could not make a virtual environment: install its venv module (Debian: apt install python3-venv).")
    print("Installing what is pinned (the first time takes a few minutes) …", flush=True)
    options = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    files = [part for path in requirements for part in ("-r", str(path))]
    if subprocess.run([str(python), *options, *files], check=False).returncode:
        return fail(
            "pip could not install the requirements: see its message above (no network? disk full?), then run the same command again."
        )
    stamp.write_text("".join(f"{name}={digest}\n" for name, digest in (known | {key: wanted}).items()))
    return 0


def fail(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]]))
