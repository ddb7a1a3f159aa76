"""Secrets that the house makes for itself: kept in ``home/secrets``, readable by us alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from app.core.settings import Settings


def house_secret(settings: Settings, name: str) -> bytes:
    """32 random bytes kept under a name; made at first use, the same ever after."""
    path = settings.home / "secrets" / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        return _create(path)
    except FileExistsError:
        return path.read_bytes()


def _create(path: Path) -> bytes:
    # Written aside and linked, so that a crash cannot leave half a secret that later reads trust.
    secret = secrets.token_bytes(32)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        os.link(aside, path)
    finally:
        aside.unlink()
    return secret
