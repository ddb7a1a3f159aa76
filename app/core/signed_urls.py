"""Signed, expiring URLs for stores that cannot presign: HMAC-SHA-256 over path and expiry."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import urlencode

from app.core.errors import Forbidden, Gone


class SignatureInvalid(Forbidden):
    """The signature of a signed URL does not fit its path and expiry."""

    slug = "url-signature-invalid"
    title = "This link was altered"


class UrlExpired(Gone):
    """The link was good once."""

    slug = "url-expired"
    title = "This link has expired"


class UrlSigner:
    """Signs paths of ours with the house's URL secret."""

    def __init__(self, secret: bytes, base_url: str) -> None:
        self._secret = secret
        self._base_url = base_url.rstrip("/")

    def sign(self, path: str, expires_at: datetime) -> str:
        """An absolute URL that is good until ``expires_at`` (whole seconds)."""
        expires = int(expires_at.timestamp())
        query = urlencode({"expires": expires, "signature": self._signature(path, expires)})
        return f"{self._base_url}{path}?{query}"

    def check(self, path: str, expires: int, signature: str, now: datetime) -> None:
        """
        Raises:
            SignatureInvalid: path, expiry or signature was altered.
            UrlExpired: the link is too old.
        """
        if not hmac.compare_digest(signature.encode(), self._signature(path, expires).encode()):
            raise SignatureInvalid("Ask for a new link instead of changing this one.")
        if now > datetime.fromtimestamp(expires, UTC):
            raise UrlExpired("Ask for a new link; the file itself is still there.")

    def _signature(self, path: str, expires: int) -> str:
        return hmac.new(self._secret, f"{path}\n{expires}".encode(), hashlib.sha256).hexdigest()
