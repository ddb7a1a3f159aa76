"""The index: works found in any key and rhythm, chance not mistaken for a work."""

from __future__ import annotations

import numpy as np
import pytest

from similarity.match import Band, MatchKind, MelodyEvidence
from similarity.melody.index import MelodyIndex
from similarity.melody.score import Melody
from tests.similarity.melody.music import melody, random_tune, score, transposed


def rerhythmed(line: Melody, rng: np.random.Generator) -> Melody:
    lengths = np.append(np.diff(line.onsets_q), 1.0) * rng.choice([0.5, 1.0, 1.0, 1.5], len(line))
    return melody(line.pitches.tolist(), lengths.tolist(), line.name)


def test_every_work_finds_itself_first_with_score_one(
    index: MelodyIndex, tunes: list[Melody]
) -> None:
    for number in range(0, 420, 21):
        best, *others = index.search(score(tunes[number]), top=5)
        assert best.reference == f"tune-{number:03}"
        assert (best.score, best.band, best.speed) == (1.0, Band.BLOCK, 1.0)
        assert all(other.score < 1.0 for other in others)
        assert [o.score for o in others] == sorted((o.score for o in others), reverse=True)


def test_key_and_tempo_are_found_and_reported(index: MelodyIndex, tunes: list[Melody]) -> None:
    best = index.search(score(transposed(tunes[11], -5, stretch=0.8)), top=1)[0]
    assert best.kind is MatchKind.MELODY
    assert best.reference == "tune-011"
    assert best.pitch_semitones == -5.0
    assert best.speed == pytest.approx(1.25)
    assert best.query_span.length_s == pytest.approx(0.8 * best.reference_span.length_s)


def test_a_tune_in_another_key_and_rhythm_under_a_new_accompaniment_is_flagged(
    index: MelodyIndex, tunes: list[Melody]
) -> None:
    rng = np.random.default_rng(5)
    for number in range(0, 420, 42):
        tune = rerhythmed(transposed(tunes[number], 4), rng)
        accompaniment = random_tune(rng, 60)
        best = index.search(score(accompaniment, tune), top=3)[0]
        assert best.reference == f"tune-{number:03}"
        assert best.band is not Band.NONE
        assert best.pitch_semitones == 4.0


def test_new_tunes_are_clear(index: MelodyIndex) -> None:
    rng = np.random.default_rng(99)
    flagged = 0
    for _ in range(60):
        matches = index.search(score(random_tune(rng, 56)), top=10)
        flagged += any(match.band is not Band.NONE for match in matches)
    # Two in a hundred are allowed to be reviewed; more than five of sixty has odds of 1 in 1,000.
    assert flagged <= 5


def test_a_passage_planted_in_a_strange_tune_is_found_with_its_place(
    index: MelodyIndex, tunes: list[Melody]
) -> None:
    rng = np.random.default_rng(8)
    found = 0
    for number in range(0, 420, 21):
        tune, host = tunes[number], random_tune(rng, 60)
        passage = (tune.pitches[6:30] + 3).tolist()
        pitches = host.pitches[:30].tolist() + passage + host.pitches[30:].tolist()
        tune_lengths = np.diff(tune.onsets_q)[6:30].tolist()
        host_lengths = [*np.diff(host.onsets_q).tolist(), 1.0]
        lengths = host_lengths[:30] + tune_lengths + host_lengths[30:]
        query = melody(pitches, lengths)
        best = index.search(score(query), top=1)[0]
        if best.reference != f"tune-{number:03}":
            continue
        found += 1
        first, last = query.onsets_s[30], query.onsets_s[53]
        assert best.query_span.start_s <= first + 2
        assert best.query_span.end_s >= last - 2
    assert found >= 18


def test_evidence_shows_the_notes_that_match(index: MelodyIndex, tunes: list[Melody]) -> None:
    tune = tunes[42]
    pitches = tune.pitches.copy()
    pitches[10] += 2
    lengths = [*np.diff(tune.onsets_q).tolist(), 1.0]
    best = index.search(score(melody((pitches + 7).tolist(), lengths, "copy")), top=1)[0]
    evidence = best.evidence
    assert isinstance(evidence, MelodyEvidence)
    assert best.score < 1.0
    assert evidence.query_voice == "copy"
    assert len(evidence.notes) == len(tune)
    assert [k for k, note in enumerate(evidence.notes) if not note.matches] == [10]
    assert evidence.notes[0].reference_pitch == tune.pitches[0]
    assert evidence.notes[0].query_pitch == tune.pitches[0] + 7
    assert evidence.notes[5].reference_onset_s == tune.onsets_s[5]
    assert 0.0 <= evidence.common_share <= 1.0


def test_changes_are_searched_after_build_only(tunes: list[Melody]) -> None:
    index = MelodyIndex()
    index.add("a", score(tunes[0]))
    assert index.search(score(tunes[0])) == []
    index.build()
    index.remove("a")
    assert [match.reference for match in index.search(score(tunes[0]))] == ["a"]
    with pytest.raises(KeyError):
        index.remove("a")


def test_an_index_of_one_work_judges_soberly(tunes: list[Melody]) -> None:
    index = MelodyIndex()
    index.add("only", score(tunes[0]))
    index.build()
    assert index.search(score(transposed(tunes[0], 3)))[0].band is Band.BLOCK
    assert index.search(score(tunes[1]))[0].band is Band.NONE


@pytest.mark.parametrize("notes", [1, 2, 3, 5])
def test_a_few_notes_prove_nothing(index: MelodyIndex, tunes: list[Melody], notes: int) -> None:
    tune = tunes[9]
    lengths = np.diff(tune.onsets_q)[:notes].tolist()
    matches = index.search(score(melody(tune.pitches[:notes].tolist(), lengths)), top=5)
    assert all(match.band is Band.NONE for match in matches)


def test_one_note_repeated_is_common_property(index: MelodyIndex, tunes: list[Melody]) -> None:
    drone = score(melody([60] * 200, [0.5] * 200))
    assert all(match.band is Band.NONE for match in index.search(drone))
    with_drone = MelodyIndex()
    for number in range(40):
        with_drone.add(f"tune-{number:03}", score(tunes[number]))
    with_drone.add("drone", score(melody([48] * 100, [1.0] * 100)))
    with_drone.build()
    assert with_drone.search(score(tunes[3]), top=1)[0].reference == "tune-003"


def test_long_works_are_found_by_a_passage_deep_inside(tunes: list[Melody]) -> None:
    rng = np.random.default_rng(21)
    index = MelodyIndex()
    works = [random_tune(rng, 300) for _ in range(12)]
    for number, work in enumerate(works):
        index.add(f"long-{number}", score(work))
    wanted = works[7]
    index.build()
    passage = melody(
        (wanted.pitches[240:280] - 2).tolist(), np.diff(wanted.onsets_q)[240:280].tolist()
    )
    best = index.search(score(passage), top=1)[0]
    assert best.reference == "long-7"
    assert best.band is Band.BLOCK
    assert best.reference_span.start_s == pytest.approx(wanted.onsets_s[240])
