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
    """One key and the requests that it sends. Every POST gets a new idempotency key, unless `key` names one; `token` is of the client
    that has signed in."""

    def __init__(self, *scopes: str, is_test: bool = False, **fields: Any) -> None:
        self.key, self.secret = create_key(
            actor=TESTS, now=timezone.now(), name="App", scopes=scopes or list(Scope), is_test=is_test, **fields
        )
        self.http = Client(raise_request_exception=False)
        self.token = ""

    def get(self, path: str, **query: Any) -> Any:
        return self.http.get(f"/api/v1{path}", query, headers=self.headers())

    def post(self, path: str, body: Any, *, key: str | None = "") -> Any:
        more = {} if key is None else {"idempotency-key": key or f"key-{next(_numbers)}"}
        data = body if isinstance(body, (bytes, str)) else json.dumps(body)
        return self.http.post(f"/api/v1{path}", data, content_type="application/json", headers=self.headers(**more))

    def patch(self, path: str, body: Any) -> Any:
        return self.http.patch(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=self.headers())

    def delete(self, path: str) -> Any:
        return self.http.delete(f"/api/v1{path}", headers=self.headers())

    def headers(self, **more: str) -> dict[str, str]:
        token = {"x-client-token": self.token} if self.token else {}
        return {"authorization": f"Bearer {self.secret}", **token, **more}
