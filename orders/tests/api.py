"""The API as a channel's app calls it: over HTTP, with a real key."""

import json
from itertools import count
from typing import Any

from django.test import Client
from django.utils import timezone

from orders.tests.factories import TESTS
from organisations.api_keys import create_key
from organisations.enums import Scope

_numbers = count(1)


class Channel:
    """One key and the requests that it sends. Every POST gets a new idempotency key, unless `key` names one."""

    def __init__(self, *scopes: str, is_test: bool = False, **fields: Any) -> None:
        self.key, self.secret = create_key(
            actor=TESTS, now=timezone.now(), name="App", scopes=scopes or list(Scope), is_test=is_test, **fields
        )
        self.http = Client(raise_request_exception=False)

    def get(self, path: str, **query: Any) -> Any:
        return self.http.get(f"/api/v1{path}", query, headers={"authorization": f"Bearer {self.secret}"})

    def post(self, path: str, body: Any, *, key: str | None = "") -> Any:
        headers = {"authorization": f"Bearer {self.secret}"}
        if key is not None:
            headers["idempotency-key"] = key or f"key-{next(_numbers)}"
        data = body if isinstance(body, (bytes, str)) else json.dumps(body)
        return self.http.post(f"/api/v1{path}", data, content_type="application/json", headers=headers)
