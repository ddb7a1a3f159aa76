"""Signatures as others compute them, and secrets that only we can read."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from app.core.webhooks import signing
from app.core.webhooks.sealing import SecretSeal, SecretUnreadable
from tests.conftest import START

SECRET = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


def test_the_published_example_of_the_specification() -> None:
    # From the reference libraries' tests (github.com/standard-webhooks/standard-webhooks).
    signed = signing.signature(
        SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_can_check_the_headers() -> None:
    secret = signing.new_secret()
    assert 24 <= len(secret) <= 64
    text = signing.secret_text(secret)
    assert text.startswith("whsec_")
    sent = signing.headers(secret, "msg_1", START, b"{}")
    content = f"{sent['webhook-id']}.{sent['webhook-timestamp']}.".encode() + b"{}"
    key = base64.b64decode(text.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    assert sent["webhook-signature"] == f"v1,{expected}"
    assert sent["webhook-timestamp"] == str(int(START.timestamp()))


def test_a_sealed_secret_opens_under_its_key_and_for_its_endpoint_only() -> None:
    seal = SecretSeal(b"house")
    sealed = seal.seal(SECRET, "hks_1")
    assert SECRET not in sealed
    assert seal.seal(SECRET, "hks_1") != sealed
    assert SecretSeal(b"house").open(sealed, "hks_1") == SECRET
    for other, endpoint_id in ((SecretSeal(b"other"), "hks_1"), (seal, "hks_2")):
        with pytest.raises(SecretUnreadable):
            other.open(sealed, endpoint_id)
