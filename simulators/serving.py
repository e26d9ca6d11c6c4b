"""The ground that the simulated KYC providers stand on: a small threaded server that can misbehave, and callbacks that are retried.

Control while it runs: POST a JSON object to /simulator/, any of
    {"faults": ["500", "html"]}       what befalls the next requests of the API, one each (FAULTS)
    {"callbacks": "twice"}            how callbacks are sent from now on (CALLBACKS)
GET /simulator/ says how it stands. Nothing here knows the product: a provider is what its documentation says.
"""

import contextlib
import heapq
import html
import http.client
import itertools
import json
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

FAULTS = {
    "401": "refuses our credentials",
    "403": "doesn't allow the service",
    "429": "too many requests",
    "500": "internal error",
    "504": "gateway timeout",
    "524": "the proxy before it timed out",
    "html": "an HTML page with status 200",
    "empty": "status 200 without a body",
    "wrong-types": "lists for objects, numbers for texts",
    "wrong-signature": "the answer's signature is wrong",
    "no-signature": "the answer isn't signed",
    "redirect": "sends us elsewhere",
    "silent": "takes the request and never answers",
    "drip": "a byte now and then, for ever",
    "drip-head": "a header now and then, for ever",
    "huge": "a body of 100 MB",
    "cut": "half of the body, then the line is dead",
    "lost": "does what was asked, and the line is dead before the answer",
    "callback-first": "the callback comes before the answer",
}
CALLBACKS = {
    "once": "as documented",
    "twice": "each one twice",
    "late": "after ten seconds",
    "out-of-order": "each pair the wrong way round",
    "wrong-signature": "signed with another secret",
    "no-signature": "without a signature",
    "tampered": "changed after signing",
    "never": "not at all",
}
LATE_SECONDS = 10
HUGE_BYTES = 100 * 1024 * 1024
PATIENCE = 60  # seconds that a fault which never ends goes on


@dataclass(frozen=True)
class Request:
    method: str
    path: str  # with the query
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode(errors="replace"), keep_blank_values=True)


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Callback:
    """One message to the merchant's address, and what came of each time it was sent."""

    url: str
    name: str
    body: bytes
    headers: Mapping[str, str]
    sent: list[int] = field(default_factory=list)  # statuses; 0: no answer

    @property
    def delivered(self) -> bool:
        return any(200 <= status < 300 for status in self.sent)


