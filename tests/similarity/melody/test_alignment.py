"""Alignment: what it must not depend on, and what it must."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from similarity.melody.alignment import GLOBAL, LOCAL, align_segments, vote
from similarity.melody.costs import GLOBAL_COSTS, LOCAL_COSTS, NOTATED_RHYTHM
from similarity.melody.lanes import LANES, best_score, last_score, lay, new_board, sweep
from similarity.melody.notes import Notes
from similarity.melody.segments import cut
from similarity.melody.tokens import tokens
from similarity.melody.traceback import aligned_pairs
from tests.similarity.melody.music import melody

LINES = st.lists(
    st.tuples(st.integers(40, 90), st.sampled_from([0.25, 0.5, 0.75, 1.0, 2.0])),
    min_size=3,
    max_size=30,
)


def notes_of(line: list[tuple[int, float]]) -> Notes:
    return cut([melody([pitch for pitch, _ in line], [length for _, length in line])])[0]


def scores(query: Notes, reference: Notes) -> list[float]:
    offsets = np.array([0, len(reference.pitches)], dtype=np.int64)
    chosen = np.zeros(1, dtype=np.int64)
    return [float(x) for x in align_segments(query, reference, offsets, chosen, NOTATED_RHYTHM)[0]]


def align(query: Notes, reference: Notes, shift: float, tempo: float, kind: int) -> float:
    """One pair at a given transposition and tempo, beside a longer stranger in the next lane."""
    m = len(reference.pitches)
    board = new_board(m + 3)
    stranger = notes_of([(40 + 3 * k, 1.0) for k in range(m + 3)])
    lay(board, LANES - 1, stranger, (0.0, 0.0), m + 3)
    lay(board, 2, reference, (shift, tempo), m + 3)
    costs = GLOBAL_COSTS if kind == GLOBAL else LOCAL_COSTS
    sweep(board, query, m + 3, costs, NOTATED_RHYTHM)
    return last_score(board, 2, m) if kind == GLOBAL else best_score(board, 2, m)


@settings(deadline=None, max_examples=60)
@given(LINES, LINES)
def test_alignment_is_symmetric(
    first: list[tuple[int, float]], second: list[tuple[int, float]]
) -> None:
    a, b = notes_of(first), notes_of(second)
    for kind in (LOCAL, GLOBAL):
        assert align(a, b, 3.0, 0.5, kind) == pytest.approx(align(b, a, -3.0, -0.5, kind), abs=1e-5)


@settings(deadline=None, max_examples=60)
@given(LINES, LINES, st.integers(-20, 20), st.sampled_from([0.25, 0.5, 2.0, 4.0]))
def test_scores_do_not_depend_on_key_or_tempo(
    first: list[tuple[int, float]], second: list[tuple[int, float]], key: int, stretch: float
) -> None:
    moved = [(pitch + key, length * stretch) for pitch, length in first]
    a, b = notes_of(first), notes_of(second)
    shifted = notes_of(moved)
    assert align(shifted, b, 2.0 + key, np.log2(stretch), LOCAL) == pytest.approx(
        align(a, b, 2.0, 0.0, LOCAL), abs=1e-4
    )
    assert np.array_equal(tokens(shifted), tokens(a))


@settings(deadline=None, max_examples=60)
@given(LINES, st.integers(-12, 12))
def test_a_line_aligns_with_its_transposed_self_note_for_note(
    line: list[tuple[int, float]], key: int
) -> None:
    a = notes_of(line)
    b = notes_of([(pitch + key, length) for pitch, length in line])
    local, whole, _, _ = scores(b, a)
    ceiling = float(a.weights.sum())
    assert align(b, a, float(key), 0.0, GLOBAL) == pytest.approx(ceiling, rel=1e-4)
    assert local <= ceiling + 1e-3
    assert whole <= local + 1e-3
    pairs = aligned_pairs(b, a, float(key), 0.0, NOTATED_RHYTHM)
    assert pairs.tolist() == [[k, k] for k in range(len(line))]


@settings(deadline=None, max_examples=60)
@given(LINES, LINES, st.integers(-5, 5))
def test_the_traceback_is_in_order_and_inside_both_lines(
    first: list[tuple[int, float]], second: list[tuple[int, float]], shift: int
) -> None:
    a, b = notes_of(first), notes_of(second)
    pairs = aligned_pairs(a, b, float(shift), 0.0, NOTATED_RHYTHM)
    for column, line in enumerate((a, b)):
        used = pairs[:, column][pairs[:, column] >= 0]
        assert np.all(np.diff(used) == 1)
        assert not len(used) or used[-1] < len(line.pitches)
    assert (align(a, b, float(shift), 0.0, LOCAL) > 0) == bool(len(pairs))


def test_a_long_run_outvotes_scattered_coincidences() -> None:
    rng = np.random.default_rng(3)
    theme = rng.integers(55, 80, 14).tolist()
    host = rng.choice([60, 62, 64, 65, 67], 60).tolist()
    query = notes_of([(p, 1.0) for p in host[:30] + [p + 5 for p in theme] + host[30:]])
    reference = notes_of([(p, 1.0) for p in host[::-1] + theme])
    assert 5.0 in vote(query, reference)[:, 0].tolist()


def test_lengths_too_different_have_no_global_score() -> None:
    short = notes_of([(60 + k, 1.0) for k in range(5)])
    long = notes_of([(60 + k % 7, 1.0) for k in range(20)])
    assert scores(short, long)[GLOBAL] == -np.inf
    assert scores(short, short)[GLOBAL] > 0


def test_a_changed_note_costs_less_than_two_in_pitch() -> None:
    tune = [(60, 1.0), (62, 1.0), (64, 1.0), (65, 1.0), (67, 1.0), (65, 1.0), (64, 1.0), (60, 1.0)]
    changed = [*tune[:3], (66, 1.0), *tune[4:]]
    a, b = notes_of(tune), notes_of(changed)
    assert align(b, a, 0.0, 0.0, LOCAL) > align(a, a, 0.0, 0.0, LOCAL) - 2.5
