"""A counter notification, 17 U.S.C. 512(g)(3), and what becomes of it.

``restore`` is further guarded by the clock of 512(g)(2)(C): see ``clocks.COUNTER_NOTICE_RESTORE``.
``accept_retraction`` is not: once the notifier withdraws, there is nothing left to wait for.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from licensing.lifecycle import Lifecycle


class CounterNoticeState(StrEnum):
    RECEIVED = "received"
    DEFICIENT = "deficient"
    COMPLETE = "complete"
    FORWARDED = "forwarded"
    WAITING = "waiting"
    COURT_OR_CCB_NOTICE_RECEIVED = "court_or_ccb_notice_received"
    LEGAL_REVIEW = "legal_review"
    STAY_DOWN = "stay_down"
    RESTORED = "restored"
    WITHDRAWN = "withdrawn"


class CounterNoticeCommand(StrEnum):
    FIND_DEFICIENT = "find_deficient"
    FIND_COMPLETE = "find_complete"
    FORWARD = "forward"
    WAIT = "wait"
    RECEIVE_COURT_OR_CCB_NOTICE = "receive_court_or_ccb_notice"
    REVIEW = "review"
    FIND_INSUFFICIENT = "find_insufficient"
    KEEP_DOWN = "keep_down"
    RESTORE = "restore"
    ACCEPT_RETRACTION = "accept_retraction"
    WITHDRAW = "withdraw"


_S, _C = CounterNoticeState, CounterNoticeCommand

_UNDECIDED: Final = (
    _S.RECEIVED,
    _S.DEFICIENT,
    _S.COMPLETE,
    _S.FORWARDED,
    _S.WAITING,
    _S.COURT_OR_CCB_NOTICE_RECEIVED,
    _S.LEGAL_REVIEW,
)

COUNTER_NOTICE: Final = Lifecycle(
    name="counter notice",
    states=CounterNoticeState,
    initial=_S.RECEIVED,
    terminal=frozenset({_S.RESTORED, _S.WITHDRAWN}),
    transitions={
        (_S.RECEIVED, _C.FIND_DEFICIENT): _S.DEFICIENT,
        (_S.RECEIVED, _C.FIND_COMPLETE): _S.COMPLETE,
        (_S.DEFICIENT, _C.FIND_COMPLETE): _S.COMPLETE,
        (_S.COMPLETE, _C.FORWARD): _S.FORWARDED,
        (_S.FORWARDED, _C.WAIT): _S.WAITING,
        (_S.WAITING, _C.RESTORE): _S.RESTORED,
        (_S.WAITING, _C.RECEIVE_COURT_OR_CCB_NOTICE): _S.COURT_OR_CCB_NOTICE_RECEIVED,
        (_S.COURT_OR_CCB_NOTICE_RECEIVED, _C.REVIEW): _S.LEGAL_REVIEW,
        (_S.LEGAL_REVIEW, _C.FIND_INSUFFICIENT): _S.WAITING,
        (_S.LEGAL_REVIEW, _C.KEEP_DOWN): _S.STAY_DOWN,
        # A judgment, a settlement or a dismissal by the Copyright Claims Board ends a stay-down.
        (_S.STAY_DOWN, _C.RESTORE): _S.RESTORED,
        (_S.STAY_DOWN, _C.ACCEPT_RETRACTION): _S.RESTORED,
        **{(state, _C.ACCEPT_RETRACTION): _S.RESTORED for state in _UNDECIDED},
        **{(state, _C.WITHDRAW): _S.WITHDRAWN for state in _UNDECIDED},
    },
)
