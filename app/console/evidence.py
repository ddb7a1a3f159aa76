"""The evidence of a screening, made ready for a page: words, waveforms, sheet music."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import msgspec

from app.catalog.models import AssetRole, Track
from app.console.alignment_picture import Picture, picture_of
from app.console.formats import percent
from app.console.notation.comparison import COLUMNS_AT_MOST
from app.screening.evidence import (
    EvidenceDocument,
    FoundMatch,
    LaneRun,
    MelodyProof,
    NotePair,
    ScreenedFile,
)
from app.screening.judgement import verdict_on
from app.screening.lanes import Corpus, Lane, Outcome
from app.screening.policy import DEMANDS, Policy, policy_of
from similarity.match import AlignedNote, Band, MatchKind, Verdict

Engrave = Callable[[Sequence[AlignedNote], int], Awaitable[str]]

_EFFECTS: Final = {
    Verdict.BLOCK: ("blocks", "bad"),
    Verdict.REVIEW: ("needs review", "warn"),
    Verdict.CLEAR: ("holds nothing back", "plain"),
}
_BELOW: Final = ("below the threshold", "plain")
_SOME_LICENCES: Final = ("holds back some licences", "warn")
_INTERVALS: Final = (
    "unison",
    "minor second",
    "major second",
    "minor third",
    "major third",
    "fourth",
    "tritone",
    "fifth",
    "minor sixth",
    "major sixth",
    "minor seventh",
    "major seventh",
    "octave",
)
_SAME_SPEED: Final = 0.01
_SAME_PITCH: Final = 0.25


@dataclass(frozen=True, slots=True)
class Side:
    """One recording to listen to; without peaks there is only the player."""

    name: str
    audio_url: str
    duration_s: float
    peaks: list[float]


@dataclass(frozen=True, slots=True)
class ShownMatch:
    """One match as a page shows it. Spans are seconds (from, to).

    ``heading`` leads to the title, ``found_in`` says which part of the upload and how, and
    ``proof_in_words`` what was counted.
    """

    kind: str
    heading: str
    found_in: str
    elsewhere: bool
    picture: Picture
    proof_in_words: str
    title: str
    composer: str
    source: str
    rights: str
    band: str
    band_label: str
    tone: str
    score: float
    chance: str
    upload_span: tuple[float, float]
    reference_span: tuple[float, float]
    tempo: str
    transposition: str
    upload: Side
    reference: Side
    engraving: str
    notes_in_words: str


def read_evidence(document: bytes) -> EvidenceDocument:
    """The stored document; written by ourselves, so it is trusted to have its shape."""
    return msgspec.json.decode(document, type=EvidenceDocument)


def mix_of(track: Track, evidence: EvidenceDocument | None) -> Side | None:
    """The player of the track's mix; with its waveform once it was screened."""
    asset = next((asset for asset in track.assets if asset.role is AssetRole.MIX), None)
    if asset is None:
        return None
    screened = () if evidence is None else evidence.files
    found = next((file for file in screened if file.asset_id == asset.id), None)
    return Side(
        name=asset.name,
        audio_url=asset_url(track.id, asset.role.value, asset.name),
        duration_s=found.duration_s if found else 0.0,
        peaks=found.peaks if found else [],
    )


async def shown_matches(
    track_id: str, evidence: EvidenceDocument, engrave: Engrave, *, staff: bool
) -> tuple[list[ShownMatch], list[ShownMatch]]:
    """The matches that counted, strongest first, and those that merely came nearest.

    Another seller's file is played to ``staff`` only.
    """
    files = {file.asset_id: file for file in evidence.files}
    policy = policy_of(evidence.policy)
    counted: list[ShownMatch] = []
    nearest: list[ShownMatch] = []
    for match in evidence.matches:
        shown = await _shown(
            track_id, match, files[match.asset_id], engrave, policy=policy, staff=staff
        )
        (nearest if match.band is Band.NONE else counted).append(shown)
    return counted, nearest


def quality_of(evidence: EvidenceDocument) -> list[tuple[str, str]]:
    """The technical measures of the mix, in words."""
    mix = next((file for file in evidence.files if file.quality is not None), None)
    if mix is None or mix.quality is None:
        return []
    quality = mix.quality
    loudness, peak = quality.integrated_lufs, quality.true_peak_dbtp
    return [
        ("Loudness", "silent" if loudness is None else f"{loudness:.1f} LUFS"),
        ("True peak", "—" if peak is None else f"{peak:.1f} dBTP"),
        ("Clipped", percent(quality.clipped_share)),
        ("Silent", percent(quality.silent_share)),
    ]


def lanes_in_words(evidence: EvidenceDocument | None) -> list[str]:
    """What was searched for in each file; nothing where the evidence does not say."""
    if evidence is None:
        return []
    return [
        f"{file.name} ({', '.join(_lane_in_words(run) for run in file.lanes)})"
        for file in evidence.files
        if file.lanes
    ]


def _lane_in_words(run: LaneRun) -> str:
    match run.lane, run.outcome:
        case Lane.RECORDING, _:
            return "its sound"
        case Lane.MELODY, _:
            return f"its {run.notes} notes"
        case _, Outcome.SEARCHED:
            return f"{run.notes} notes as written down from it"
        case _:
            return "no tune could be written down from it"


def asset_url(track_id: str, role: str, name: str) -> str:
    """Where the owner and staff get a file of a track, with Range requests."""
    return f"/v1/tracks/{track_id}/assets/{role}/{quote(name, safe='')}"


