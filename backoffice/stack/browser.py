"""The browser of the tests and screenshots: the machine's Chromium, or one that is installed now."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """The path of a Chromium: the machine's own, or Playwright's."""
    return next(filter(None, map(shutil.which, NAMES)), None) or playwrights_own()


def playwrights_own() -> str | None:
    code = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    path = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stdout.strip()
    return path if path and os.path.exists(path) else None


def ensure() -> str | None:
    """`find`, after trying to install one: by Playwright, else by apt as root on Debian. None where all of it fails."""
    if found := find():
        return found
    print("No Chromium here: installing one for the tests in the browser …", flush=True)
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        attempts.append(["apt-get", "install", "--yes", "--quiet", "chromium"])
    for command in attempts:
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=600, check=False)
        if found := find():
            return found
    return None
