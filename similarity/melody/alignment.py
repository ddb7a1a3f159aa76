"""Stage 2: how well two segments align, after transposition and change of tempo.

Dynamic programming on transposed pitch. Intervals would be the wrong alphabet: one changed note
spoils two of them.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from similarity.compiled import compiled
from similarity.melody.costs import GLOBAL_COSTS, LOCAL_COSTS
from similarity.melody.lanes import LANES, best_score, last_score, lay, new_board, sweep
from similarity.melody.notes import Notes
from similarity.melody.thresholds import MAX_GLOBAL_RATIO

LOCAL, GLOBAL, TRANSPOSITION, TEMPO = range(4)
"""Columns of what ``align_segments`` returns."""

HYPOTHESES: Final = 3
"""Transpositions tried for each pair."""

_PITCHES: Final = 128
_TEMPO_STEPS: Final = 4
"""Tempo ratios are voted for in half octaves from 1/4 to 4."""


@compiled
def align_segments(
    query: Notes,
    references: Notes,
    offsets: NDArray[np.int64],
    chosen: NDArray[np.int64],
    rhythm: float,
) -> NDArray[np.float64]:
    """Align one query segment with the ``chosen`` of the segments that ``offsets`` bounds.

    ``rhythm`` as in ``costs.substitution``. Returns ``(len(chosen), 4)``: the local score, the
    global score (-inf where the lengths differ by more than ``MAX_GLOBAL_RATIO``), the
    transposition in semitones of the query above the reference, and log2 of query IOI over
    reference IOI, both of the best local alignment.
    """
    n = len(query.pitches)
    lengths = offsets[chosen + 1] - offsets[chosen]
    # Lanes of one board are of similar length, so that few of its cells are padding.
    order = np.argsort(lengths)
    hypotheses = np.empty((len(chosen), HYPOTHESES, 2))
    for k in range(len(chosen)):
        hypotheses[k] = vote(query, _part(references, offsets, chosen[k]))
    found = np.full((len(chosen), 4), -np.inf)
    board = new_board(lengths[order[-1]] if len(order) else 0)
    pairs = len(chosen) * HYPOTHESES
    for first in range(0, pairs, LANES):
        last = min(first + LANES, pairs)
        longest = lengths[order[(last - 1) // HYPOTHESES]]
        similar = False
        for pair in range(first, last):
            k = order[pair // HYPOTHESES]
            shift, tempo = hypotheses[k, pair % HYPOTHESES]
            reference = _part(references, offsets, chosen[k])
            lay(board, pair - first, reference, (shift, tempo), longest)
            similar = similar or _similar(n, lengths[k])
        sweep(board, query, longest, LOCAL_COSTS, rhythm)
        for pair in range(first, last):
            k = order[pair // HYPOTHESES]
            local = best_score(board, pair - first, lengths[k])
            if local > found[k, LOCAL]:
                found[k, LOCAL] = local
                found[k, TRANSPOSITION] = hypotheses[k, pair % HYPOTHESES, 0]
                found[k, TEMPO] = hypotheses[k, pair % HYPOTHESES, 1]
        if not similar:
            continue
        sweep(board, query, longest, GLOBAL_COSTS, rhythm)
        for pair in range(first, last):
            k = order[pair // HYPOTHESES]
            if _similar(n, lengths[k]):
                whole = last_score(board, pair - first, lengths[k])
                found[k, GLOBAL] = max(found[k, GLOBAL], whole)
    return found


@compiled
def vote(query: Notes, reference: Notes) -> NDArray[np.float64]:
    """The likeliest transpositions, each with its tempo, ``(3, 2)``: semitones, log2 IOI ratio.

    Every pair of equal intervals votes for the transposition that lays one on the other, with the
    square of how many equal intervals have led up to it, so that a passage of a dozen notes
    outweighs the coincidences that two whole lines in one scale have; its IOI ratio votes for the
    tempo.
    """
    m = len(reference.pitches)
    # Chains of the reference's notes that are left by the same interval, last note first.
    head = np.full(2 * _PITCHES, -1, dtype=np.int64)
    following = np.empty(m, dtype=np.int64)
    for j in range(m - 1):
        step = reference.pitches[j + 1] - reference.pitches[j] + _PITCHES
        following[j] = head[step]
        head[step] = j
    votes = np.zeros(2 * _PITCHES)
    tempos = np.zeros((2 * _PITCHES, 4 * _TEMPO_STEPS + 1), dtype=np.float32)
    runs = np.zeros(m + 1)
    reached = np.full(m + 1, -1)
    for i in range(len(query.pitches) - 1):
        j = head[query.pitches[i + 1] - query.pitches[i] + _PITCHES]
        while j >= 0:
            # Backwards over j, so that runs[j] is still that of the note before in the query.
            run = 1.0 + (runs[j] if reached[j] == i else 0.0)
            runs[j + 1] = run
            reached[j + 1] = i + 1
            shift = query.pitches[i] - reference.pitches[j] + _PITCHES
            votes[shift] += run * run
            octaves = query.log_ioi[i] - reference.log_ioi[j]
            tempo = math.floor(2.0 * octaves + 0.5) + 2 * _TEMPO_STEPS
            if 0 <= tempo <= 4 * _TEMPO_STEPS:
                tempos[shift, tempo] += run
            j = following[j]
    found = np.empty((HYPOTHESES, 2))
    for h in range(HYPOTHESES):
        shift = np.argmax(votes)
        found[h, 0] = shift - _PITCHES
        found[h, 1] = (np.argmax(tempos[shift]) - 2 * _TEMPO_STEPS) / 2.0
        votes[shift] = -1.0
    return found


@compiled
def _part(references: Notes, offsets: NDArray[np.int64], number: int) -> Notes:
    own = slice(offsets[number], offsets[number + 1])
    return Notes(references.pitches[own], references.log_ioi[own], references.weights[own])


@compiled
def _similar(notes: int, others: int) -> bool:
    return max(notes, others) <= MAX_GLOBAL_RATIO * min(notes, others)
