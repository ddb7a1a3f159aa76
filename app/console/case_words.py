"""Cases in plain words: states, events and clocks as the people in them would say it."""

from __future__ import annotations

from typing import Final

from app.cases.models import Thing
from app.cases.views import CaseView, ClockView, EventView
from licensing.lifecycles.counter_notice import CounterNoticeState as Counter
from licensing.lifecycles.notice import NoticeState as Notice

_NOTICE_STATES: Final[dict[Notice, tuple[str, str]]] = {
    Notice.RECEIVED: ("Received", "plain"),
    Notice.INCOMPLETE: ("Incomplete: it has no effect", "warn"),
    Notice.ANSWERED: ("Incomplete: it has no effect, and its sender was told why", "plain"),
    Notice.CURABLE: ("Something is missing", "warn"),
    Notice.CONTACTED: ("Something is missing; its sender was asked for it", "warn"),
    Notice.LAPSED: ("Lapsed: what was missing did not come", "plain"),
    Notice.COMPLETE: ("Complete; waiting for a reviewer", "info"),
    Notice.TRIAGE: ("A reviewer is working on it", "info"),
    Notice.REJECTED: ("Rejected: nothing was taken down", "plain"),
    Notice.FORWARDED_ONLY: ("Forwarded to the uploader without a measure", "plain"),
    Notice.ACCEPTED: ("Accepted", "bad"),
    Notice.CURE_WINDOW: ("Accepted; the uploader may still change the part", "bad"),
    Notice.CHANGES_MADE: ("The uploader made changes", "info"),
    Notice.IMPLIED_RETRACTION: ("Settled by changes", "good"),
    Notice.DISABLED: ("Accepted: the track is down", "bad"),
    Notice.UPLOADER_NOTIFIED: ("Accepted: the track is down and its uploader was told", "bad"),
    Notice.CLOSED: ("Closed", "plain"),
    Notice.RETRACTED: ("Withdrawn by its sender", "good"),
}
_COUNTER_STATES: Final[dict[Counter, tuple[str, str]]] = {
    Counter.RECEIVED: ("Counter notice received", "info"),
    Counter.DEFICIENT: ("Counter notice lacks something", "warn"),
    Counter.COMPLETE: ("Counter notice complete", "info"),
    Counter.FORWARDED: ("Counter notice forwarded to the notifier", "info"),
    Counter.WAITING: ("Counter notice: the notifier has time to go to court", "info"),
    Counter.COURT_OR_CCB_NOTICE_RECEIVED: ("The notifier went to court", "warn"),
    Counter.LEGAL_REVIEW: ("Two lawyers review the court action", "warn"),
    Counter.STAY_DOWN: ("The track stays down until a court decides", "bad"),
    Counter.RESTORED: ("Restored", "good"),
    Counter.WITHDRAWN: ("Counter notice withdrawn", "plain"),
}
_EVENTS: Final[dict[tuple[Thing, str], str]] = {
    (Thing.CASE, "claim"): "A reviewer took up the case",
    (Thing.CASE, "receive-addition"): "Something was added, but not all that was missing",
    (Thing.CASE, "impose-measures"): "Track unlisted, downloads refused, unpaid shares held",
    (Thing.CASE, "lift-measures"): "Track restored, downloads open, shares released",
    (Thing.CASE, "give-opinion"): "A lawyer gave an opinion on the court action",
    (Thing.NOTICE, "open"): "Notice received",
    (Thing.NOTICE, "find_complete"): "Notice found complete",
    (Thing.NOTICE, "find_curable"): "Something is missing in the notice",
    (Thing.NOTICE, "find_incomplete"): "Notice too incomplete to act upon",
    (Thing.NOTICE, "answer"): "Notifier told what is missing",
    (Thing.NOTICE, "contact"): "Notifier asked for what is missing",
    (Thing.NOTICE, "lapse"): "What was missing did not come in time",
    (Thing.NOTICE, "take_up"): "Review began",
    (Thing.NOTICE, "accept"): "Notice accepted",
    (Thing.NOTICE, "reject"): "Notice rejected",
    (Thing.NOTICE, "disable"): "Track taken down",
    (Thing.NOTICE, "notify_uploader"): "Uploader told, with a statement of reasons",
    (Thing.NOTICE, "close"): "Case closed",
    (Thing.NOTICE, "retract"): "Notice withdrawn",
    (Thing.COUNTER_NOTICE, "open"): "Counter notice received",
    (Thing.COUNTER_NOTICE, "find_deficient"): "Something is missing in the counter notice",
    (Thing.COUNTER_NOTICE, "find_complete"): "Counter notice found complete",
    (Thing.COUNTER_NOTICE, "forward"): "Counter notice forwarded to the notifier",
    (Thing.COUNTER_NOTICE, "wait"): "The statutory waiting time runs",
    (Thing.COUNTER_NOTICE, "restore"): "Counter notice succeeded",
    (Thing.COUNTER_NOTICE, "receive_court_or_ccb_notice"): "Notifier reported a court action",
    (Thing.COUNTER_NOTICE, "review"): "Legal review began",
    (Thing.COUNTER_NOTICE, "find_insufficient"): "The court action does not keep the track down",
    (Thing.COUNTER_NOTICE, "keep_down"): "The track stays down until a court decides",
    (Thing.COUNTER_NOTICE, "accept_retraction"): "Settled: the notice was withdrawn",
    (Thing.COUNTER_NOTICE, "withdraw"): "Counter notice withdrawn",
    (Thing.STRIKE, "open"): "Provisional strike against the uploader",
    (Thing.STRIKE, "confirm"): "Strike confirmed",
    (Thing.STRIKE, "expire"): "Strike expired",
    (Thing.STRIKE, "annul"): "Strike voided",
}
_CLOCKS: Final = {
    "notice-cure": "What is missing must come by",
    "notice-triage": "We decide by",
    "counter-notice-restore": "Restored on",
    "dsa-complaint": "Complain about the decision until",
    "strike-confirmation": "The strike counts from",
    "strike-expiry": "The strike expires on",
}


def standing(case: CaseView) -> tuple[str, str]:
    """How the case stands, in words and as a tone: the counter notice where there is one."""
    if case.counter_notice is not None and case.state is not Notice.RETRACTED:
        return _COUNTER_STATES[case.counter_notice.state]
    return notice_standing(case.state)


def notice_standing(state: Notice) -> tuple[str, str]:
    """A notice's state in words, and the tone in which it is shown."""
    return _NOTICE_STATES[state]


def counter_standing(state: Counter) -> tuple[str, str]:
    """A counter notice's state in words, and the tone in which it is shown."""
    return _COUNTER_STATES[state]


def happened(event: EventView) -> str:
    """One event of the timeline as a sentence."""
    told = _EVENTS.get((event.thing, event.command))
    return told or f"{event.thing.value}: {event.command}".replace("_", " ").capitalize()


def running(case: CaseView) -> list[tuple[str, ClockView]]:
    """The clocks that still run, and what each is for; strikes are none of a notifier's concern."""
    return [
        (_CLOCKS.get(clock.name, clock.name.replace("-", " ").capitalize()), clock)
        for clock in case.clocks
        if clock.stopped_at is None
        and (case.strike is not None or not clock.name.startswith("strike-"))
    ]