class Simulator:
    """One provider. Subclasses say what its API answers, how it signs, and what its pages show."""

    title = ""
    retries: Sequence[float] = ()  # seconds after each failed sending
    callback_timeout = 5.0

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0, speed: float = 1, state: Path | None = None) -> None:
        self.speed, self.state_file = speed, state
        self._kept = ""
        self.lock = threading.RLock()
        self.faults: deque[str] = deque()
        self.callback_mode = "once"
        self.callbacks: list[Callback] = []
        self.requests: list[Request] = []
        self.closed = threading.Event()
        self._held: Callback | None = None
        self._due: list[tuple[float, int, Callback]] = []
        self._numbers = itertools.count()
        self._wake = threading.Condition(self.lock)
        self.server = ThreadingHTTPServer((host, port), handler(self))
        self.server.daemon_threads = True
        self.url = f"http://{host}:{self.server.server_address[1]}"

    # --- its life -----------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closed.set()
        with self._wake:
            self._wake.notify_all()
        self.server.shutdown()
        self.server.server_close()

    def run(self) -> None:
        self.start()
        with contextlib.suppress(KeyboardInterrupt):
            self.server.serve_forever()

    def start(self) -> None:
        threading.Thread(target=self._send_what_is_due, daemon=True).start()
        threading.Thread(target=self._tick, daemon=True).start()

    def _tick(self) -> None:
        while not self.closed.wait(0.2):
            with self.lock:
                self.pass_time(time.time())
                self._keep()

    def _keep(self) -> None:
        """What it knows survives a restart, where it was given a file."""
        if self.state_file is None or (text := json.dumps(self.dump())) == self._kept:
            return
        draft = self.state_file.with_suffix(".draft")
        draft.write_text(text)
        draft.replace(self.state_file)
        self._kept = text

    def remember(self) -> None:
        if self.state_file is not None and self.state_file.exists():
            with contextlib.suppress(ValueError, TypeError, KeyError):  # of an older version: it begins anew
                self.load(json.loads(self.state_file.read_text()))

    def pass_time(self, now: float) -> None:
        """What happens by itself, five times a second."""

    def dump(self) -> Any:
        raise NotImplementedError

    def load(self, kept: Any) -> None:
        raise NotImplementedError

    # --- what subclasses say --------------------------------------------------------------------------------------------

    def api(self, request: Request) -> Answer:
        raise NotImplementedError

    def error(self, status: int) -> Answer:
        """Its own words for a failure that a fault asks for."""
        raise NotImplementedError

    def wrong_types(self, answer: Answer) -> bytes:
        raise NotImplementedError

    def signed(self, body: bytes, *, secret: str | None = None) -> Mapping[str, str]:
        """The headers that prove a body is from this provider; with another `secret` they prove nothing."""
        raise NotImplementedError

    def signed_answer(self, answer: Answer, *, secret: str | None = None) -> Answer:
        return answer

    def page(self, request: Request) -> Answer:
        raise NotImplementedError

    def overview(self) -> str:
        raise NotImplementedError

    # --- callbacks ------------------------------------------------------------------------------------------------------

    def call_back(self, url: str, name: str, body: bytes) -> None:
        """Send a message as the mode says; it is retried until it is taken, as documented."""
        with self.lock:
            headers = dict(self.signed(body))
            match self.callback_mode:
                case "wrong-signature":
                    headers = dict(self.signed(body, secret=secrets.token_hex(16)))
                case "no-signature":
                    headers = {}
                case "tampered":
                    body = body.replace(b"declined", b"accepted").replace(b'"RED"', b'"GREEN"') + b" "
                case "never":
                    return
            callback = Callback(url, name, body, {"Content-Type": "application/json"} | headers)
            self.callbacks.append(callback)
            if self.callback_mode == "out-of-order" and self._held is None:
                self._held = callback
                return
            self._plan(callback, LATE_SECONDS / self.speed if self.callback_mode == "late" else 0)
            if self.callback_mode == "twice":
                self._plan(callback, 0)
            if self._held is not None:
                held, self._held = self._held, None
                self._plan(held, 0.3)

    def resend(self) -> None:
        """Everything once more, as a person can ask for in the provider's own back office."""
        with self.lock:
            for callback in list(self.callbacks):
                self._plan(callback, 0)

    def flush(self, seconds: float = 10) -> None:
        """Until every callback that is due has been sent."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self.lock:
                if all(callback.sent for callback in self.callbacks if callback is not self._held):
                    return
            time.sleep(0.01)
        raise TimeoutError("a callback was not sent in time")

    def _plan(self, callback: Callback, after: float) -> None:
        with self._wake:
            heapq.heappush(self._due, (time.monotonic() + after, next(self._numbers), callback))
            self._wake.notify()

    def _send_what_is_due(self) -> None:
        while not self.closed.is_set():
            with self._wake:
                wait = self._due[0][0] - time.monotonic() if self._due else 1
                if wait > 0:
                    self._wake.wait(wait)
                    continue
                callback = heapq.heappop(self._due)[2]
            threading.Thread(target=self.send, args=(callback,), daemon=True).start()

    def send(self, callback: Callback) -> None:
        status = post(callback.url, callback.body, callback.headers, timeout=self.callback_timeout)
        with self.lock:
            callback.sent.append(status)
            tries = len(callback.sent)
            if not 200 <= status < 300 and not callback.delivered and tries <= len(self.retries):
                self._plan(callback, self.retries[tries - 1] / self.speed)

    # --- faults and control -----------------------------------------------------------------------------------------------

    def next_fault(self) -> str:
        with self.lock:
            return self.faults.popleft() if self.faults else ""

    def control(self, request: Request) -> Answer:
        with self.lock:
            if request.method == "POST":
                asked = json.loads(request.body)
                unknown = [name for name in asked.get("faults", []) if name not in FAULTS]
                if unknown or asked.get("callbacks", "once") not in CALLBACKS:
                    return Answer(400, json.dumps({"faults": FAULTS, "callbacks": CALLBACKS}).encode())
                if "faults" in asked:
                    self.faults = deque(asked["faults"])
                self.callback_mode = asked.get("callbacks", self.callback_mode)
            state = {
                "faults": list(self.faults),
                "callbacks": self.callback_mode,
                "sent": [{"name": one.name, "to": one.url, "answers": one.sent} for one in self.callbacks],
            }
            return Answer(200, json.dumps(state, indent=1).encode(), {"Content-Type": "application/json"})

    def delivery_rows(self) -> str:
        """The last callbacks, for the overview."""
        rows = "".join(
            f"<tr><td>{html.escape(one.name)}<td>{html.escape(one.url)}<td>{html.escape(', '.join(str(status or 'no answer') for status in one.sent) or 'waits')}"
            for one in reversed(self.callbacks[-30:])
        )
        return f"<h2>Callbacks</h2><table><tr><th>Event<th>To<th>Answers{rows}</table>" if rows else ""


def post(url: str, body: bytes, headers: Mapping[str, str], *, timeout: float) -> int:
    """The status of the answer, or 0 where there is none in time. Redirects are not followed."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    try:
        connection.request("POST", parts.path or "/", body, dict(headers))
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


# --- the server -------------------------------------------------------------------------------------------------------------


