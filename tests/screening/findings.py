"""Made-up findings of a screening."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from app.catalog.models import Asset
from app.screening.analysis import Analysed
from app.screening.evidence import (
    FoundMatch,
    MelodyProof,
    NotePair,
    QualityMeasures,
    RecordingProof,
    ReferenceWork,
    ScreenedFile,
    SpanSeconds,
)
from similarity.match import Band, MatchKind

WORK = ReferenceWork(
    reference="ref_0000000000000000000000000a",
    title="The Ranting Highlandman",
    composer="Traditional",
    source="music21/corpus/airdsAirs/book1.abc#1",
    rights="public domain",
    duration_s=40.0,
    instrumentation="fiddle",
    peaks=[0.5, 0.25],
)

GOOD = QualityMeasures(
    integrated_lufs=-14.0, true_peak_dbtp=-1.0, clipped_share=0.0, silent_share=0.01
)

_NOTES = [
    NotePair(
        query_onset_s=0.5 * step,
        query_duration_s=0.5,
        query_pitch=62 + step,
        reference_onset_s=0.4 * step,
        reference_duration_s=0.4,
        reference_pitch=60 + step,
        surprisal=1.5,
        matches=step != 2,
    )
    for step in range(4)
]


def screened_file(asset_id: str = "ast_x", **changes: Any) -> ScreenedFile:
    """A file of good quality, half a minute long."""
    file = ScreenedFile(
        asset_id=asset_id,
        role="mix",
        name="mix.wav",
        sha256="0" * 64,
        kind="audio",
        duration_s=30.0,
        codec="pcm_s16le",
        channels=2,
        sample_rate=44100,
        quality=GOOD,
        peaks=[0.1, 0.9],
    )
    return replace(file, **changes)


def found(kind: MatchKind, band: Band, asset_id: str = "ast_x", **changes: Any) -> FoundMatch:
    """A match of this kind and band, twelve per cent faster and two semitones higher."""
    proof = (
        RecordingProof(bit_error_rate=0.08, items=120)
        if kind is MatchKind.RECORDING
        else MelodyProof(query_voice="Lead", reference_voice="Tune", common_share=0.1, notes=_NOTES)
    )
    match = FoundMatch(
        asset_id=asset_id,
        kind=kind,
        work=WORK,
        band=band,
        score=0.8,
        evalue=1e-9,
        query_span=SpanSeconds(start_s=0.0, end_s=15.0),
        reference_span=SpanSeconds(start_s=62.4, end_s=79.2),
        speed=1.12,
        pitch_semitones=2.0,
        proof=proof,
    )
    return replace(match, **changes)


def analysed(mix: Asset, *matches: FoundMatch, **changes: Any) -> Analysed:
    """The findings about a track with this mix."""
    file = screened_file(mix.id, name=mix.name, sha256=mix.sha256, **changes)
    return Analysed(
        files=[file],
        matches=[replace(match, asset_id=mix.id) for match in matches],
        corpora={"references": "c" * 64},
        timings_ms={"decode": 210, "recording_search": 480},
    )
