"""Which notes a local alignment lays on which."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from similarity.compiled import compiled
from similarity.melody.costs import LOCAL_COSTS, substitution
from similarity.melody.notes import Notes

_NO_GAP: Final = -1e9
_STOP: Final = 0
_DIAGONAL: Final = 1
_QUERY_GAP: Final = 2
_REFERENCE_GAP: Final = 3
_OPENED_QUERY: Final = 4
_OPENED_REFERENCE: Final = 8


@compiled
def aligned_pairs(
    query: Notes, reference: Notes, shift: float, tempo: float, rhythm: float
) -> NDArray[np.int64]:
    """The steps of the best local alignment in order, ``(k, 2)``: query note, reference note.

    -1 stands for a gap. Scores as in ``lanes.sweep``, with its ``rhythm``; empty where nothing
    scores above zero.
    """
    moves, end_i, end_j = _fill(query, reference, shift, tempo, rhythm)
    steps = np.empty((end_i + end_j, 2), dtype=np.int64)
    count = 0
    i, j = end_i, end_j
    state = _DIAGONAL
    while i > 0 or j > 0:
        move = moves[i, j]
        if state == _DIAGONAL:
            state = move & 3
            if state == _STOP:
                break
            if state == _DIAGONAL:
                i, j = i - 1, j - 1
                steps[count, 0], steps[count, 1] = i, j
                count += 1
        elif state == _QUERY_GAP:
            if move & _OPENED_QUERY:
                state = _DIAGONAL
            j -= 1
            steps[count, 0], steps[count, 1] = -1, j
            count += 1
        else:
            if move & _OPENED_REFERENCE:
                state = _DIAGONAL
            i -= 1
            steps[count, 0], steps[count, 1] = i, -1
            count += 1
    return steps[:count][::-1].copy()


@compiled
def _fill(
    query: Notes, reference: Notes, shift: float, tempo: float, rhythm: float
) -> tuple[NDArray[np.uint8], int, int]:
    n, m = len(query.pitches), len(reference.pitches)
    moves = np.zeros((n + 1, m + 1), dtype=np.uint8)
    row = np.zeros(m + 1)
    down = np.full(m + 1, _NO_GAP)
    best, end_i, end_j = 0.0, 0, 0
    for i in range(n):
        pitch = query.pitches[i] - shift
        ioi = query.log_ioi[i] - tempo
        weight = query.weights[i]
        diagonal = 0.0
        across = _NO_GAP
        for j in range(m):
            move = 0
            opened = row[j + 1] - LOCAL_COSTS.gap_open
            down[j + 1] -= LOCAL_COSTS.gap_extend
            if opened >= down[j + 1]:
                down[j + 1] = opened
                move |= _OPENED_REFERENCE
            opened = row[j] - LOCAL_COSTS.gap_open
            across -= LOCAL_COSTS.gap_extend
            if opened >= across:
                across = opened
                move |= _OPENED_QUERY
            score = diagonal + substitution(
                pitch - reference.pitches[j],
                ioi - reference.log_ioi[j],
                0.5 * (weight + reference.weights[j]),
                rhythm,
                LOCAL_COSTS,
            )
            if score >= down[j + 1] and score >= across:
                kind = _DIAGONAL
            elif across >= down[j + 1]:
                kind, score = _QUERY_GAP, across
            else:
                kind, score = _REFERENCE_GAP, down[j + 1]
            if score <= 0.0:
                kind, score = _STOP, 0.0
            moves[i + 1, j + 1] = move | kind
            diagonal = row[j + 1]
            row[j + 1] = score
            if score > best:
                best, end_i, end_j = score, i + 1, j + 1
    return moves, end_i, end_j
