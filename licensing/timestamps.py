"""Points in time as values that leave this library: aware, and written one way."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from licensing.errors import NaiveTimestamp

_RFC3339_UTC: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)


def require_aware(at: datetime) -> datetime:
    """``at`` itself. Raises NaiveTimestamp where it has no time zone."""
    if at.utcoffset() is None:
        raise NaiveTimestamp(at.isoformat())
    return at


def rfc3339(at: datetime) -> str:
    """``2026-11-20T14:05:09Z``: UTC, whole seconds, so that one moment has one spelling."""
    return require_aware(at).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_rfc3339(text: str) -> datetime:
    """Read what ``rfc3339`` writes. Raises NaiveTimestamp for anything that is not UTC with a Z."""
    if not _RFC3339_UTC.fullmatch(text):
        raise NaiveTimestamp(text)
    return datetime.fromisoformat(text)
