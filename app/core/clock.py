"""Time is passed in. Everything that needs "now" is given a Clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where "now" comes from; always timezone-aware UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class TestClock:
    """A clock that can be moved forward, for sandboxes and tests.

    Runs from ``start`` (default: the real time) and only ever forward, so that no recorded event
    can come after a later one.
    """

    __test__ = False  # pytest: this is no test case

    def __init__(self, *, frozen_at: datetime | None = None) -> None:
        self._frozen_at = frozen_at
        self._offset = timedelta()

    def now(self) -> datetime:
        return (self._frozen_at or datetime.now(UTC)) + self._offset

    def advance(self, by: timedelta) -> datetime:
        """Move forward.

        Raises:
            ValueError: ``by`` is negative.
        """
        if by < timedelta():
            raise ValueError("a clock only moves forward")
        self._offset += by
        return self.now()
