"""What a search answers: matches, their place in both works, and why we believe them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final


class MatchKind(enum.StrEnum):
    """Which lane found it: the recording itself, or the tune."""

    RECORDING = "recording"
    MELODY = "melody"


class Band(enum.StrEnum):
    """What a match of this strength asks for, at this corpus size and false-alarm rate."""

    BLOCK = "block"
    REVIEW = "review"
    NONE = "none"


class Verdict(enum.StrEnum):
    """The strongest band among all matches of one input."""

    CLEAR = "clear"
    REVIEW = "review"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in seconds from the start of a work, ``start_s <= end_s``."""

    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class AlignedNote:
    """One step of a melody alignment.

    ``query_*`` or ``reference_*`` are None where the other side has a note more.
    Onsets are seconds (scores: at the notated tempo, 120 quarters a minute where none is given),
    pitches MIDI numbers as notated on each side. ``surprisal`` is the note's share of evidence in
    bits under the corpus model: near zero for scales and repeated notes, which are common property.
    """

    query_onset_s: float | None
    query_duration_s: float | None
    query_pitch: int | None
    reference_onset_s: float | None
    reference_duration_s: float | None
    reference_pitch: int | None
    surprisal: float
    matches: bool


@dataclass(frozen=True, slots=True)
class RecordingEvidence:
    """Why we believe that two recordings are the same.

    ``bit_error_rate`` is over ``items`` aligned Chromaprint items (random pairs: about 0.49);
    ``landmarks`` counts the reference's spectral peaks found at their place in the input, which is
    what remains to be seen where other music lies on top. ``error_curve`` is the bit error rate
    along the passage, evenly spaced; empty where only landmarks found it.
    """

    bit_error_rate: float
    items: int
    landmarks: int = 0
    error_curve: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class MelodyEvidence:
    """Why we believe that two melodies are the same.

    ``common_share`` is the part (0..1) of the aligned notes that is common property;
    ``transcribed`` tells that the input's notes were heard in a recording, not read from a score:
    pitches and onsets are estimates, and a person should listen before believing them.
    """

    query_voice: str
    reference_voice: str
    notes: tuple[AlignedNote, ...]
    common_share: float
    transcribed: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """One reference that resembles the input.

    ``score`` (0..1) ranks; ``evalue`` is the number of equally good matches that chance alone
    would give in a corpus of this size; ``speed`` is how many times faster the input runs through
    the reference's time; ``pitch_semitones`` how far the input sounds above the reference.
    """

    kind: MatchKind
    reference: str
    score: float
    evalue: float
    query_span: Span
    reference_span: Span
    speed: float
    pitch_semitones: float
    band: Band
    evidence: RecordingEvidence | MelodyEvidence


_VERDICT_OF_BAND: Final = {
    Band.BLOCK: Verdict.BLOCK,
    Band.REVIEW: Verdict.REVIEW,
    Band.NONE: Verdict.CLEAR,
}
_SEVERITY: Final = (Verdict.CLEAR, Verdict.REVIEW, Verdict.BLOCK)


def verdict_of(matches: tuple[Match, ...] | list[Match]) -> Verdict:
    """The strongest verdict among the matches; ``clear`` when there are none."""
    verdicts = [_VERDICT_OF_BAND[match.band] for match in matches]
    return max(verdicts, key=_SEVERITY.index, default=Verdict.CLEAR)
