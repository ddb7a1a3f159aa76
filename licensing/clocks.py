"""Every clock that a case runs by. Statutory ones bind us; internal ones are promises we make.

17 U.S.C. 512 says "expeditiously" and "promptly" without a number, so what we promise there is
marked internal and may be changed without asking a lawyer; the others may not.
"""

from __future__ import annotations

from typing import Final

from licensing.deadlines import Basis, Milestone, StatutoryClock, Unit

COUNTER_NOTICE_RESTORE: Final = StatutoryClock(
    slug="counter-notice-restore",
    starts_with="a complete counter notice is received",
    basis=Basis.STATUTE,
    source="17 U.S.C. 512(g)(2)(C)",
    unit=Unit.US_BUSINESS_DAYS,
    not_before=10,
    due=14,
    # On the wall calendar the window lies two to four weeks after receipt. Acting in its middle is
    # right whether or not the tenth day must be over first (the statute does not say), and leaves
    # room for a court notice that is on its way, and for us to be late.
    milestones=(
        Milestone("restore_possible", 10),
        Milestone("restore_automatically", 12),
        Milestone("page_lead", 13),
    ),
)

DSA_COMPLAINT: Final = StatutoryClock(
    slug="dsa-complaint",
    starts_with="the recipient is informed of the decision",
    basis=Basis.STATUTE,
    source="Regulation (EU) 2022/2065, Article 20(1) and (2): at least six months",
    unit=Unit.CALENDAR_MONTHS,
    due=6,
)

TAKE_IT_DOWN: Final = StatutoryClock(
    slug="take-it-down",
    starts_with="a valid request about an intimate visual depiction is received",
    basis=Basis.STATUTE,
    source="TAKE IT DOWN Act, Pub. L. 119-12, section 3",
    unit=Unit.HOURS,
    due=48,
    milestones=(Milestone("page_senior", 24),),
)

NOTICE_TRIAGE: Final = StatutoryClock(
    slug="notice-triage",
    starts_with="a complete notice is received",
    basis=Basis.INTERNAL,
    source="17 U.S.C. 512(c)(1)(C) says expeditiously",
    unit=Unit.HOURS,
    due=24,
)

NOTICE_TRIAGE_EXACT_MATCH: Final = StatutoryClock(
    slug="notice-triage-exact-match",
    starts_with="a complete notice about an exact audio match is received",
    basis=Basis.INTERNAL,
    source="17 U.S.C. 512(c)(1)(C) says expeditiously",
    unit=Unit.HOURS,
    due=8,
)

NOTICE_CONTACT: Final = StatutoryClock(
    slug="notice-contact",
    starts_with="a curable notice is received",
    basis=Basis.INTERNAL,
    source="17 U.S.C. 512(c)(3)(B)(ii) says promptly attempts to contact",
    unit=Unit.US_BUSINESS_DAYS,
    due=1,
)

NOTICE_CURE: Final = StatutoryClock(
    slug="notice-cure",
    starts_with="the sender of a curable notice is contacted",
    basis=Basis.INTERNAL,
    source="our own patience",
    unit=Unit.US_BUSINESS_DAYS,
    due=10,
)

UPLOADER_CURE_WINDOW: Final = StatutoryClock(
    slug="uploader-cure-window",
    starts_with="the uploader is told that a part of the track infringes",
    basis=Basis.INTERNAL,
    source="the practice of source-code hosts, for notices about a part",
    unit=Unit.US_BUSINESS_DAYS,
    due=1,
)

IMPLIED_RETRACTION: Final = StatutoryClock(
    slug="implied-retraction",
    starts_with="the notifier is told of the uploader's changes",
    basis=Basis.INTERNAL,
    source="the practice of source-code hosts: two weeks of silence",
    unit=Unit.CALENDAR_DAYS,
    due=14,
)

COUNTER_NOTICE_FORWARD: Final = StatutoryClock(
    slug="counter-notice-forward",
    starts_with="a complete counter notice is received",
    basis=Basis.INTERNAL,
    source="17 U.S.C. 512(g)(2)(B) says promptly",
    unit=Unit.US_BUSINESS_DAYS,
    due=1,
)

DSA_NOTICE_DECISION: Final = StatutoryClock(
    slug="dsa-notice-decision",
    starts_with="a notice under the Digital Services Act is received",
    basis=Basis.INTERNAL,
    source="Regulation (EU) 2022/2065, Article 16(6) says in a timely manner",
    unit=Unit.HOURS,
    due=72,
)

DSA_TRUSTED_FLAGGER_DECISION: Final = StatutoryClock(
    slug="dsa-trusted-flagger-decision",
    starts_with="a notice of a trusted flagger in its field is received",
    basis=Basis.INTERNAL,
    source="Regulation (EU) 2022/2065, Article 22(1) says with priority and without undue delay",
    unit=Unit.HOURS,
    due=24,
)

COMPLAINT_DECISION: Final = StatutoryClock(
    slug="complaint-decision",
    starts_with="a complaint is lodged",
    basis=Basis.INTERNAL,
    source="Regulation (EU) 2022/2065, Article 20(4) says in a timely manner",
    unit=Unit.CALENDAR_DAYS,
    due=14,
)

CLAIM_ANSWER: Final = StatutoryClock(
    slug="claim-answer",
    starts_with="a claim is disputed",
    basis=Basis.INTERNAL,
    source="the practice of video platforms: silence of the claimant releases",
    unit=Unit.CALENDAR_DAYS,
    due=30,
)

CLAIM_APPEAL_ANSWER: Final = StatutoryClock(
    slug="claim-appeal-answer",
    starts_with="a reinstated claim is appealed",
    basis=Basis.INTERNAL,
    source="the practice of video platforms: silence of the claimant releases",
    unit=Unit.CALENDAR_DAYS,
    due=7,
)

STRIKE_CONFIRMATION: Final = StatutoryClock(
    slug="strike-confirmation",
    starts_with="the track is disabled",
    basis=Basis.INTERNAL,
    source="our policy under 17 U.S.C. 512(i): time to dispute before a strike counts",
    unit=Unit.CALENDAR_DAYS,
    due=7,
)

STRIKE_EXPIRY: Final = StatutoryClock(
    slug="strike-expiry",
    starts_with="the strike becomes active",
    basis=Basis.INTERNAL,
    source="our policy under 17 U.S.C. 512(i)",
    unit=Unit.CALENDAR_MONTHS,
    due=12,
)
