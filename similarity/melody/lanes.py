"""Many alignments side by side, each in its lane of the processor's vectors.

The dynamic programme of one pair depends on itself from cell to cell; those of many pairs do not
depend on each other, so many are computed at once (Rognes 2011, "SWIPE"). A *board* holds the
columns of all lanes: one row for each reference note, in it nine slots of ``LANES`` float32 each.
All that a cell reads and writes lies at fixed distances in one array, which is what lets the
compiler turn the innermost loop into vector instructions.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from similarity.compiled import compiled
from similarity.melody.costs import LARGEST_RHYTHM_STEP, Costs
from similarity.melody.notes import Notes

LANES: Final = 32
"""Two or four vectors of single precision: while one waits for its cell, another goes on."""

_LANES: Final = np.uintp(LANES)
_PITCH, _IOI, _WEIGHT, _SCORE, _DOWN, _DIAGONAL, _ACROSS, _LEFT, _BEST = (
    np.uintp(slot * LANES) for slot in range(9)
)
"""Unsigned, because signed indices are checked for being negative."""
_ROW: Final = np.uintp(9 * LANES)

_NOWHERE: Final = np.float32(1e6)
"""A pitch that matches none: it fills lanes whose reference is shorter than the board."""
_NEVER: Final = np.float32(-1e9)
_ZERO: Final = np.float32(0.0)
_HALF: Final = np.float32(0.5)
_ONE: Final = np.float32(1.0)
_NEAR_SEMITONES: Final = np.float32(2.0)
_OCTAVE_SEMITONES: Final = np.float32(12.0)


@compiled
def new_board(notes: int) -> NDArray[np.float32]:
    """A board for references of up to so many notes."""
    return np.zeros((notes + 1) * 9 * LANES, dtype=np.float32)


@compiled
def lay(
    board: NDArray[np.float32],
    lane: int,
    reference: Notes,
    moved: tuple[float, float],
    notes: int,
) -> None:
    """Put a reference into a lane, up to row ``notes``, moved by semitones and log2 IOI."""
    semitones, octaves = moved
    for j in range(notes):
        row = np.uintp(j) * _ROW + np.uintp(lane)
        if j < len(reference.pitches):
            board[row + _PITCH] = reference.pitches[j] + semitones
            board[row + _IOI] = reference.log_ioi[j] + octaves
            board[row + _WEIGHT] = reference.weights[j]
        else:
            board[row + _PITCH] = _NOWHERE


@compiled
def sweep(
    board: NDArray[np.float32], query: Notes, notes: int, costs: Costs, rhythm: float
) -> None:
    """Align the query with the references of all lanes, over the first ``notes`` rows.

    Affine gaps (Gotoh 1982), from end to end (Needleman & Wunsch 1970) or by best parts (Smith &
    Waterman 1981), as the costs say. ``rhythm`` as in ``costs.substitution``.
    """
    gap_open, gap_extend = np.float32(costs.gap_open), np.float32(costs.gap_extend)
    near, octave, far = np.float32(-costs.near), np.float32(-costs.octave), np.float32(-costs.far)
    largest = np.float32(LARGEST_RHYTHM_STEP)
    slope = np.float32(rhythm / LARGEST_RHYTHM_STEP)
    whole = costs.whole
    least = _NEVER if whole else _ZERO
    _clear(board, notes, costs)
    for i in range(len(query.pitches)):
        pitch = np.float32(query.pitches[i])
        ioi = query.log_ioi[i]
        weight = query.weights[i]
        above = -(gap_open + gap_extend * np.float32(i - 1)) if whole and i else _ZERO
        left = -(gap_open + gap_extend * np.float32(i)) if whole else _ZERO
        for lane in range(_LANES):
            board[_DIAGONAL + lane] = above
            board[_LEFT + lane] = left
            board[_ACROSS + lane] = _NEVER
        for j in range(np.uintp(notes)):
            row = j * _ROW
            for lane in range(_LANES):
                cell = row + lane
                apart = abs(pitch - board[cell + _PITCH])
                step = abs(ioi - board[cell + _IOI])
                step = min(largest, step)
                match = (_ONE - slope * step) * (_HALF * (weight + board[cell + _WEIGHT]))
                change = near if apart <= _NEAR_SEMITONES else far
                change = octave if apart == _OCTAVE_SEMITONES else change
                score = board[cell + _DIAGONAL] + (match if apart == _ZERO else change)
                before = board[cell + _SCORE]
                down, opened = board[cell + _DOWN] - gap_extend, before - gap_open
                down = max(opened, down)
                across, opened = board[cell + _ACROSS] - gap_extend, board[cell + _LEFT] - gap_open
                across = max(opened, across)
                score = max(down, score)
                score = max(across, score)
                score = max(least, score)
                best = board[cell + _BEST]
                board[cell + _DOWN] = down
                board[cell + _SCORE] = score
                board[cell + _BEST] = max(score, best)
                board[cell + _ROW + _DIAGONAL] = before
                board[cell + _ROW + _ACROSS] = across
                board[cell + _ROW + _LEFT] = score


@compiled
def best_score(board: NDArray[np.float32], lane: int, notes: int) -> float:
    """The best local score of a lane after a sweep of so many rows."""
    best = 0.0
    for j in range(notes):
        best = max(best, board[np.uintp(j) * _ROW + _BEST + np.uintp(lane)])
    return best


@compiled
def last_score(board: NDArray[np.float32], lane: int, notes: int) -> float:
    """The score of a lane whose reference has so many notes, after a sweep of whole lines."""
    return float(board[np.uintp(notes - 1) * _ROW + _SCORE + np.uintp(lane)])


@compiled
def _clear(board: NDArray[np.float32], notes: int, costs: Costs) -> None:
    for j in range(np.uintp(notes)):
        edge = -(costs.gap_open + costs.gap_extend * j) if costs.whole else 0.0
        for lane in range(_LANES):
            cell = j * _ROW + lane
            board[cell + _SCORE] = edge
            board[cell + _DOWN] = _NEVER
            board[cell + _BEST] = _ZERO
