"""What the findings mean: which band of which match does what, and which quality is refused.

Data, so that a marketplace's lawyers can read it. A change of meaning is a new ``POLICY`` version,
because countersignatures name the policy that they were given under.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from app.core.errors import Unprocessable
from app.screening.evidence import FoundMatch, ScreenedFile
from app.screening.wording import match_in_words
from similarity.match import Band, MatchKind, Verdict

POLICY: Final = "https://countersign.example/policies/screening/v1"

VERDICT_OF: Final[dict[tuple[MatchKind, Band], Verdict]] = {
    (MatchKind.RECORDING, Band.BLOCK): Verdict.BLOCK,
    (MatchKind.RECORDING, Band.REVIEW): Verdict.REVIEW,
    (MatchKind.RECORDING, Band.NONE): Verdict.CLEAR,
    (MatchKind.MELODY, Band.BLOCK): Verdict.BLOCK,
    (MatchKind.MELODY, Band.REVIEW): Verdict.REVIEW,
    (MatchKind.MELODY, Band.NONE): Verdict.CLEAR,
}

SHORTEST_S: Final = 3.0
"""Below this neither lane can tell a match from chance, so nothing could be vouched for."""

SILENT_SHARE: Final = 0.98
CLIPPED_SHARE: Final = 0.005  # some 0.2 s of every minute at the ceiling is heard as distortion
LOUDEST_TRUE_PEAK_DBTP: Final = 0.0  # above it lossy encoders distort (EBU R 128 s2 asks for -1)

_SEVERITY: Final = (Verdict.CLEAR, Verdict.REVIEW, Verdict.BLOCK)


class QualityOutcome(enum.StrEnum):
    """What a quality finding leads to."""

    REFUSE = "refuse"
    ADVISE = "advise"


@dataclass(frozen=True, slots=True)
class QualityRule:
    """A finding about the mix, when it applies, and what it leads to."""

    slug: str
    applies: Callable[[ScreenedFile], bool]
    outcome: QualityOutcome
    sentence: str


def _is_silent(file: ScreenedFile) -> bool:
    quality = file.quality
    return quality is not None and (
        quality.integrated_lufs is None or quality.silent_share >= SILENT_SHARE
    )


def _clips(file: ScreenedFile) -> bool:
    return file.quality is not None and file.quality.clipped_share >= CLIPPED_SHARE


def _peaks_over(file: ScreenedFile) -> bool:
    peak = file.quality.true_peak_dbtp if file.quality is not None else None
    return peak is not None and peak > LOUDEST_TRUE_PEAK_DBTP


QUALITY_RULES: Final = (
    QualityRule(
        "recording-too-short",
        lambda file: file.duration_s < SHORTEST_S,
        QualityOutcome.REFUSE,
        f"The mix is shorter than {SHORTEST_S:.0f} s, too short to be screened.",
    ),
    QualityRule(
        "recording-silent",
        _is_silent,
        QualityOutcome.REFUSE,
        "The mix is silent. Export it again and check that the right tracks are switched on.",
    ),
    QualityRule(
        "recording-clipped",
        _clips,
        QualityOutcome.ADVISE,
        "The mix is clipped: whole stretches sit at full scale. Lower the level and export again.",
    ),
    QualityRule(
        "true-peak-over",
        _peaks_over,
        QualityOutcome.ADVISE,
        "Peaks between samples rise above full scale and will distort when the mix is encoded.",
    ),
)


class QualityRefused(Unprocessable):
    """The mix cannot be screened as it is; ``slug`` is that of the rule."""

    title = "The recording cannot be screened"

    def __init__(self, rule: QualityRule) -> None:
        super().__init__(rule.sentence)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict, the sentences that explain it, and advice that does not change it."""

    verdict: Verdict
    reasons: list[str]
    advice: list[str]


def judge(files: Sequence[ScreenedFile], matches: Sequence[FoundMatch]) -> Judgement:
    """The verdict on a track.

    Raises:
        QualityRefused: the mix is of a quality that cannot be screened.
    """
    advice = [sentence for file in files for sentence in _advice(file)]
    names = {file.asset_id: file.name for file in files}
    verdicts = {number: VERDICT_OF[match.kind, match.band] for number, match in enumerate(matches)}
    strongest = max(verdicts.values(), key=_SEVERITY.index, default=Verdict.CLEAR)
    if strongest is Verdict.CLEAR:
        return Judgement(strongest, ["Nothing in the references resembles this track."], advice)
    reasons = [
        match_in_words(match, names[match.asset_id])
        for number, match in enumerate(matches)
        if verdicts[number] is strongest
    ]
    return Judgement(strongest, reasons, advice)


def _advice(file: ScreenedFile) -> list[str]:
    found = [rule for rule in QUALITY_RULES if file.quality is not None and rule.applies(file)]
    for rule in found:
        if rule.outcome is QualityOutcome.REFUSE:
            raise QualityRefused(rule)
    return [rule.sentence for rule in found]
