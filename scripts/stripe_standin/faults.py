"""Errors as Stripe answers them, and faults that tests order in advance."""

from __future__ import annotations

import threading
from collections import deque
from enum import StrEnum
from typing import Any


class StripeFault(Exception):  # Stripe calls them errors of types
    """An error answer: ``{"error": {...}}`` with a status."""

    def __init__(self, status: int, kind: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.status = status
        self.error: dict[str, Any] = {"type": kind, "message": message, **details}

    @property
    def executed(self) -> bool:
        """Whether the call had begun to take effect; such answers are replayed under their key."""
        return self.status in {402, 500}


def invalid(message: str, *, code: str | None = None, param: str | None = None) -> StripeFault:
    """400: the request itself is wrong."""
    details = {"code": code, "param": param}
    return StripeFault(
        400, "invalid_request_error", message, **{k: v for k, v in details.items() if v}
    )


def missing(kind: str, object_id: str) -> StripeFault:
    """404: no such object."""
    message = f"No such {kind}: '{object_id}'"
    return StripeFault(404, "invalid_request_error", message, code="resource_missing", param="id")


class OrderedFault(StrEnum):
    """What the next call shall suffer."""

    SERVER_ERROR = "server_error"
    CONFLICT = "conflict"
    RATE_LIMIT = "rate_limit"
    LOST_REQUEST = "lost_request"
    """The connection breaks before the call takes effect."""
    LOST_ANSWER = "lost_answer"
    """The call takes effect, and the connection breaks before its answer."""


class FaultQueue:
    """Faults for the coming calls, first ordered first served."""

    def __init__(self) -> None:
        self._queue: deque[OrderedFault] = deque()
        self._lock = threading.Lock()

    def order(self, fault: OrderedFault, times: int) -> None:
        with self._lock:
            self._queue.extend([fault] * times)

    def next(self) -> OrderedFault | None:
        with self._lock:
            return self._queue.popleft() if self._queue else None
