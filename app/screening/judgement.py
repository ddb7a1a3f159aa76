"""From findings to a verdict: a pure function over a policy's table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.screening.evidence import FoundMatch, ScreenedFile
from app.screening.policy import CURRENT, DEMANDS, SEVERITY, Policy
from app.screening.quality import advice_on
from app.screening.wording import match_in_words
from licensing.templates import OfferKind
from similarity.match import Verdict

NOTHING_FOUND: Final = "Nothing that we compare with resembles this track."


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict, the sentences that explain it, and advice that does not change it.

    ``licences`` has a verdict for each kind of licence. ``verdict`` is the mildest of them: a track
    that may be sold in some way is not held back because another way needs a closer look.
    """

    verdict: Verdict
    licences: dict[OfferKind, Verdict]
    reasons: list[str]
    advice: list[str]


def judge(
    files: Sequence[ScreenedFile], matches: Sequence[FoundMatch], policy: Policy = CURRENT
) -> Judgement:
    """The verdict on a track under a policy.

    Raises:
        QualityRefused: the mix is of a quality that cannot be screened.
    """
    advice = [sentence for file in files for sentence in advice_on(file)]
    licences = {licence: _strongest(matches, policy, licence) for licence in DEMANDS}
    verdict = min(licences.values(), key=SEVERITY.index)
    return Judgement(verdict, licences, _reasons(files, matches, policy, licences), advice)


def _strongest(matches: Sequence[FoundMatch], policy: Policy, licence: OfferKind) -> Verdict:
    verdicts = [verdict_on(match, policy, licence) for match in matches]
    return max(verdicts, key=SEVERITY.index, default=Verdict.CLEAR)


def verdict_on(match: FoundMatch, policy: Policy, licence: OfferKind) -> Verdict:
    """What one match does to one kind of licence."""
    return policy.verdict(match.lane, match.corpus, match.band, licence)


def _reasons(
    files: Sequence[ScreenedFile],
    matches: Sequence[FoundMatch],
    policy: Policy,
    licences: dict[OfferKind, Verdict],
) -> list[str]:
    names = {file.asset_id: file.name for file in files}
    held = next((kind for kind in DEMANDS if licences[kind] is not Verdict.CLEAR), None)
    if held is None:
        return [NOTHING_FOUND]
    deciding = [
        match_in_words(match, names[match.asset_id])
        for match in matches
        if verdict_on(match, policy, held) is licences[held]
    ]
    if held is DEMANDS[0]:
        return deciding
    what = held.value.replace("_", " ")
    return [
        f"It may be sold, but not under the {what} licence until a person has looked.",
        *deciding,
    ]
