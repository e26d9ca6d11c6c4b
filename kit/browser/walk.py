"""Find every page that a person can reach, look at it in each rendering, and note what the browser complains about."""

import base64
import hmac
import os
import re
import shutil
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, StorageState, ViewportSize, sync_playwright

WIDE: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
TALLEST = 1600  # pixels of a picture
RENDERINGS: list[tuple[str, Literal["light", "dark"], ViewportSize]] = [
    ("wide", "light", WIDE),
    ("wide", "dark", WIDE),
    ("phone", "light", PHONE),
    ("phone", "dark", PHONE),
]
LEAVE = re.compile(r"/(logout|api|hooks|metrics|healthz|static|exports/[^/]+/file)(/|$)")
# One page of each kind is enough: a reference in an address stands for every other.
REFERENCE = re.compile(r"/(?:[A-Z]{2,4}-[0-9A-Z]{1,16}|[A-Z0-9]{2,5}|[0-9a-f-]{32,36}|\d+)(?=/|$)")
AXE = Path(__file__).with_name("axe.min.js")
AXE_RUN = """async (found) => (await axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]
})).violations.filter(one => found.includes(one.impact)).flatMap(one => one.nodes.map(
    node => `${one.id}: ${node.target.join(" ")}: ${node.any.concat(node.all, node.none).map(check => check.message).join("; ")}`
))"""


@dataclass
class Walk:
    """What was seen: pages by their kind, and the browser's complaints."""

    base_url: str
    pages: dict[str, str] = field(default_factory=dict)  # kind of address -> an address
    complaints: list[str] = field(default_factory=list)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, or the one that Playwright installed."""
    system = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=system, args=flags)
        try:
            yield browser
        finally:
            browser.close()


def listen(page: Page, walk: Walk) -> None:
    """Note errors of the console, of scripts, of the content security policy, and requests that fail."""

    def heard(message: ConsoleMessage) -> None:
        # A page that is meant to be refused (404, 422) logs its own status; what matters is everything else.
        # Neither does a request that a newer one replaced, which htmx calls an error.
        expected = "Failed to load resource" in message.text or message.text.startswith(("htmx:afterRequest", "htmx:sendAbort"))
        if message.type in ("error", "warning") and not expected:
            walk.complaints.append(f"{page.url}: {message.text}")

    page.on("console", heard)
    page.on("pageerror", lambda error: walk.complaints.append(f"{page.url}: {error}"))
    page.on("response", lambda answer: walk.complaints.append(f"{answer.url}: {answer.status}") if answer.status >= 500 else None)


def kind_of(address: str) -> str:
    """The address without what names one thing."""
    parts = urlsplit(address)
    tab = re.search(r"(?:^|&)tab=(\w+)", parts.query)
    name = "" if tab is None or tab[1] == "summary" else f"?tab={tab[1]}"  # the first tab is the page itself
    return REFERENCE.sub("/*", parts.path) + name


def explore(context: BrowserContext, walk: Walk, *, starts: list[str], limit: int = 120) -> None:
    """Follow links and dialog buttons from `starts`, one page of each kind."""
    page = context.new_page()
    listen(page, walk)
    waiting = [urljoin(walk.base_url, start) for start in starts]
    while waiting and len(walk.pages) < limit:
        address = waiting.pop(0)
        kind = kind_of(address)
        if kind in walk.pages:
            continue
        try:
            answer = page.goto(address, wait_until="load")
        except Error as error:
            if "Download is starting" not in error.message:
                raise
            continue  # a file, not a page
        if answer is None or not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        if not page.title():
            continue  # a piece of a page
        walk.pages[kind] = address
        for found in page.eval_on_selector_all(
            "a[href], [hx-get]", "all => all.map(e => e.getAttribute('hx-get') || e.getAttribute('href'))"
        ):
            absolute = urljoin(page.url, found).split("#")[0]
            query = urlsplit(absolute).query
            ours = absolute.startswith(walk.base_url) and not LEAVE.search(urlsplit(absolute).path)
            if ours and kind_of(absolute) not in walk.pages and (not query or query.startswith("tab=")):
                waiting.append(absolute)
    page.close()


def look(browser: Browser, walk: Walk, *, storage: StorageState | None = None, into: Path | None = None) -> None:
    """Open every page once and see it in the four renderings; with `into`, as pictures `<page>-<width>-<scheme>.png`, and
    the first dialog of each page beside it."""
    if into is not None:
        into.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(storage_state=storage, reduced_motion="reduce", locale="en-GB", timezone_id="Europe/Riga")
    page = context.new_page()
    listen(page, walk)
    for kind, address in walk.pages.items():
        page.set_viewport_size(WIDE)
        page.goto(address, wait_until="load")
        render(page, walk, into and into / file_name(kind))
        page.set_viewport_size(WIDE)
        if into is not None and (button := page.locator(".page-actions [hx-get]").first).is_visible():
            button.click()
            page.wait_for_selector("#dialog[open]")
            render(page, walk, into / f"{file_name(kind)}-dialog", whole=False)
    context.close()


def render(page: Page, walk: Walk, picture: Path | None, *, whole: bool = True) -> None:
    """What is open now, in the four renderings; `whole`: also what lies below the window's edge."""
    for width, scheme, viewport in RENDERINGS:
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=scheme)
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")  # charts follow the window
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"):
            walk.complaints.append(f"{page.url}: wider than the {width} window")
        walk.complaints += [f"{page.url} ({width}, {scheme}): {barrier}" for barrier in axe(page)]
        if picture is not None:
            if whole:
                height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
                page.set_viewport_size({"width": viewport["width"], "height": max(height, viewport["height"])})
            page.screenshot(path=f"{picture}-{width}-{scheme}.png")


def axe(page: Page) -> list[str]:
    """What axe finds serious or critical on the page as it stands: rule, element, what is wrong. It runs from outside the page,
    so that the content security policy stays as it is."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found: list[str] = page.evaluate(AXE_RUN, ["serious", "critical"])
    return found


def file_name(kind: str) -> str:
    return re.sub(r"[^\w]+", "-", kind.replace("*", "one")).strip("-") or "start"


def sign_in(context: BrowserContext, base_url: str, *, email: str, password: str, totp_secret: str = "") -> None:
    """Through the door that people use, past the second factor where one is asked for."""
    page = context.new_page()
    page.goto(urljoin(base_url, "/accounts/login/"))
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    if "/accounts/2fa/authenticate" in page.url:
        page.fill("input[name=code]", one_time_code(totp_secret))
        page.press("input[name=code]", "Enter")
        page.wait_for_url(lambda url: "/accounts/" not in url)
    page.close()


def one_time_code(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), "sha1")
    offset = digest[-1] & 0x0F
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"
