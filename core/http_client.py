"""One request to a provider's server, bounded in time and size; without redirects (one would carry our key along), proxies or a pool.

On the standard library's connection, because a deadline over the whole exchange (also of a server that drips its headers) has
to cut the socket, which clients built on it don't hand out.
"""

import contextlib
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

LARGEST = 1024 * 1024  # bytes of an answer; a result has a few kB


class NoAnswer(Exception):
    """Nothing usable came back in time; the message says what was wrong, without content."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case

    def json(self) -> dict[str, Any]:
        """The body as an object. Raises NoAnswer for anything else."""
        try:
            content = json.loads(self.body)
        except (ValueError, RecursionError):
            raise NoAnswer(_("the answer is not JSON")) from None
        if not isinstance(content, dict):
            raise NoAnswer(_("the answer is not a JSON object"))
        return content


def ask(method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str], seconds: float) -> Answer:
    """Send it and read all of the answer, in so many seconds. Raises NoAnswer; a status of any kind is an answer."""
    connection = _connection(url, seconds)
    late = threading.Event()

    def cut() -> None:
        late.set()
        if line is not None:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)  # wakes a read that waits; closing alone would not

    line: socket.socket | None = None
    deadline = threading.Timer(seconds, cut)
    deadline.daemon = True
    deadline.start()
    try:
        connection.connect()
        line = connection.sock
        parts = urlsplit(url)
        connection.request(method, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body or None, dict(headers))
        response = connection.getresponse()
        content = response.read(LARGEST + 1)
        if late.is_set():
            raise TimeoutError
        if len(content) > LARGEST:
            raise NoAnswer(_("the answer is too large"))
        if response.length:
            raise NoAnswer(_("the answer was cut off"))
        return Answer(response.status, content, {name.lower(): value for name, value in response.getheaders()})
    except (OSError, http.client.HTTPException, ValueError) as error:
        if late.is_set() or isinstance(error, TimeoutError):
            raise NoAnswer(_("no whole answer within %(seconds)s seconds") % {"seconds": seconds}) from None
        raise NoAnswer(_("it can't be reached (%(why)s)") % {"why": type(error).__name__}) from None
    finally:
        deadline.cancel()
        connection.close()


def _connection(url: str, seconds: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=seconds, context=ssl.create_default_context())
    if parts.scheme == "http" and parts.hostname:
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=seconds)
    raise NoAnswer(_("the provider's address is not set"))
