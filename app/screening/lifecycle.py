"""The life of one screening, as one table of data."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from licensing.lifecycle import Lifecycle


class ScreeningState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    CLEARED = "cleared"
    IN_REVIEW = "in_review"
    BLOCKED = "blocked"
    UPHELD = "upheld"
    FAILED = "failed"
    STALLED = "stalled"


class ScreeningCommand(StrEnum):
    START = "start"
    CLEAR = "clear"
    SEND_TO_REVIEW = "send-to-review"
    BLOCK = "block"
    FAIL = "fail"
    STALL = "stall"
    RETRY = "retry"
    UPHOLD = "uphold"


_S, _C = ScreeningState, ScreeningCommand

SCREENING: Final = Lifecycle(
    name="screening",
    states=ScreeningState,
    initial=_S.QUEUED,
    terminal=frozenset({_S.CLEARED, _S.UPHELD, _S.FAILED}),
    transitions={
        (_S.QUEUED, _C.START): _S.RUNNING,
        (_S.RUNNING, _C.CLEAR): _S.CLEARED,
        (_S.RUNNING, _C.SEND_TO_REVIEW): _S.IN_REVIEW,
        (_S.RUNNING, _C.BLOCK): _S.BLOCKED,
        # The file is at fault: the creator uploads another one.
        (_S.RUNNING, _C.FAIL): _S.FAILED,
        # We are at fault (no corpus, a missing library): tried again without anybody's doing.
        (_S.RUNNING, _C.STALL): _S.STALLED,
        (_S.STALLED, _C.RETRY): _S.QUEUED,
        (_S.IN_REVIEW, _C.CLEAR): _S.CLEARED,
        (_S.IN_REVIEW, _C.UPHOLD): _S.UPHELD,
        (_S.BLOCKED, _C.CLEAR): _S.CLEARED,
        (_S.BLOCKED, _C.UPHOLD): _S.UPHELD,
    },
)
