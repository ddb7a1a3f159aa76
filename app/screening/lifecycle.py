"""The lives of a screening and of a track's place in the catalogue corpus, as tables of data."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from licensing.lifecycle import Lifecycle


class Occasion(StrEnum):
    """Why a track is screened: it was submitted, what we compare with has grown, its creator asked
    for a person's look at it, or the key that signed its statement was compromised."""

    SUBMISSION = "submission"
    CORPUS_GROWTH = "corpus-growth"
    REQUEST = "request"
    KEY_REVOKED = "key-revoked"

    @property
    def may_take_down(self) -> bool:
        """Whether a reviewer who upholds what was found takes an accepted track off the market."""
        return self in {Occasion.CORPUS_GROWTH, Occasion.KEY_REVOKED}


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


class EntryState(StrEnum):
    ADDING = "adding"
    PRESENT = "present"
    REMOVING = "removing"
    ABSENT = "absent"


class EntryCommand(StrEnum):
    ADMIT = "admit"
    EXPEL = "expel"
    CONFIRM = "confirm"
    REBUILD = "rebuild"


_E, _D = EntryState, EntryCommand

ENTRY: Final = Lifecycle(
    name="catalogue entry",
    states=EntryState,
    initial=_E.ADDING,
    # A track that was taken down may come back, and so on: nothing here is for ever.
    terminal=frozenset(),
    transitions={
        (_E.ADDING, _D.CONFIRM): _E.PRESENT,
        (_E.ADDING, _D.EXPEL): _E.REMOVING,
        (_E.PRESENT, _D.EXPEL): _E.REMOVING,
        # The index was lost or is of another version.
        (_E.PRESENT, _D.REBUILD): _E.ADDING,
        (_E.REMOVING, _D.CONFIRM): _E.ABSENT,
        (_E.REMOVING, _D.ADMIT): _E.ADDING,
        (_E.ABSENT, _D.ADMIT): _E.ADDING,
        # Work for an earlier turn ended late and may have put it back.
        (_E.ABSENT, _D.EXPEL): _E.REMOVING,
    },
)


class GrowthState(StrEnum):
    """How far the search for what a grown corpus brought has come."""

    RUNNING = "running"
    FINISHED = "finished"
