"""What the parties are written, in English: one function a letter, each with its version.

A template's text is never changed under its name: a new wording gets a new number, so that what
was sent can always be told from its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.cases.agent import DesignatedAgent
from app.cases.models import CounterNotice, Finding, Notice, Party, StatementOfReasons
from app.catalog.models import Track
from licensing.counter_notices import ELEMENT_REQUESTS as COUNTER_NOTICE_REQUESTS
from licensing.counter_notices import CounterNoticeElement
from licensing.notices import ELEMENT_REQUESTS as NOTICE_REQUESTS
from licensing.notices import NoticeElement

LANGUAGE: Final = "en"


@dataclass(frozen=True, slots=True)
class Letter:
    """A rendered letter and the template that it came from."""

    template: str
    subject: str
    body: str


def notice_received(notice: Notice) -> Letter:
    """To the notifier: the notice is complete and will be decided by a person."""
    return Letter(
        "notice-received@1",
        f"We received your notice {notice.id}",
        "Your notice of claimed infringement has all that the law asks for. A person will decide"
        " about it and you will be told the decision, its reasons and how to object to it.\n\n"
        "Keep the private link that you were shown when you filed the notice: with it you follow"
        " the case, and withdraw the notice should you have been mistaken.",
    )


def cure_requested(notice: Notice, missing: Sequence[NoticeElement], until: date) -> Letter:
    """To the notifier: what a curable notice lacks, 17 U.S.C. 512(c)(3)(B)(ii)."""
    return Letter(
        "notice-cure-requested@1",
        f"Your notice {notice.id} needs something more",
        f"We can act on your notice once you have done the following, by {_day(until)}:\n\n"
        f"{_bullets(NOTICE_REQUESTS[element] for element in missing)}\n\n"
        "Use the private link that you were shown when you filed the notice.",
    )


def notice_incomplete(notice: Notice, missing: Sequence[NoticeElement]) -> Letter:
    """To the notifier: a notice without effect, 17 U.S.C. 512(c)(3)(B)(i)."""
    return Letter(
        "notice-incomplete@1",
        f"We cannot act on your notice {notice.id}",
        "Your notice does not say enough to find the work, the material or yourself. Please file"
        " a new one and do the following:\n\n"
        f"{_bullets(NOTICE_REQUESTS[element] for element in missing)}",
    )


def notice_lapsed(notice: Notice) -> Letter:
    """To the notifier: what was missing did not come in time."""
    return Letter(
        "notice-lapsed@1",
        f"Your notice {notice.id} has lapsed",
        "We asked you for what was missing in your notice and did not hear from you in time. We"
        " took no action. You can file a new notice at any time.",
    )


def notice_accepted(notice: Notice, title: str, reasoning: str) -> Letter:
    """To the notifier: the material was disabled."""
    return Letter(
        "notice-accepted@1",
        f"We acted on your notice {notice.id}",
        f"“{title}” can no longer be found, bought or downloaded, and what it earned is held.\n\n"
        f"Reasons: {reasoning}\n\n"
        "The uploader may send a counter notice. You would receive a copy of it, and the material"
        " would be restored after ten business days unless you go to court first.\n\n"
        "A person made this decision; no automated means were used.",
    )


def notice_rejected(notice: Notice, reasoning: str, object_by: date) -> Letter:
    """To the notifier: no action, why, and how to object (DSA Article 16(5))."""
    return Letter(
        "notice-rejected@1",
        f"We did not act on your notice {notice.id}",
        f"Reasons: {reasoning}\n\n"
        f"You may object to this decision free of charge until {_day(object_by)}, turn to a"
        " certified out-of-court dispute settlement body, or go to court.\n\n"
        "A person made this decision; no automated means were used.",
    )


def material_disabled(
    agent: DesignatedAgent, notice: Notice, track: Track, claimant: str, reasons: StatementOfReasons
) -> Letter:
    """To the uploader: 17 U.S.C. 512(g)(2)(A), with the statement of reasons."""
    return Letter(
        "material-disabled@1",
        f"“{track.title}” was disabled after a notice of claimed infringement",
        f"{claimant} claims that “{track.title}” infringes their copyright (notice"
        f" {notice.id}).\n\n"
        f"What we did: the track is not listed and not delivered, and its unpaid earnings are"
        f" held, {reasons.territorial_scope}, {reasons.duration}\n"
        f"Facts: {reasons.facts}\n"
        f"Legal ground: {reasons.legal_ground}\n"
        f"Why: {reasons.explanation}\n"
        "Automated means: none; a person decided.\n\n"
        f"What you can do:\n\n{_bullets(reasons.redress)}\n\n"
        f"A counter notice is filed at {agent.track_url(track.id)}. The law makes us"
        " forward it, with your name, address and telephone number, to whoever sent the notice.",
    )


def counter_notice_deficient(notice: Notice, missing: Sequence[CounterNoticeElement]) -> Letter:
    """To the uploader: what a counter notice lacks."""
    return Letter(
        "counter-notice-deficient@1",
        f"Your counter notice about {notice.id} needs something more",
        "Your counter notice takes effect once you have sent it again and done the following:\n\n"
        f"{_bullets(COUNTER_NOTICE_REQUESTS[element] for element in missing)}",
    )


def counter_notice_received(notice: Notice, opens_on: date, due_on: date) -> Letter:
    """To the uploader: when the material comes back."""
    return Letter(
        "counter-notice-received@1",
        f"We received your counter notice about {notice.id}",
        "Your counter notice is complete and was forwarded to whoever sent the notice. Unless we"
        " first hear that they went to court, the material is restored not before"
        f" {_day(opens_on)} and not after {_day(due_on)}.",
    )


def counter_notice_forwarded(
    notice: Notice, counter: CounterNotice, uploader: Party, opens_on: date
) -> Letter:
    """To the notifier: a copy of the counter notice, 17 U.S.C. 512(g)(2)(B)."""
    material = _bullets(counter.material)
    explanation = f"Explanation: {counter.explanation}\n" if counter.explanation else ""
    return Letter(
        "counter-notice-forwarded@1",
        f"Counter notice to your notice {notice.id}",
        f"The uploader sent this counter notice:\n\n{material}\n\n{explanation}"
        f"Name: {uploader.name}\n"
        f"Address: {uploader.address}\n"
        f"Telephone: {uploader.telephone}\n"
        f"Signature: {uploader.signature}\n\n"
        "They state under penalty of perjury that they believe in good faith that the material"
        " was removed as a result of mistake or misidentification, consent to the jurisdiction of"
        " the Federal District Court, and accept service of process from you.\n\n"
        f"We restore the material from {_day(opens_on)} on, ten business days after the counter"
        " notice, unless you first tell us through your private link that you filed an action"
        " seeking a court order against the uploader, or a claim with the Copyright Claims Board.",
    )


def court_notice_reviewed(notice: Notice, finding: Finding) -> Letter:
    """To either party: what two lawyers made of the notifier's court notice."""
    outcome = (
        "It keeps the material disabled until the court or the Claims Board has decided."
        if finding is Finding.SUFFICIENT
        else "It does not show an action that seeks to restrain the uploader, so the material is"
        " restored on the day that the law gives."
    )
    return Letter(
        "court-notice-reviewed@1",
        f"The court notice about {notice.id} was reviewed",
        f"Two persons reviewed the court notice. {outcome}",
    )


def material_restored(notice: Notice, title: str, because: str, *, still_down: bool) -> Letter:
    """To either party: all that followed this notice is undone; another may still have effect."""
    rest = (
        " Another notice about the same track is still in force, so that it stays disabled."
        if still_down
        else ""
    )
    return Letter(
        "material-restored@1",
        f"The restrictions of “{title}” that followed notice {notice.id} were lifted",
        f"The restrictions that followed notice {notice.id} are lifted and what was held for it is"
        f" released, because {because}.{rest}",
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
