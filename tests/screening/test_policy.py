"""From findings to a verdict, in data and in words."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.screening.evidence import FORMAT, EvidenceDocument, digest
from app.screening.lifecycle import SCREENING, ScreeningCommand, ScreeningState
from app.screening.policy import POLICY, VERDICT_OF, QualityRefused, judge
from app.screening.wording import match_in_words
from licensing.errors import IllegalTransition
from similarity.match import Band, MatchKind, Verdict
from tests.screening.findings import GOOD, found, screened_file

SEVERITY = [Verdict.CLEAR, Verdict.REVIEW, Verdict.BLOCK]

kinds_and_bands = st.lists(st.tuples(st.sampled_from(MatchKind), st.sampled_from(Band)), max_size=8)


@given(kinds_and_bands)
def test_the_strongest_match_decides(pairs: list[tuple[MatchKind, Band]]) -> None:
    judgement = judge([screened_file()], [found(kind, band) for kind, band in pairs])
    verdicts = [VERDICT_OF[pair] for pair in pairs] or [Verdict.CLEAR]
    assert judgement.verdict is max(verdicts, key=SEVERITY.index)
    deciding = [v for v in verdicts if v is judgement.verdict and v is not Verdict.CLEAR]
    assert len(judgement.reasons) == (len(deciding) or 1)


def test_every_kind_and_band_has_a_verdict() -> None:
    assert set(VERDICT_OF) == {(kind, band) for kind in MatchKind for band in Band}


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({"duration_s": 2.9}, "recording-too-short"),
        ({"quality": replace(GOOD, integrated_lufs=None)}, "recording-silent"),
        ({"quality": replace(GOOD, silent_share=0.99)}, "recording-silent"),
    ],
)
def test_what_cannot_be_screened_is_refused(changes: dict[str, Any], slug: str) -> None:
    with pytest.raises(QualityRefused) as refused:
        judge([screened_file(**changes)], [found(MatchKind.RECORDING, Band.BLOCK)])
    assert refused.value.rule.slug == slug


def test_clipping_is_advice_and_changes_no_verdict() -> None:
    clipped = screened_file(quality=replace(GOOD, clipped_share=0.02, true_peak_dbtp=0.4))
    judgement = judge([clipped], [])
    assert judgement.verdict is Verdict.CLEAR
    assert len(judgement.advice) == 2


def test_a_short_score_is_no_short_recording() -> None:
    score = screened_file(kind="score", quality=None, duration_s=1.0, note_count=8)
    assert judge([screened_file(), score], []).verdict is Verdict.CLEAR


def test_a_recording_match_in_words() -> None:
    sentence = match_in_words(found(MatchKind.RECORDING, Band.BLOCK), "mix.wav")
    assert sentence == (
        "mix.wav from 0:00 to 0:15 sounds like the recording of “The Ranting Highlandman” "
        "(Traditional) from 1:02 to 1:19: 92% of the fingerprint agrees, played 12% faster and "
        "2 semitones higher."
    )


def test_a_melody_match_in_words() -> None:
    match = found(MatchKind.MELODY, Band.REVIEW, speed=1.0, pitch_semitones=-3.0)
    assert match_in_words(match, "score.mid") == (
        "The tune in score.mid from 0:00 to 0:15 resembles “The Ranting Highlandman” "
        "(Traditional) from 1:02 to 1:19: 3 of 4 notes agree, 3 semitones lower."
    )


def test_evidence_has_one_representation() -> None:
    document = EvidenceDocument(
        format=FORMAT,
        policy=POLICY,
        engine="engine/1",
        track_id="trk_x",
        verdict=Verdict.BLOCK,
        reasons=["because"],
        advice=[],
        corpora={"references": "c" * 64},
        files=[screened_file()],
        matches=[found(kind, Band.BLOCK) for kind in MatchKind],
    )
    canonical = document.canonical()
    read_back = msgspec.json.decode(canonical, type=EvidenceDocument)
    assert read_back == document
    assert read_back.canonical() == canonical
    assert digest(canonical) == hashlib.sha256(canonical).hexdigest()
    assert digest(canonical) != digest(replace(document, reasons=["Because"]).canonical())


@given(st.sampled_from(ScreeningState), st.sampled_from(ScreeningCommand))
def test_only_the_table_moves_a_screening(state: ScreeningState, command: ScreeningCommand) -> None:
    if (state, command) in SCREENING.transitions:
        assert SCREENING.advance(state, command) is SCREENING.transitions[state, command]
    else:
        with pytest.raises(IllegalTransition):
            SCREENING.advance(state, command)
