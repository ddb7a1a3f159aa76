"""Secrets that the house makes for itself: kept in ``home/secrets``, readable by us alone."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from app.core.settings import Settings


def house_secret(settings: Settings, name: str) -> bytes:
    """32 random bytes kept under a name; made at first use, the same ever after."""
    return kept_once(settings.home / "secrets" / name, lambda: secrets.token_bytes(32))


def kept_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """What the file holds; made at first use, the same ever after, whoever else starts too."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _create(path, make())
    return path.read_bytes()


def _create(path: Path, content: bytes) -> None:
    # Written aside and linked, so that a crash cannot leave half a secret that later reads trust.
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # somebody else was first; theirs is the one
            os.link(aside, path)
    finally:
        aside.unlink()
