"""The evidence of a screening: everything a person needs to check it, and nothing to recompute.

One canonical JSON document (RFC 8785). Its SHA-256 is what the countersignature names, so that the
evidence can be shown later and cannot be exchanged.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import msgspec
import rfc8785

from app.screening.corpus.works import Found
from app.screening.lanes import Corpus, Lane, Outcome
from app.screening.lifecycle import Occasion
from licensing.templates import OfferKind
from similarity.match import (
    AlignedNote,
    Band,
    Match,
    MatchKind,
    MelodyEvidence,
    RecordingEvidence,
    Span,
    Verdict,
)

FORMAT: Final = "https://countersign.example/evidence/screening/v2"
"""Names the shape of the document; a change that readers would notice is a new version.

Version 1 knew one corpus and no transcriptions; it is read with the defaults below.
"""


class SpanSeconds(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time, in seconds from the start of a work."""

    start_s: float
    end_s: float


class QualityMeasures(msgspec.Struct, frozen=True, kw_only=True):
    """Technical quality of a recording, see ``similarity.audio.quality``."""

    integrated_lufs: float | None
    true_peak_dbtp: float | None
    clipped_share: float
    silent_share: float


class LaneRun(msgspec.Struct, frozen=True, kw_only=True):
    """One lane that a file went through. ``notes`` were read, or written down, to be searched."""

    lane: Lane
    outcome: Outcome = Outcome.SEARCHED
    notes: int | None = None


class ScreenedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file that was looked at. Audio has codec, quality and peaks, a score has notes."""

    asset_id: str
    role: str
    name: str
    sha256: str
    kind: str
    duration_s: float
    codec: str | None = None
    channels: int | None = None
    sample_rate: int | None = None
    quality: QualityMeasures | None = None
    peaks: list[float] = []
    note_count: int | None = None
    lanes: list[LaneRun] = []


class CatalogueFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of another seller's track in this catalogue."""

    track_id: str
    role: str
    name: str


class ReferenceWork(msgspec.Struct, frozen=True, kw_only=True):
    """The work that was matched. ``duration_s`` to ``peaks`` describe the recording that was
    matched, if any; ``file`` is set where it is a track of this catalogue."""

    reference: str
    title: str
    composer: str
    source: str
    rights: str
    duration_s: float | None = None
    instrumentation: str | None = None
    peaks: list[float] = []
    file: CatalogueFile | None = None


class RecordingProof(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="recording"):
    """Why two recordings are held to be the same.

    ``bit_error_rate`` is the part of fingerprint bits that differ, over ``items``; ``error_curve``
    the same along the passage, evenly spaced over both spans; ``landmarks`` counts spectral peaks
    of the reference that were found in the upload.
    """

    bit_error_rate: float
    items: int
    landmarks: int = 0
    error_curve: list[float] = []


