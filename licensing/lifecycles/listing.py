"""A track offered for sale."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from licensing.lifecycle import Lifecycle


class ListingState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    SOLD_EXCLUSIVE = "sold_exclusive"
    WITHDRAWN = "withdrawn"
    REMOVED = "removed"


class ListingCommand(StrEnum):
    PUBLISH = "publish"
    PAUSE = "pause"
    RESUME = "resume"
    SUSPEND = "suspend"
    RESTORE = "restore"
    RESTORE_PAUSED = "restore_paused"
    SELL_EXCLUSIVE = "sell_exclusive"
    WITHDRAW = "withdraw"
    REMOVE = "remove"


_S, _C = ListingState, ListingCommand

LISTING: Final = Lifecycle(
    name="listing",
    states=ListingState,
    initial=_S.DRAFT,
    terminal=frozenset({_S.SOLD_EXCLUSIVE, _S.WITHDRAWN, _S.REMOVED}),
    transitions={
        (_S.DRAFT, _C.PUBLISH): _S.PUBLISHED,
        (_S.DRAFT, _C.WITHDRAW): _S.WITHDRAWN,
        (_S.PUBLISHED, _C.PAUSE): _S.PAUSED,
        (_S.PUBLISHED, _C.SUSPEND): _S.SUSPENDED,
        (_S.PUBLISHED, _C.SELL_EXCLUSIVE): _S.SOLD_EXCLUSIVE,
        (_S.PUBLISHED, _C.WITHDRAW): _S.WITHDRAWN,
        (_S.PAUSED, _C.RESUME): _S.PUBLISHED,
        (_S.PAUSED, _C.SUSPEND): _S.SUSPENDED,
        (_S.PAUSED, _C.WITHDRAW): _S.WITHDRAWN,
        # Lifting a suspension must not put on sale what its creator had paused.
        (_S.SUSPENDED, _C.RESTORE): _S.PUBLISHED,
        (_S.SUSPENDED, _C.RESTORE_PAUSED): _S.PAUSED,
        (_S.SUSPENDED, _C.WITHDRAW): _S.WITHDRAWN,
        (_S.SUSPENDED, _C.REMOVE): _S.REMOVED,
    },
)
