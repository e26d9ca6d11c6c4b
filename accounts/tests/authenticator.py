"""An authenticator made of software: answers a browser's questions about passkeys as a device would."""

import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import sha256, websafe_decode, websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

ORIGIN = "http://localhost:8000"
FLAG = AuthenticatorData.FLAG


class Device:
    """One key. `counter` grows with every use, as a security key's does; `verifies` says whether it asks for a PIN or a finger."""

    def __init__(self, *, rp_id: str = "localhost", verifies: bool = True) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)
        self.rp_id, self.verifies, self.counter = rp_id, verifies, 0
        self.handle = b""

    def register(self, options: Any, *, origin: str = ORIGIN) -> dict[str, Any]:
        public = _plain(options)["publicKey"]
        self.handle = websafe_decode(public["user"]["id"])
        credential = AttestedCredentialData.create(Aaguid.NONE, self.id, ES256.from_cryptography_key(self.key.public_key()))
        flags = FLAG.UP | FLAG.AT | (FLAG.UV if self.verifies else FLAG(0))
        data = AuthenticatorData.create(sha256(self.rp_id.encode()), flags, self.counter, credential)
        response = {
            "clientDataJSON": websafe_encode(_client_data("webauthn.create", public["challenge"], origin)),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        }
        return self._answer(response) | {"clientExtensionResults": {"credProps": {"rk": True}}}

    def sign(self, options: Any, *, origin: str = ORIGIN) -> dict[str, Any]:
        challenge = _plain(options)["publicKey"]["challenge"]
        self.counter += 1
        flags = FLAG.UP | (FLAG.UV if self.verifies else FLAG(0))
        data = AuthenticatorData.create(sha256(self.rp_id.encode()), flags, self.counter)
        client_data = _client_data("webauthn.get", challenge, origin)
        signature = self.key.sign(bytes(data) + sha256(client_data), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": websafe_encode(client_data),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
            "userHandle": websafe_encode(self.handle),
        }
        return self._answer(response) | {"clientExtensionResults": {}}

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        own = websafe_encode(self.id)
        return {"id": own, "rawId": own, "type": "public-key", "response": response}


def _client_data(kind: str, challenge: str, origin: str) -> bytes:
    return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()


def _plain(options: Any) -> Any:
    """As the page's JSON carries them."""
    return json.loads(json.dumps(options, default=dict))
