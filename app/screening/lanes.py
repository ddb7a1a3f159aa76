"""Which lanes each uploaded file goes through, and what is not searched for in vain.

A mix is a recording, and whatever tune it carries can be written down from it; a stem likewise,
where it carries the tune; a score is a tune already.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.catalog.models import AssetRole
from similarity.errors import MediaTooShort
from similarity.match import MatchKind
from similarity.media import MediaKind
from similarity.melody.score import Score
from similarity.melody.transcription import transcribe


class Lane(enum.StrEnum):
    """How a match came about. A transcription is an estimate: it supports, it never convicts."""

    RECORDING = "recording"
    MELODY = "melody"
    TRANSCRIPTION = "transcription"


class Corpus(enum.StrEnum):
    """What tracks are compared with: works that others hold, and what other sellers offer here."""

    REFERENCES = "references"
    CATALOGUE = "catalogue"


class Outcome(enum.StrEnum):
    """What came of a lane for one file."""

    SEARCHED = "searched"
    NO_TUNE = "no-tune"


KIND_OF: Final = {
    Lane.RECORDING: MatchKind.RECORDING,
    Lane.MELODY: MatchKind.MELODY,
    Lane.TRANSCRIPTION: MatchKind.MELODY,
}

CARRIES_THE_TUNE: Final = re.compile(
    r"vocal|voice|vox|sing|choir|lead|melod|topline|solo|whistl|flute|violin|fiddle|sax",
    re.IGNORECASE,
)
"""What a stem that is worth transcribing is declared as. Drums, bass and pads carry no tune, and
what a transcription makes of them only resembles by chance."""


@dataclass(frozen=True, slots=True)
class Transcribed:
    """What came of writing a recording down; without a score there is nothing to search for."""

    outcome: Outcome
    score: Score | None = None


def lanes_of(role: AssetRole, kind: MediaKind, plays: str) -> tuple[Lane, ...]:
    """The lanes of a file. ``plays`` is what its provenance declares that a stem holds."""
    if kind is MediaKind.SCORE:
        return (Lane.MELODY,)
    if role is AssetRole.STEM and not CARRIES_THE_TUNE.search(plays):
        return (Lane.RECORDING,)
    return (Lane.RECORDING, Lane.TRANSCRIPTION)


def transcribed(samples: NDArray[np.int16], rate: int) -> Transcribed:
    """Write a recording down, where that can be done."""
    try:
        return Transcribed(Outcome.SEARCHED, transcribe(samples, rate))
    except MediaTooShort:
        return Transcribed(Outcome.NO_TUNE)
