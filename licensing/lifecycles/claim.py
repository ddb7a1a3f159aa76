"""A rights claim on a track (block, hold or track), before anybody files a notice.

Claim, takedown and strike are three things: a claim gives no strike and is settled between the
parties, with silence of the claimant freeing the track.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from licensing.lifecycle import Lifecycle


class ClaimState(StrEnum):
    ACTIVE = "active"
    DISPUTED = "disputed"
    REINSTATED = "reinstated"
    APPEALED = "appealed"
    RELEASED = "released"
    EXPIRED = "expired"
    TAKEDOWN_REQUESTED = "takedown_requested"


class ClaimCommand(StrEnum):
    DISPUTE = "dispute"
    REINSTATE = "reinstate"
    APPEAL = "appeal"
    RELEASE = "release"
    EXPIRE = "expire"
    REQUEST_TAKEDOWN = "request_takedown"


_S, _C = ClaimState, ClaimCommand

CLAIM: Final = Lifecycle(
    name="claim",
    states=ClaimState,
    initial=_S.ACTIVE,
    terminal=frozenset({_S.RELEASED, _S.EXPIRED, _S.TAKEDOWN_REQUESTED}),
    transitions={
        (_S.ACTIVE, _C.DISPUTE): _S.DISPUTED,
        (_S.ACTIVE, _C.APPEAL): _S.APPEALED,  # a claim that blocks need not be disputed first
        (_S.ACTIVE, _C.RELEASE): _S.RELEASED,
        (_S.DISPUTED, _C.REINSTATE): _S.REINSTATED,
        (_S.DISPUTED, _C.RELEASE): _S.RELEASED,
        (_S.DISPUTED, _C.EXPIRE): _S.EXPIRED,
        (_S.REINSTATED, _C.APPEAL): _S.APPEALED,
        (_S.REINSTATED, _C.RELEASE): _S.RELEASED,
        (_S.APPEALED, _C.RELEASE): _S.RELEASED,
        (_S.APPEALED, _C.EXPIRE): _S.EXPIRED,
        (_S.APPEALED, _C.REQUEST_TAKEDOWN): _S.TAKEDOWN_REQUESTED,
    },
)
