"""The simulated providers themselves: what they refuse, how they call back and misbehave, and that a person can play the applicant."""

import base64
import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.conf import settings

from kyc.providers import provider
from kyc.tests.provider_fixtures import SECRET, shufti, sumsub
from simulators.shufti import Shufti, signature

__all__ = ["shufti", "sumsub"]
REFERENCE = "abc123abc123"


@pytest.fixture
def merchant():
    """A server that notes what it is sent and answers as it is told, 200 where nothing is said."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((body, dict(self.headers)))
            self.send_response(answers.popleft() if answers else 200)
            self.end_headers()

        def log_message(self, *_):
            pass

    heard, answers = [], deque()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    server.heard, server.answers, server.url = heard, answers, f"http://127.0.0.1:{server.server_address[1]}/hooks/"
    yield server
    server.shutdown()
    server.server_close()


def call(simulator_url, path, content, *, key=f"client:{SECRET}"):
    """(status, answer) of a request to Shufti Pro's API."""
    headers = {"Authorization": f"Basic {base64.b64encode(key.encode()).decode()}", "Content-Type": "application/json"}
    try:
        return 200, json.loads(opened(simulator_url + path, json.dumps(content).encode(), headers))
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def opened(url, content=None, headers=None):
    """What stands behind an address of a simulator's, after redirects."""
    with urllib.request.urlopen(urllib.request.Request(url, content, headers or {}), timeout=10) as answer:  # noqa: S310
        return answer.read().decode()


def wanted(merchant_url="http://127.0.0.1:9/hooks/", **more):
    return {"reference": REFERENCE, "callback_url": merchant_url, "document": {"supported_types": ["passport"]}} | more


def wait(condition, seconds=8):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


@pytest.mark.spec("KYC-05")
@pytest.mark.parametrize(
    ("change", "status", "key"),
    [
        ({"reference": "a-b-c-d"}, 400, "reference"), ({"reference": "abc"}, 400, "reference"), ({"callback_url": "https://evil.example/x"}, 400, "callback_url"),
        ({"country": "latvia"}, 400, "country"), ({"language": "lav"}, 400, "language"), ({"ttl": 0}, 400, "ttl"), ({"ttl": "60"}, 400, "ttl"),
        ({"show_consent": True}, 400, "show_consent"), ({"verification_mode": "live"}, 400, "verification_mode"), ({"surprise": 1}, 400, "surprise"),
        ({"document": []}, 400, "document"), ({"document": {"supported_types": ["library_card"]}}, 400, "supported_types"),
        ({"document": {"dob": "17.04.1990"}}, 400, "dob"), ({"document": {"name": "Jana"}}, 400, "name"),
    ],
)  # fmt: skip
def test_shufti_checks_each_field(shufti, change, status, key):
    code, answer = call(shufti.url, "/", wanted() | change)
    assert (code, answer["event"], answer["error"]["key"]) == (status, "request.invalid", key)
    assert not shufti.verifications


@pytest.mark.spec("KYC-05")
def test_shufti_answers_with_the_documented_codes(shufti):
    assert call(shufti.url, "/", wanted(), key="client:wrong")[0] == 401
    assert call(shufti.url, "/", {"callback_url": "http://localhost/"})[0] == 402
    assert call(shufti.url, "/", {"reference": REFERENCE, "callback_url": "http://localhost/"})[0] == 402
    assert call(shufti.url, "/nowhere", {})[0] == 404
    assert call(shufti.url, "/status", {"reference": "unknown1"})[0] == 404
    assert call(shufti.url, "/", wanted())[0] == 200
    assert call(shufti.url, "/", wanted())[0] == 409
    shufti.services = {"face"}
    assert call(shufti.url, "/", wanted(reference="another1"))[0] == 403


