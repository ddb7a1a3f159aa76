"""A licence that a buyer holds."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from licensing.lifecycle import Lifecycle


class GrantState(StrEnum):
    ISSUED = "issued"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"


class GrantCommand(StrEnum):
    ACTIVATE = "activate"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    REVOKE = "revoke"
    EXPIRE = "expire"


_S, _C = GrantState, GrantCommand

GRANT: Final = Lifecycle(
    name="licence grant",
    states=GrantState,
    initial=_S.ISSUED,
    terminal=frozenset({_S.REVOKED, _S.EXPIRED}),
    transitions={
        (_S.ISSUED, _C.ACTIVATE): _S.ACTIVE,
        (_S.ISSUED, _C.REVOKE): _S.REVOKED,
        (_S.ACTIVE, _C.SUSPEND): _S.SUSPENDED,
        (_S.ACTIVE, _C.REVOKE): _S.REVOKED,
        (_S.ACTIVE, _C.EXPIRE): _S.EXPIRED,
        (_S.SUSPENDED, _C.REINSTATE): _S.ACTIVE,
        (_S.SUSPENDED, _C.REVOKE): _S.REVOKED,
        (_S.SUSPENDED, _C.EXPIRE): _S.EXPIRED,
    },
)
