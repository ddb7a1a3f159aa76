"""A mark against an uploader under the repeat-infringer policy, 17 U.S.C. 512(i)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from licensing.lifecycle import Lifecycle


class StrikeState(StrEnum):
    PROVISIONAL = "provisional"
    ACTIVE = "active"
    EXPIRED = "expired"
    VOID = "void"


class StrikeCommand(StrEnum):
    CONFIRM = "confirm"
    EXPIRE = "expire"
    ANNUL = "annul"


_S, _C = StrikeState, StrikeCommand

STRIKE: Final = Lifecycle(
    name="strike",
    states=StrikeState,
    initial=_S.PROVISIONAL,
    terminal=frozenset({_S.EXPIRED, _S.VOID}),
    transitions={
        (_S.PROVISIONAL, _C.CONFIRM): _S.ACTIVE,
        (_S.PROVISIONAL, _C.ANNUL): _S.VOID,
        (_S.ACTIVE, _C.EXPIRE): _S.EXPIRED,
        (_S.ACTIVE, _C.ANNUL): _S.VOID,
    },
)
