"""The authenticator app of the demo's people: the code that it shows now (RFC 6238).

python -m simulators.authenticator ADMIN
"""

import base64
import hmac
import os
import struct
import sys
import time
from pathlib import Path


def code(secret: str, at: float) -> str:
    """The six digits of the 30 seconds around `at` (a Unix time), for a secret in base 32."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(at) // 30), "sha1")
    offset = digest[-1] & 0x0F
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def main(arguments: list[str]) -> int:
    demo = Path(os.environ.get("DATA_DIR") or Path(__file__).resolve().parent.parent / "var") / "demo.env"
    if not demo.exists():
        print(f"There is no {demo}: start the demo first (make run).", file=sys.stderr)
        return 1
    secrets = dict(line.split("=", 1) for line in demo.read_text().splitlines() if "_TOTP_SECRET=" in line)
    name = f"{arguments[0].upper()}_TOTP_SECRET" if len(arguments) == 1 else ""
    if name not in secrets:
        people = ", ".join(key.removesuffix("_TOTP_SECRET") for key in secrets)
        print(f"Say whose: {people}", file=sys.stderr)
        return 2
    print(code(secrets[name], time.time()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
