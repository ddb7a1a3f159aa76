"""Which quality of a recording is refused, and which only earns advice."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from app.catalog.models import AssetRole
from app.core.errors import Unprocessable
from app.screening.evidence import ScreenedFile

SHORTEST_S: Final = 3.0
"""Below this neither lane can tell a match from chance, so nothing could be vouched for."""

SILENT_SHARE: Final = 0.98
CLIPPED_SHARE: Final = 0.005  # some 0.2 s of every minute at the ceiling is heard as distortion
LOUDEST_TRUE_PEAK_DBTP: Final = 0.0  # above it lossy encoders distort (EBU R 128 s2 asks for -1)


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


def advice_on(file: ScreenedFile) -> list[str]:
    """Sentences that change no verdict. Only the mix is judged: a stem may well be silent.

    Raises:
        QualityRefused: the mix is of a quality that cannot be screened.
    """
    if file.quality is None or file.role != AssetRole.MIX:
        return []
    found = [rule for rule in QUALITY_RULES if rule.applies(file)]
    for rule in found:
        if rule.outcome is QualityOutcome.REFUSE:
            raise QualityRefused(rule)
    return [rule.sentence for rule in found]