class NotePair(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step of a melody alignment; a side is absent where the other has a note more."""

    query_onset_s: float | None = None
    query_duration_s: float | None = None
    query_pitch: int | None = None
    reference_onset_s: float | None = None
    reference_duration_s: float | None = None
    reference_pitch: int | None = None
    surprisal: float = 0.0
    matches: bool = False


class MelodyProof(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="melody"):
    """Why two tunes are held to be the same: their notes, side by side."""

    query_voice: str
    reference_voice: str
    common_share: float
    notes: list[NotePair]


class FoundMatch(msgspec.Struct, frozen=True, kw_only=True):
    """One reference that a file resembles, and where. Terms as in ``similarity.match``.

    ``role`` is the part of the upload that resembles it, ``transcribed`` whether either tune was
    written down from a recording.
    """

    asset_id: str
    kind: MatchKind
    corpus: Corpus = Corpus.REFERENCES
    role: str = ""
    transcribed: bool = False
    work: ReferenceWork
    band: Band
    score: float
    evalue: float
    query_span: SpanSeconds
    reference_span: SpanSeconds
    speed: float
    pitch_semitones: float
    proof: RecordingProof | MelodyProof

    @property
    def lane(self) -> Lane:
        """The lane that found it."""
        if self.kind is MatchKind.RECORDING:
            return Lane.RECORDING
        return Lane.TRANSCRIPTION if self.transcribed else Lane.MELODY


class EvidenceDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A whole screening. ``corpora`` maps each corpus searched to the digest of its index.

    ``policy_sha256`` is of the table under ``policy``, ``licences`` what it says of each kind.
    """

    format: str
    policy: str
    policy_sha256: str | None = None
    occasion: Occasion = Occasion.SUBMISSION
    engine: str
    track_id: str
    verdict: Verdict
    licences: dict[OfferKind, Verdict] = {}
    reasons: list[str]
    advice: list[str]
    corpora: dict[str, str]
    files: list[ScreenedFile]
    matches: list[FoundMatch]

    def canonical(self) -> bytes:
        """The document's one representation."""
        return rfc8785.dumps(msgspec.to_builtins(self))


@dataclass(frozen=True, slots=True)
class MatchSource:
    """Which file was searched for, where, and whether its tune was written down from audio."""

    asset_id: str
    role: str
    corpus: Corpus
    transcribed: bool


def digest(document: bytes) -> str:
    """SHA-256 (hex) of a canonical document."""
    return hashlib.sha256(document).hexdigest()


def found_match(match: Match, source: MatchSource, found: Found | None) -> FoundMatch:
    """A match of ``similarity`` together with the work that its reference names."""
    return FoundMatch(
        asset_id=source.asset_id,
        kind=match.kind,
        corpus=source.corpus,
        role=source.role,
        transcribed=source.transcribed,
        work=_work(match, found),
        band=match.band,
        score=round(match.score, 4),
        evalue=float(f"{match.evalue:.4g}"),
        query_span=_span(match.query_span),
        reference_span=_span(match.reference_span),
        speed=round(match.speed, 4),
        pitch_semitones=round(match.pitch_semitones, 2),
        proof=_proof(match.evidence),
    )


def _work(match: Match, found: Found | None) -> ReferenceWork:
    if found is None:
        unknown = "not in the catalogue of works"
        return ReferenceWork(
            reference=match.reference, title=unknown, composer="", source="", rights=""
        )
    heard = found.recording if match.kind is MatchKind.RECORDING else None
    return ReferenceWork(
        reference=match.reference,
        title=found.work.title,
        composer=found.work.composer,
        source=found.work.source,
        rights=found.work.rights,
        duration_s=heard.duration_s if heard else found.work.duration_s,
        instrumentation=heard.instrumentation if heard else None,
        peaks=heard.peaks if heard else [],
    )


def _span(span: Span) -> SpanSeconds:
    return SpanSeconds(start_s=round(span.start_s, 3), end_s=round(span.end_s, 3))


def _proof(evidence: RecordingEvidence | MelodyEvidence) -> RecordingProof | MelodyProof:
    match evidence:
        case RecordingEvidence():
            return RecordingProof(
                bit_error_rate=round(evidence.bit_error_rate, 4),
                items=evidence.items,
                landmarks=evidence.landmarks,
                error_curve=[round(error, 3) for error in evidence.error_curve],
            )
        case MelodyEvidence():
            return MelodyProof(
                query_voice=evidence.query_voice,
                reference_voice=evidence.reference_voice,
                common_share=round(evidence.common_share, 4),
                notes=[_note_pair(note) for note in evidence.notes],
            )


def _note_pair(note: AlignedNote) -> NotePair:
    return NotePair(
        query_onset_s=_rounded(note.query_onset_s),
        query_duration_s=_rounded(note.query_duration_s),
        query_pitch=note.query_pitch,
        reference_onset_s=_rounded(note.reference_onset_s),
        reference_duration_s=_rounded(note.reference_duration_s),
        reference_pitch=note.reference_pitch,
        surprisal=round(note.surprisal, 2),
        matches=note.matches,
    )


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
