"""Earnings of a track kept back while a case about it is open."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from licensing.lifecycle import Lifecycle


class HoldState(StrEnum):
    HELD = "held"
    RELEASED = "released"
    FORFEITED = "forfeited"


class HoldCommand(StrEnum):
    RELEASE = "release"
    FORFEIT = "forfeit"


_S, _C = HoldState, HoldCommand

HOLD: Final = Lifecycle(
    name="hold",
    states=HoldState,
    initial=_S.HELD,
    terminal=frozenset({_S.RELEASED, _S.FORFEITED}),
    transitions={
        (_S.HELD, _C.RELEASE): _S.RELEASED,
        (_S.HELD, _C.FORFEIT): _S.FORFEITED,
    },
)
