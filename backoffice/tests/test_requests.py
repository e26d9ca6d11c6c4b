"""What surrounds every request: addresses, ids, headers, logs (OPS-02, U12, A6)."""

import io
import ipaddress
import json
import logging

import pytest
import structlog
from django.conf import settings
from django.http import HttpResponse

from backoffice.hosts import is_private
from backoffice.middleware import RequestContext, client_address, is_trusted
from backoffice.stack.environment import BASE_DIR
from core import context
from simulators.authenticator import code

pytestmark = pytest.mark.django_db


@pytest.fixture
def log_lines():
    """Every line that the real handler writes, parsed."""
    stream = io.StringIO()
    ours = next(one for one in logging.getLogger().handlers if getattr(one, "name", None) == "stdout")
    before = ours.setStream(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    ours.setStream(before)


@pytest.mark.spec("OPS-02")
def test_a_well_formed_request_id_is_kept_and_any_other_replaced(client):
    assert client.get("/healthz/live", headers={"x-request-id": "abcDEF-12345.6"})["X-Request-ID"] == "abcDEF-12345.6"
    for bad in ("short", "a" * 65, "line\nbreak-12345", "semi;colon-12345", "ünïcode-12345", ""):
        answer = client.get("/healthz/live", headers={"x-request-id": bad})["X-Request-ID"]
        assert answer != bad
        assert len(answer) == 36


@pytest.mark.spec("OPS-02")
def test_the_log_line_carries_the_request_id_and_no_query(client, log_lines):
    client.get("/healthz/live?name=Jane+Doe", headers={"x-request-id": "request-0001"})
    (line,) = [line for line in log_lines() if line["event"] == "request_finished"]
    assert line["request_id"] == "request-0001"
    assert line["request"] == "GET /healthz/live"
    assert "Jane" not in json.dumps(line)


@pytest.mark.spec("OPS-02", "AUD-05")
def test_secrets_are_taken_out_of_log_lines(log_lines):
    structlog.get_logger().warning(
        "something",
        password="hunter2-hunter2",
        nested={"api_key": "hunter2-hunter2", "plain": "kept"},
        url="postgres://app:hunter2-hunter2@db/one",
        header="Authorization: Bearer hunter2-hunter2",
        path="/accounts/password/reset/key/hunter2-hunter2/",
    )
    logging.getLogger("some.library").error("connecting to redis://:%s@host", "hunter2-hunter2")
    text = json.dumps(log_lines())
    assert "kept" in text
    assert "hunter2" not in text
    assert len(log_lines()) == 2


@pytest.mark.spec("OPS-02")
def test_forwarded_addresses_count_only_from_trusted_proxies():
    proxies = [ipaddress.ip_network("10.0.0.0/8")]
    assert client_address("203.0.113.9", "198.51.100.1", proxies) == "203.0.113.9"
    assert client_address("10.0.0.1", "198.51.100.1", proxies) == "198.51.100.1"
    assert client_address("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.2", proxies) == "198.51.100.1"
    assert client_address("10.0.0.1", "rubbish", proxies) == "10.0.0.1"
    assert not is_trusted("", proxies)


@pytest.mark.spec("OPS-02", "ACC-05")
def test_a_stranger_cannot_choose_its_address_or_scheme(client, rf):
    seen = {}

    def view(request):
        seen.update(address=request.META["REMOTE_ADDR"], context=context.client_address.get(), secure=request.is_secure())
        return HttpResponse()

    layer = RequestContext(view)
    request = rf.get("/", REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR="127.0.0.1", HTTP_X_FORWARDED_PROTO="https")
    request.resolver_match = None
    layer(request)
    assert seen == {"address": "203.0.113.9", "context": "203.0.113.9", "secure": False}
    assert context.client_address.get() == ""


def test_the_security_headers(client):
    response = client.get("/healthz/live")
    policy = {part.split()[0]: part.split()[1:] for part in response["Content-Security-Policy"].split(";")}
    assert policy["default-src"] == ["'self'"]
    assert policy["img-src"] == ["'self'", "data:"]
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "192.168.1.4", "10.1.2.3", "web", "demo.localhost", "a.internal"])
def test_demo_hosts(host):
    assert is_private(host)


@pytest.mark.parametrize("host", ["backoffice.example", "*", "", "0.0.0.0", "8.8.8.8", ".example.org", "localhost.example.org"])  # noqa: S104
def test_public_hosts(host):
    assert not is_private(host)


def test_static_files_directory():
    assert BASE_DIR / "static" in settings.STATICFILES_DIRS


def test_the_authenticator_shows_what_the_standard_says():
    # RFC 6238, appendix B: the secret "12345678901234567890" at 59 seconds, six digits of 94287082.
    assert code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 59) == "287082"
