"""Passwords, API keys and session tokens: made, hashed, compared.

Passwords are hashed with Argon2id (RFC 9106, second recommended option). Keys and tokens carry
256 random bits, so a plain SHA-256 of them is enough to store.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

PASSWORD_MIN_LENGTH: Final = 12  # NIST SP 800-63B asks for at least 8 and no composition rules
PASSWORD_MAX_LENGTH: Final = 1024
_KEY_MARK: Final = "csk"
_PREFIX_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret that is shown once: ``text`` for the holder, ``digest`` for the table."""

    text: str
    prefix: str
    digest: bytes


def hash_password(password: str) -> str:
    """The PHC string of a password; takes tens of milliseconds on purpose."""
    kdf = Argon2id(salt=os.urandom(16), length=32, iterations=3, lanes=4, memory_cost=64 * 1024)
    return kdf.derive_phc_encoded(password.encode())


def password_fits(password: str, phc: str) -> bool:
    """Whether the password is the one that was hashed."""
    try:
        Argon2id.verify_phc_encoded(password.encode(), phc)
    except InvalidKey:
        return False
    return True


def new_api_key() -> NewSecret:
    """``csk_<prefix>_<secret>``; the mark lets secret scanners recognise a leaked key."""
    prefix = secrets.token_hex(_PREFIX_LENGTH // 2)
    text = f"{_KEY_MARK}_{prefix}_{secrets.token_urlsafe(32)}"
    return NewSecret(text, prefix, digest_of(text))


def api_key_prefix(text: str) -> str | None:
    """The prefix by which a presented key is found, or None if it is no key of ours."""
    parts = text.split("_", 2)
    if len(parts) != 3 or parts[0] != _KEY_MARK or len(parts[1]) != _PREFIX_LENGTH:
        return None
    return parts[1]


def new_session_token() -> NewSecret:
    """A token for the session cookie."""
    text = secrets.token_urlsafe(32)
    return NewSecret(text, "", digest_of(text))


def digest_of(text: str) -> bytes:
    """What is stored of a key or token."""
    return hashlib.sha256(text.encode()).digest()


def same_digest(text: str, digest: bytes) -> bool:
    """Comparison in constant time."""
    return hmac.compare_digest(digest_of(text), digest)