@pytest.mark.spec("KYC-05")
def test_callbacks_are_signed_and_sent_until_they_are_taken(shufti, merchant):
    merchant.answers.extend([500, 302, 404])
    call(shufti.url, "/", wanted(merchant.url))
    wait(lambda: len(merchant.heard) == 4)
    time.sleep(0.4)
    assert len(merchant.heard) == 4
    for body, headers in merchant.heard:
        assert headers["Signature"] == signature(body, SECRET)
    assert shufti.callbacks[0].sent == [500, 302, 404, 200]
    merchant.answers.extend([500] * 50)
    shufti.play(REFERENCE, "accept")
    wait(lambda: len(shufti.callbacks[1].sent) == 10)  # ten in all, then it gives up
    time.sleep(0.4)
    assert len(shufti.callbacks[1].sent) == 10


@pytest.mark.parametrize("mode", ["twice", "out-of-order", "wrong-signature", "no-signature", "tampered", "never", "late"])
def test_callbacks_misbehave_as_told(shufti, merchant, mode):
    call(shufti.url, "/", wanted(merchant.url))
    wait(lambda: len(merchant.heard) == 1)
    assert json.loads(opened(shufti.url + "/simulator/", json.dumps({"callbacks": mode}).encode()))["callbacks"] == mode
    shufti.play(REFERENCE, "hold")
    shufti.play(REFERENCE, "decline")
    expected = {"twice": 5, "never": 1}.get(mode, 3)
    if mode == "never":
        time.sleep(0.5)
    wait(lambda: len(merchant.heard) == expected)
    said = [json.loads(body)["event"] for body, _headers in merchant.heard[1:]]
    holds = [headers.get("Signature") == signature(body, SECRET) for body, headers in merchant.heard[1:]]
    if mode == "out-of-order":
        assert said == ["verification.declined", "review.pending"]
    if mode == "tampered":
        assert "verification.accepted" in said
    assert all(holds) is (mode in ("twice", "out-of-order", "never", "late"))


@pytest.mark.spec("KYC-05")
@pytest.mark.parametrize("name", ["shufti", "sumsub"])
def test_a_person_plays_the_applicant(name, request, merchant):
    simulator = request.getfixturevalue(name)
    if name == "shufti":
        call(simulator.url, "/", wanted(merchant.url))
        page = f"{simulator.url}/applicant/{simulator.verifications[REFERENCE].token}/"
    else:
        simulator.hook_url = merchant.url
        answer = provider("sumsub")._ask(
            "POST", "/resources/sdkIntegrations/levels/-/websdkLink", {"levelName": "basic-kyc-level", "userId": REFERENCE}
        )
        page = answer.json()["url"]
    assert "simulator" in opened(page)
    form = {"what": "accept", "first_name": "<b>Ļubova</b>", "last_name": "Ķirse", "dob": "1981-02-03", "document_number": "X1"}
    after = opened(page, urllib.parse.urlencode(form).encode())
    assert "<b>Ļubova" not in after
    snapshot = provider(name).fetch(REFERENCE)
    assert snapshot.result == "accepted"
    assert any("Ļubova" in finding.value for finding in snapshot.findings)
    wait(lambda: any(b"accepted" in body or b"GREEN" in body for body, _headers in merchant.heard))
    assert REFERENCE in opened(simulator.url + "/")


@pytest.mark.spec("KYC-05")
def test_it_runs_by_itself_and_remembers(tmp_path):
    kept = tmp_path / "state.json"
    command = [sys.executable, "-m", "simulators.shufti", "--port", "0", "--client-id", "client", "--secret", SECRET, "--state", str(kept)]
    for expected in (200, 409):
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=os.environ, stdout=subprocess.PIPE, text=True)
        try:
            url = process.stdout.readline().split(": ")[1].strip()
            assert call(url, "/", wanted())[0] == expected
            wait(kept.exists)
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()


def test_time_runs_out_by_itself():
    with Shufti(client_id="client", secret=SECRET) as simulator:
        call(simulator.url, "/", wanted(ttl=1))
        simulator.verifications[REFERENCE].ends_at = time.time()
        wait(lambda: simulator.verifications[REFERENCE].event == "request.timeout")