def handler(simulator: Simulator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            self.handle_request()

        def do_POST(self) -> None:
            self.handle_request()

        def log_message(self, *_: Any) -> None:
            """Nowhere: what was sent and answered stands on the page."""

        def handle_request(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            request = Request(self.command, self.path, self.headers, self.rfile.read(length))
            route = urlsplit(self.path).path
            try:
                if route == "/simulator/":
                    return self.give(simulator.control(request))
                if route.startswith("/applicant/"):
                    return self.give(simulator.page(request))
                if route == "/" and self.command == "GET":
                    return self.give(shown(simulator.title, simulator.overview() + simulator.delivery_rows()))
                with simulator.lock:
                    simulator.requests.append(request)
                self.answer_api(request)
            except OSError:
                self.close_connection = True  # the other side has gone

        def answer_api(self, request: Request) -> None:
            fault = simulator.next_fault()
            if fault.isdigit():
                self.give(simulator.signed_answer(simulator.error(int(fault))))
            elif fault in ("silent", "drip", "drip-head"):
                self.stall(fault)
            elif fault == "redirect":
                self.give(Answer(307, b"", {"Location": "http://127.0.0.1:9/elsewhere"}))
            elif fault == "huge":
                self.stream(itertools.repeat(b" " * 65536, HUGE_BYTES // 65536))
            else:
                self.answer_wrongly(simulator.api(request), fault)

        def answer_wrongly(self, answer: Answer, fault: str) -> None:
            """The request was done; what becomes of its answer. Without a fault it is signed and given."""
            match fault:
                case "html":
                    self.give(Answer(200, b"<html><body>Service maintenance</body></html>", {"Content-Type": "text/html"}))
                case "empty":
                    self.give(Answer(200, b""))
                case "wrong-types":
                    self.give(simulator.signed_answer(Answer(answer.status, simulator.wrong_types(answer))))
                case "wrong-signature":
                    self.give(simulator.signed_answer(answer, secret=secrets.token_hex(16)))
                case "no-signature":
                    self.give(answer)
                case "lost":
                    self.close_connection = True
                case "cut":
                    self.close_connection = True
                    self.head(answer.status, {"Content-Length": str(len(answer.body))})
                    self.wfile.write(answer.body[: len(answer.body) // 2])
                case _:
                    if fault == "callback-first":
                        simulator.flush()
                    self.give(simulator.signed_answer(answer))

        def give(self, answer: Answer) -> None:
            self.head(answer.status, {"Content-Length": str(len(answer.body)), **answer.headers})
            self.wfile.write(answer.body)

        def head(self, status: int, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def stall(self, fault: str) -> None:
            self.close_connection = True
            if fault == "drip":
                self.head(200, {"Content-Type": "application/json", "Content-Length": "1000000"})
            if fault == "drip-head":
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            end = time.monotonic() + PATIENCE
            while time.monotonic() < end and not simulator.closed.wait(0.2):
                if fault == "drip":
                    self.wfile.write(b" ")
                if fault == "drip-head":
                    self.wfile.write(b"X-Slow: 1\r\n")
                self.wfile.flush()

        def stream(self, chunks: Iterator[bytes]) -> None:
            self.close_connection = True
            self.head(200, {"Content-Type": "application/json", "Connection": "close"})
            for chunk in chunks:
                self.wfile.write(chunk)

    return Handler


# --- pages ------------------------------------------------------------------------------------------------------------------

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1f2430;background:#fff}"
    "small,.note{color:#5b6270}fieldset{border:1px solid #d7dbe3;border-radius:8px;margin:1rem 0;padding:.75rem 1rem}"
    "button{font:inherit;padding:.45rem 1rem;border-radius:6px;border:1px solid #34495e;background:#34495e;color:#fff;margin:.25rem .5rem .25rem 0;cursor:pointer}"
    "button.quiet{background:#fff;color:#34495e}input,select{font:inherit;padding:.3rem;max-width:100%}label{display:block;margin:.35rem 0}label span{display:inline-block;min-width:10rem}"
    "table{border-collapse:collapse;width:100%;overflow-wrap:anywhere}td,th{text-align:left;padding:.3rem .5rem;border-bottom:1px solid #e4e7ed;vertical-align:top}"
    "@media(prefers-color-scheme:dark){body{background:#14171d;color:#e6e8ec}button.quiet{background:#14171d;color:#e6e8ec}small,.note{color:#a9b0bd}fieldset,td,th{border-color:#3a404c}a{color:#9db8ff}}"
)


LABELLED = {"dob": "Date of birth", "expiry_date": "Valid until"}


def shown(title: str, body: str, *, status: int = 200) -> Answer:
    """A page of the simulator; `body` is HTML."""
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style><h1>{html.escape(title)}</h1>"
        f'<p class="note">This is a simulator: nobody is checked, nothing is sent anywhere else.</p>{body}</html>'
    )
    return Answer(status, text.encode(), {"Content-Type": "text/html; charset=utf-8"})


def choice(name: str, options: Mapping[str, str], chosen: Callable[[str], bool] = lambda _: False) -> str:
    """Tick boxes, one for each option."""
    return "".join(
        f'<label><input type="checkbox" name="{name}" value="{html.escape(value)}"{" checked" if chosen(value) else ""}> '
        f"{html.escape(value)} <small>{html.escape(label)}</small></label>"
        for value, label in options.items()
    )
