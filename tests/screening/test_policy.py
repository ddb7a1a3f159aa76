"""From findings to a verdict, in data and in words."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.screening.evidence import FORMAT, EvidenceDocument, FoundMatch, digest
from app.screening.judgement import NOTHING_FOUND, judge
from app.screening.lanes import Corpus, Lane
from app.screening.lifecycle import SCREENING, ScreeningCommand, ScreeningState
from app.screening.policy import (
    CURRENT,
    DEMANDS,
    POLICIES,
    POLICY_2,
    SEVERITY,
    STRENGTH,
    MalformedPolicy,
    Policy,
    PolicyUnknown,
    policy_of,
)
from app.screening.quality import QualityRefused
from app.screening.wording import match_in_words
from licensing.errors import IllegalTransition
from licensing.templates import OfferKind
from similarity.match import Band, MatchKind, Verdict
from tests.screening.findings import GOOD, found, screened_file

lanes = st.sampled_from(Lane)
corpora = st.sampled_from(Corpus)
bands = st.sampled_from(STRENGTH)
policies = st.sampled_from(list(POLICIES.values()))


def match_in(lane: Lane, corpus: Corpus, band: Band) -> FoundMatch:
    kind = MatchKind.RECORDING if lane is Lane.RECORDING else MatchKind.MELODY
    return found(kind, band, corpus=corpus, transcribed=lane is Lane.TRANSCRIPTION)


matches = st.lists(st.builds(match_in, lanes, corpora, bands), max_size=6)


@given(policies, lanes, corpora, bands, st.sampled_from(DEMANDS))
def test_every_combination_has_an_answer(
    policy: Policy, lane: Lane, corpus: Corpus, band: Band, licence: OfferKind
) -> None:
    assert policy.verdict(lane, corpus, band, licence) in SEVERITY


@given(policies, matches, st.data())
def test_a_stronger_match_is_never_judged_more_mildly(
    policy: Policy, before: list[FoundMatch], data: st.DataObject
) -> None:
    after = [
        replace(match, band=data.draw(st.sampled_from(STRENGTH[STRENGTH.index(match.band) :])))
        for match in before
    ]
    after += data.draw(matches)
    mild, harsh = (judge([screened_file()], found, policy) for found in (before, after))
    for licence in DEMANDS:
        assert SEVERITY.index(mild.licences[licence]) <= SEVERITY.index(harsh.licences[licence])
    assert SEVERITY.index(mild.verdict) <= SEVERITY.index(harsh.verdict)


@given(policies, matches)
def test_a_licence_that_promises_more_is_never_judged_more_mildly(
    policy: Policy, found: list[FoundMatch]
) -> None:
    judgement = judge([screened_file()], found, policy)
    verdicts = [SEVERITY.index(judgement.licences[licence]) for licence in DEMANDS]
    assert verdicts == sorted(verdicts)
    assert SEVERITY.index(judgement.verdict) == verdicts[0]


@given(policies, st.lists(st.builds(match_in, st.just(Lane.TRANSCRIPTION), corpora, bands)))
def test_transcriptions_alone_never_block(policy: Policy, found: list[FoundMatch]) -> None:
    assert Verdict.BLOCK not in judge([screened_file()], found, policy).licences.values()


@given(matches)
def test_whatever_holds_a_sale_back_is_said(found: list[FoundMatch]) -> None:
    judgement = judge([screened_file()], found)
    held = [kind for kind in DEMANDS if judgement.licences[kind] is not Verdict.CLEAR]
    assert (judgement.reasons == [NOTHING_FOUND]) is (not held)
    if judgement.verdict is Verdict.CLEAR and held:
        assert held[0].value.replace("_", " ") in judgement.reasons[0]
        assert len(judgement.reasons) > 1


def test_a_weak_transcription_only_holds_back_exclusivity() -> None:
    weak = match_in(Lane.TRANSCRIPTION, Corpus.REFERENCES, Band.REVIEW)
    judgement = judge([screened_file()], [weak])
    assert judgement.verdict is Verdict.CLEAR
    assert judgement.licences == {
        OfferKind.NON_EXCLUSIVE_SYNC: Verdict.CLEAR,
        OfferKind.COMMERCIAL_NON_EXCLUSIVE: Verdict.CLEAR,
        OfferKind.EXCLUSIVE: Verdict.REVIEW,
    }


@pytest.mark.parametrize(
    ("lane", "band", "row", "complaint"),
    [
        (Lane.MELODY, Band.BLOCK, ["review", "review", "clear"], "promises more"),
        (Lane.MELODY, Band.BLOCK, ["clear", "clear", "clear"], "stronger match"),
        (Lane.MELODY, Band.NONE, ["clear", "clear", "review"], "no match"),
        (Lane.TRANSCRIPTION, Band.BLOCK, ["review", "review", "block"], "may not block"),
        (Lane.RECORDING, Band.BLOCK, None, "says nothing"),
    ],
)
def test_a_table_that_makes_no_sense_cannot_be_made(
    lane: Lane, band: Band, row: list[str] | None, complaint: str
) -> None:
    rules = dict(POLICY_2.rules)
    if row is None:
        del rules[lane, Corpus.REFERENCES, band]
    else:
        sync, commercial, exclusive = (Verdict(verdict) for verdict in row)
        rules[lane, Corpus.REFERENCES, band] = (sync, commercial, exclusive)
    with pytest.raises(MalformedPolicy, match=complaint):
        Policy("https://policies.example/wrong", rules)


def test_an_old_verdict_can_still_be_explained() -> None:
    document = read_v1()
    judgement = judge(document.files, document.matches, policy_of(document.policy))
    assert judgement.verdict is document.verdict
    with pytest.raises(PolicyUnknown):
        policy_of("https://policies.example/never")


_POLICIES = "https://countersign.example/policies/screening"

PUBLISHED = {
    f"{_POLICIES}/v1": "bbd92bf78f8a397260253c56271f6e0e796c5703157bfa25395af229c20c4189",
    f"{_POLICIES}/v2": "9ecf55196cf1550c204ebd0a0a0677953be8c5a61e9ddc4e78740e5bb0e44f1c",
}
"""Verdicts were given under these tables: a change is a new version, not another digest here."""


def test_the_documented_table_is_the_one_in_force() -> None:
    page = (Path(__file__).parents[2] / "docs" / "screening.md").read_text()
    rows = {tuple(row.values()) for row in CURRENT.rows() if row["band"] != "none"}
    told = {tuple(line.strip("| ").split(" | ")) for line in page.splitlines() if "|" in line}
    assert rows <= told
    assert CURRENT is POLICY_2, "name the version in the page"


def test_no_published_policy_was_edited() -> None:
    assert {uri: policy.sha256 for uri, policy in POLICIES.items()} == PUBLISHED


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
        policy=CURRENT.uri,
        policy_sha256=CURRENT.sha256,
        licences=dict.fromkeys(DEMANDS, Verdict.BLOCK),
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


def read_v1() -> EvidenceDocument:
    """Evidence as the first version wrote it, before there was a second corpus."""
    stored = Path(__file__).with_name("documents") / "evidence-v1.json"
    return msgspec.json.decode(stored.read_bytes(), type=EvidenceDocument)


def test_evidence_of_the_first_version_is_still_read() -> None:
    document = read_v1()
    assert {match.lane for match in document.matches} == {Lane.RECORDING, Lane.MELODY}
    assert {match.corpus for match in document.matches} == {Corpus.REFERENCES}
    assert document.licences == {}


def test_a_stem_may_be_silent() -> None:
    silent = screened_file(role="stem", quality=replace(GOOD, integrated_lufs=None))
    assert judge([screened_file(), silent], []).verdict is Verdict.CLEAR


def test_another_sellers_track_is_named_as_such() -> None:
    match = found(MatchKind.RECORDING, Band.BLOCK, corpus=Corpus.CATALOGUE)
    assert "the recording of another seller's “The Ranting" in match_in_words(match, "mix.wav")


def test_a_transcription_is_named_as_such() -> None:
    match = found(MatchKind.MELODY, Band.BLOCK, transcribed=True)
    assert "as written down from the sound" in match_in_words(match, "mix.wav")


@given(st.sampled_from(ScreeningState), st.sampled_from(ScreeningCommand))
def test_only_the_table_moves_a_screening(state: ScreeningState, command: ScreeningCommand) -> None:
    if (state, command) in SCREENING.transitions:
        assert SCREENING.advance(state, command) is SCREENING.transitions[state, command]
    else:
        with pytest.raises(IllegalTransition):
            SCREENING.advance(state, command)
