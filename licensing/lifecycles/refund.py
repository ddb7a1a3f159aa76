"""Money on its way back to a buyer."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from licensing.lifecycle import Lifecycle


class RefundState(StrEnum):
    REQUESTED = "requested"
    SUBMITTED = "submitted"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REVERSED = "reversed"
    CANCELED = "canceled"


class RefundCommand(StrEnum):
    SUBMIT = "submit"
    SUCCEED = "succeed"
    FAIL = "fail"
    REVERSE = "reverse"
    CANCEL = "cancel"


_S, _C = RefundState, RefundCommand

REFUND: Final = Lifecycle(
    name="refund",
    states=RefundState,
    initial=_S.REQUESTED,
    terminal=frozenset({_S.REVERSED, _S.CANCELED}),
    transitions={
        (_S.REQUESTED, _C.SUBMIT): _S.SUBMITTED,
        (_S.REQUESTED, _C.CANCEL): _S.CANCELED,
        (_S.SUBMITTED, _C.SUCCEED): _S.SUCCEEDED,
        (_S.SUBMITTED, _C.FAIL): _S.FAILED,
        (_S.SUBMITTED, _C.CANCEL): _S.CANCELED,
        # The buyer's bank may return a refund days after it was reported as paid.
        (_S.SUCCEEDED, _C.FAIL): _S.FAILED,
        (_S.FAILED, _C.REVERSE): _S.REVERSED,
    },
)
