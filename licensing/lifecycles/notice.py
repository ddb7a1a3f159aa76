"""A notice of claimed infringement, 17 U.S.C. 512(c)(3)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from licensing.lifecycle import Lifecycle


class NoticeState(StrEnum):
    RECEIVED = "received"
    INCOMPLETE = "incomplete"
    ANSWERED = "answered"
    CURABLE = "curable"
    CONTACTED = "contacted"
    LAPSED = "lapsed"
    COMPLETE = "complete"
    TRIAGE = "triage"
    REJECTED = "rejected"
    FORWARDED_ONLY = "forwarded_only"
    ACCEPTED = "accepted"
    CURE_WINDOW = "cure_window"
    CHANGES_MADE = "changes_made"
    IMPLIED_RETRACTION = "implied_retraction"
    DISABLED = "disabled"
    UPLOADER_NOTIFIED = "uploader_notified"
    CLOSED = "closed"
    RETRACTED = "retracted"


class NoticeCommand(StrEnum):
    FIND_INCOMPLETE = "find_incomplete"
    FIND_CURABLE = "find_curable"
    FIND_COMPLETE = "find_complete"
    ANSWER = "answer"
    CONTACT = "contact"
    LAPSE = "lapse"
    TAKE_UP = "take_up"
    ACCEPT = "accept"
    REJECT = "reject"
    FORWARD_ONLY = "forward_only"
    OPEN_CURE_WINDOW = "open_cure_window"
    RECORD_CHANGES = "record_changes"
    IMPLY_RETRACTION = "imply_retraction"
    DISABLE = "disable"
    NOTIFY_UPLOADER = "notify_uploader"
    CLOSE = "close"
    RETRACT = "retract"


_S, _C = NoticeState, NoticeCommand

# States in which the notice still has, or may yet have, an effect that a retraction ends. A closed
# notice is one of them: what it disabled stays disabled until somebody takes it back.
_RETRACTABLE: Final = (
    _S.RECEIVED,
    _S.CURABLE,
    _S.CONTACTED,
    _S.COMPLETE,
    _S.TRIAGE,
    _S.ACCEPTED,
    _S.CURE_WINDOW,
    _S.CHANGES_MADE,
    _S.DISABLED,
    _S.UPLOADER_NOTIFIED,
    _S.CLOSED,
)

NOTICE: Final = Lifecycle(
    name="notice",
    states=NoticeState,
    initial=_S.RECEIVED,
    terminal=frozenset(
        {
            _S.ANSWERED,
            _S.LAPSED,
            _S.REJECTED,
            _S.FORWARDED_ONLY,
            _S.IMPLIED_RETRACTION,
            _S.RETRACTED,
        }
    ),
    transitions={
        (_S.RECEIVED, _C.FIND_INCOMPLETE): _S.INCOMPLETE,
        (_S.RECEIVED, _C.FIND_CURABLE): _S.CURABLE,
        (_S.RECEIVED, _C.FIND_COMPLETE): _S.COMPLETE,
        (_S.INCOMPLETE, _C.ANSWER): _S.ANSWERED,
        (_S.CURABLE, _C.CONTACT): _S.CONTACTED,
        (_S.CONTACTED, _C.FIND_COMPLETE): _S.COMPLETE,
        (_S.CONTACTED, _C.LAPSE): _S.LAPSED,
        (_S.COMPLETE, _C.TAKE_UP): _S.TRIAGE,
        (_S.TRIAGE, _C.ACCEPT): _S.ACCEPTED,
        (_S.TRIAGE, _C.REJECT): _S.REJECTED,
        (_S.TRIAGE, _C.FORWARD_ONLY): _S.FORWARDED_ONLY,
        (_S.ACCEPTED, _C.OPEN_CURE_WINDOW): _S.CURE_WINDOW,
        (_S.ACCEPTED, _C.DISABLE): _S.DISABLED,
        (_S.CURE_WINDOW, _C.RECORD_CHANGES): _S.CHANGES_MADE,
        (_S.CURE_WINDOW, _C.DISABLE): _S.DISABLED,
        (_S.CHANGES_MADE, _C.IMPLY_RETRACTION): _S.IMPLIED_RETRACTION,
        (_S.CHANGES_MADE, _C.DISABLE): _S.DISABLED,
        (_S.DISABLED, _C.NOTIFY_UPLOADER): _S.UPLOADER_NOTIFIED,
        (_S.UPLOADER_NOTIFIED, _C.CLOSE): _S.CLOSED,
        **{(state, _C.RETRACT): _S.RETRACTED for state in _RETRACTABLE},
    },
)
