"""The life of a track, from the first upload to the countersignature, as one table of data."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from licensing.lifecycle import Lifecycle


class TrackState(StrEnum):
    OPEN = "open"
    VERIFIED = "verified"
    SCREENING = "screening"
    CLEARED = "cleared"
    IN_REVIEW = "in_review"
    BLOCKED = "blocked"
    REFUSED = "refused"
    COUNTERSIGNED = "countersigned"


class TrackCommand(StrEnum):
    VERIFY = "verify"
    SCREEN = "screen"
    CLEAR = "clear"
    SEND_TO_REVIEW = "send-to-review"
    BLOCK = "block"
    REFUSE = "refuse"
    REOPEN = "reopen"
    COUNTERSIGN = "countersign"


_S, _C = TrackState, TrackCommand

TRACK: Final = Lifecycle(
    name="track",
    states=TrackState,
    initial=_S.OPEN,
    terminal=frozenset({_S.COUNTERSIGNED}),
    transitions={
        (_S.OPEN, _C.VERIFY): _S.VERIFIED,
        (_S.VERIFIED, _C.SCREEN): _S.SCREENING,
        (_S.SCREENING, _C.CLEAR): _S.CLEARED,
        (_S.SCREENING, _C.SEND_TO_REVIEW): _S.IN_REVIEW,
        (_S.SCREENING, _C.BLOCK): _S.BLOCKED,
        # Audio that cannot be screened: the creator replaces the file and submits anew.
        (_S.SCREENING, _C.REFUSE): _S.REFUSED,
        (_S.REFUSED, _C.REOPEN): _S.OPEN,
        (_S.IN_REVIEW, _C.CLEAR): _S.CLEARED,
        (_S.IN_REVIEW, _C.BLOCK): _S.BLOCKED,
        # What a machine blocked, a person may clear.
        (_S.BLOCKED, _C.CLEAR): _S.CLEARED,
        (_S.CLEARED, _C.COUNTERSIGN): _S.COUNTERSIGNED,
    },
)
