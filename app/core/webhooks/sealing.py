"""Signing secrets at rest: encrypted, so that who reads the database cannot sign in our name."""

from __future__ import annotations

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.core.errors import ServiceError
from app.core.secrets import house_secret
from app.core.settings import Settings

_NONCE_BYTES: Final = 12
_PURPOSE: Final = b"countersign webhook endpoint secrets v1"


class SecretUnreadable(ServiceError):
    """The secret was sealed under another key: ``COUNTERSIGN_SECRET`` was changed."""

    slug = "webhook-secret-unreadable"
    title = "The endpoint's secret cannot be read"


class SecretSeal:
    """AES-256-GCM under a key derived from the house's secret; bound to the endpoint's id."""

    def __init__(self, house: bytes) -> None:
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(house)
        self._cipher = AESGCM(key)

    @classmethod
    def of(cls, settings: Settings) -> SecretSeal:
        return cls(settings.secret.encode() or house_secret(settings, "webhooks.key"))

    def seal(self, secret: bytes, endpoint_id: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, endpoint_id.encode())

    def open(self, sealed: bytes, endpoint_id: str) -> bytes:
        """
        Raises:
            SecretUnreadable: it was sealed under another key, or for another endpoint.
        """
        nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, text, endpoint_id.encode())
        except InvalidTag as error:
            raise SecretUnreadable(
                "Set COUNTERSIGN_SECRET back to what it was, or register the endpoint anew."
            ) from error
