"""What the benchmark's figures mean: intervals, floors, and how answers are held against truth."""

from __future__ import annotations

import pytest

from scripts.bench.cells import Cell, Kind, clopper_pearson
from scripts.bench.judging import judge
from scripts.bench.uploads import Truth
from similarity.match import Band, Match, MatchKind, RecordingEvidence, Span


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (0, 400, 0.0, 0.00918),  # 1 - 0.025 ** (1 / 400)
        (400, 400, 0.99082, 1.0),
        (8, 10, 0.44390, 0.97479),  # Clopper and Pearson's own table reads .44 to .97
        (0, 0, 0.0, 1.0),
    ],
)
def test_intervals_are_exact(hits: int, n: int, low: float, high: float) -> None:
    assert clopper_pearson(hits, n) == pytest.approx((low, high), abs=1e-5)


def test_a_floor_may_be_a_ceiling() -> None:
    assert Cell("g", "r", 100, 97, 0.97).passed
    assert not Cell("g", "r", 100, 96, 0.97).passed
    assert Cell("g", "r", 100, 0, 0.0, Kind.AT_MOST).passed
    assert not Cell("g", "r", 100, 1, 0.0, Kind.AT_MOST).passed
    assert Cell("g", "r", 0, 0, 0.97).passed is None


TRUTH = Truth("song", at_s=100, length_s=16, start_s=30, speed=1.25, semitones=3.86)


def found(reference: str, query: tuple[float, float], band: Band = Band.BLOCK) -> Match:
    """A match of the true speed and place, at a stretch of the upload."""
    places = (TRUTH.reference_time(query[0]), TRUTH.reference_time(query[1]))
    return Match(
        kind=MatchKind.RECORDING,
        reference=reference,
        score=0.9,
        evalue=1e-12,
        query_span=Span(*query),
        reference_span=Span(*places),
        speed=1.25,
        pitch_semitones=3.86,
        band=band,
        evidence=RecordingEvidence(0.1, 100),
    )


def test_a_true_match_is_a_hit_with_its_errors() -> None:
    outcome = judge([found("song", (100, 116))], TRUTH, alone=True)
    assert outcome.hit
    assert outcome.place_s == pytest.approx(0)
    assert outcome.overlap == pytest.approx(1)


def test_the_first_place_and_a_band_are_both_needed() -> None:
    right, wrong = found("song", (100, 116)), found("other", (100, 116))
    assert not judge([wrong, right], TRUTH, alone=True).hit
    assert not judge([found("song", (100, 116), Band.NONE)], TRUTH, alone=True).hit
    assert not judge([], TRUTH, alone=True).hit


def test_neighbours_in_a_long_upload_are_no_rivals() -> None:
    right, neighbour = found("song", (100, 116)), found("other", (70, 101))
    assert judge([neighbour, right], TRUTH, alone=False).hit
    rival = found("other", (95, 115))
    assert not judge([rival, right], TRUTH, alone=False).hit


def test_a_match_elsewhere_in_a_long_upload_is_no_hit() -> None:
    assert not judge([found("song", (300, 316))], TRUTH, alone=False).accepted


def test_half_the_true_stretch_overlaps_by_half() -> None:
    outcome = judge([found("song", (100, 108))], TRUTH, alone=True)
    assert outcome.overlap == pytest.approx(0.5)
