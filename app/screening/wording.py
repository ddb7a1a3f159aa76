"""Findings in plain words, for people who do not read fingerprints."""

from __future__ import annotations

from typing import Final

from app.screening.evidence import FoundMatch, MelodyProof, RecordingProof, SpanSeconds
from app.screening.lanes import Corpus

_SAME_SPEED: Final = 0.01  # differences below these are not heard as such
_SAME_PITCH: Final = 0.5


def match_in_words(match: FoundMatch, file_name: str) -> str:
    """One sentence: which part of the file is which part of which work, and how it was changed."""
    work = f"“{match.work.title}”"
    if match.work.composer:
        work += f" ({match.work.composer})"
    if match.corpus is Corpus.CATALOGUE:
        work = f"another seller's {work}"
    places = f"{file_name} from {span_in_words(match.query_span)}"
    matched = f"{work} from {span_in_words(match.reference_span)}"
    if isinstance(match.proof, MelodyProof):
        same = sum(note.matches for note in match.proof.notes)
        of = len(match.proof.notes)
        tune = (
            "The tune, as written down from the sound, in" if match.transcribed else "The tune in"
        )
        what = f"{tune} {places} resembles {matched}: {same} of {of} notes agree"
    else:
        equal = _agreement(match.proof)
        what = f"{places} sounds like the recording of {matched}: {equal}"
    return f"{what}{_changes(match)}."


def _agreement(proof: RecordingProof) -> str:
    if proof.items == 0:
        return f"{proof.landmarks} of its spectral peaks are in their places"
    return f"{1.0 - proof.bit_error_rate:.0%} of the fingerprint agrees"


def span_in_words(span: SpanSeconds) -> str:
    """``0:12 to 0:31``."""
    return f"{_clock(span.start_s)} to {_clock(span.end_s)}"


def _changes(match: FoundMatch) -> str:
    changes = []
    if abs(match.speed - 1.0) > _SAME_SPEED:
        pace = "faster" if match.speed > 1.0 else "slower"
        changes.append(f"played {abs(match.speed - 1.0):.0%} {pace}")
    if abs(match.pitch_semitones) > _SAME_PITCH:
        direction = "higher" if match.pitch_semitones > 0 else "lower"
        changes.append(f"{abs(match.pitch_semitones):.3g} semitones {direction}")
    return f", {' and '.join(changes)}" if changes else ""


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