def tempo_in_words(speed: float) -> str:
    """``12% faster`` of a speed of 1.12."""
    if abs(speed - 1) < _SAME_SPEED:
        return "same tempo"
    return f"{percent(abs(speed - 1))} {'faster' if speed > 1 else 'slower'} than the reference"


def transposition_in_words(semitones: float) -> str:
    """``a minor third higher`` of 3; octaves and odd cents are said as numbers."""
    distance = abs(semitones)
    if distance < _SAME_PITCH:
        return "same pitch"
    direction = "higher" if semitones > 0 else "lower"
    whole = round(distance)
    if abs(distance - whole) < _SAME_PITCH and whole < len(_INTERVALS):
        name = _INTERVALS[whole]
        return f"{'an' if name[0] in 'aeiou' else 'a'} {name} {direction}"
    return f"{distance:.1f} semitones {direction}"


def chance_in_words(evalue: float) -> str:
    """What an E-value means: how often chance alone gives a match as good in such a corpus."""
    if evalue < 1e-6:
        return "practically never as good"
    if evalue < 1:
        return f"as good once in {1 / evalue:,.0f} such searches"
    return f"some {evalue:.0f} as good in every search"


async def _shown(
    track_id: str,
    match: FoundMatch,
    file: ScreenedFile,
    engrave: Engrave,
    *,
    policy: Policy,
    staff: bool,
) -> ShownMatch:
    label, tone = _effect(match, policy)
    engraving, told = "", ""
    if isinstance(match.proof, MelodyProof):
        notes = [_aligned(note) for note in match.proof.notes]
        engraving = await engrave(notes, round(match.pitch_semitones))
        told = _notes_in_words(match.proof)
    return ShownMatch(
        kind=match.kind.value,
        heading=_heading(match),
        found_in=_found_in(match, file),
        elsewhere=match.corpus is Corpus.CATALOGUE,
        picture=picture_of(match, file.duration_s),
        proof_in_words=_proof_in_words(match),
        title=match.work.title,
        composer=match.work.composer,
        source=match.work.source,
        rights=match.work.rights,
        band=match.band.value,
        band_label=label,
        tone=tone,
        score=match.score,
        chance=chance_in_words(match.evalue),
        upload_span=(match.query_span.start_s, match.query_span.end_s),
        reference_span=(match.reference_span.start_s, match.reference_span.end_s),
        tempo=tempo_in_words(match.speed),
        transposition=transposition_in_words(match.pitch_semitones),
        upload=_upload_side(track_id, file),
        reference=_reference_side(match, staff=staff),
        engraving=engraving,
        notes_in_words=told,
    )


def _upload_side(track_id: str, file: ScreenedFile) -> Side:
    return Side(
        name=file.name,
        audio_url=asset_url(track_id, file.role, file.name),
        duration_s=file.duration_s,
        peaks=file.peaks,
    )


def _reference_side(match: FoundMatch, *, staff: bool) -> Side:
    work = match.work
    audible = match.kind is MatchKind.RECORDING and bool(work.peaks)
    url = ""
    if audible and work.file is None:
        url = f"/v1/references/{work.reference}/audio"
    elif audible and work.file is not None and staff:
        url = asset_url(work.file.track_id, work.file.role, work.file.name)
    return Side(
        name=work.instrumentation or work.title,
        audio_url=url,
        duration_s=work.duration_s or 0.0,
        peaks=work.peaks,
    )


def _effect(match: FoundMatch, policy: Policy) -> tuple[str, str]:
    """What the policy of its day makes of the match, and the tone of that."""
    if match.band is Band.NONE:
        return _BELOW
    verdicts = [verdict_on(match, policy, licence) for licence in DEMANDS]
    if verdicts[0] is Verdict.CLEAR and verdicts[-1] is not Verdict.CLEAR:
        return _SOME_LICENCES
    return _EFFECTS[verdicts[0]]


def _heading(match: FoundMatch) -> str:
    what = "recording" if match.kind is MatchKind.RECORDING else "melody"
    whose = " another seller's" if match.corpus is Corpus.CATALOGUE else ""
    return f"The {what} of{whose}"


def _found_in(match: FoundMatch, file: ScreenedFile) -> str:
    """``the stem vocals.wav, as written down from its sound``."""
    role = match.role or file.role
    how = ", as written down from the sound: an estimate" if match.transcribed else ""
    return f"the {role} {file.name}{how}"


def _proof_in_words(match: FoundMatch) -> str:
    proof = match.proof
    if isinstance(proof, MelodyProof):
        return ""
    told = []
    if proof.items:
        told.append(
            f"{percent(1 - proof.bit_error_rate)} of the bits in {proof.items} fingerprint items"
            " are the same (chance: half)"
        )
    if proof.landmarks:
        told.append(f"{proof.landmarks} spectral peaks are in their places")
    return "; ".join(told)


def _aligned(note: NotePair) -> AlignedNote:
    return AlignedNote(
        query_onset_s=note.query_onset_s,
        query_duration_s=note.query_duration_s,
        query_pitch=note.query_pitch,
        reference_onset_s=note.reference_onset_s,
        reference_duration_s=note.reference_duration_s,
        reference_pitch=note.reference_pitch,
        surprisal=note.surprisal,
        matches=note.matches,
    )


def _notes_in_words(proof: MelodyProof) -> str:
    same = sum(note.matches for note in proof.notes)
    told = (
        f"{same} of {len(proof.notes)} aligned notes are the same; "
        f"{percent(proof.common_share)} of them are common property such as scales."
    )
    if len(proof.notes) > COLUMNS_AT_MOST:
        told += f" The first {COLUMNS_AT_MOST} are shown."
    return told
