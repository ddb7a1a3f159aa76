"""Stage 2: how well two segments align, after transposition and change of tempo.

Affine-gap dynamic programming (Gotoh 1982), local (Smith & Waterman 1981) and global (Needleman &
Wunsch 1970), on transposed pitch. Intervals would be the wrong alphabet: one changed note spoils
two of them. The substitution scores follow Mongeau & Sankoff (1990) and van Kranenburg et al.
(2013) in kind: pitch first, then rhythm, weighted by how much a note counts.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from similarity.melody.compiled import compiled
from similarity.melody.notes import Notes

MISMATCH_NEAR: Final = -0.3
"""A note one or two semitones off: a passing change, common between variants."""
MISMATCH_FAR: Final = -1.0
OCTAVE: Final = -0.5
"""An octave off: folded by a singer or an arranger, rarely the same tune otherwise."""
GAP_OPEN: Final = 1.0
GAP_EXTEND: Final = 0.35
RHYTHM: Final = 0.5
"""Share of a match lost where its IOI is off by a factor of four or more."""
LARGEST_RHYTHM_STEP: Final = 2.0

LOCAL, GLOBAL, TRANSPOSITION, TEMPO = range(4)
"""Columns of what ``align_segments`` returns."""

_HYPOTHESES: Final = 3
NO_GAP: Final = -1e9
_PITCHES: Final = 128
_TEMPO_STEPS: Final = 4
"""Tempo ratios are voted for in half octaves from 1/4 to 4."""


@compiled
def align_segments(
    query: Notes,
    references: Notes,
    offsets: NDArray[np.int64],
    chosen: NDArray[np.int64],
    max_ratio: float,
) -> NDArray[np.float64]:
    """Align one query segment with the ``chosen`` of the segments that ``offsets`` bounds.

    Returns ``(len(chosen), 4)``: the local score, the global score (-inf where the lengths differ
    by more than ``max_ratio``), the transposition in semitones of the query above the reference,
    and log2 of query IOI over reference IOI, both of the best local alignment.
    """
    found = np.empty((len(chosen), 4))
    n = len(query.pitches)
    for k in range(len(chosen)):
        a, b = offsets[chosen[k]], offsets[chosen[k] + 1]
        reference = Notes(references.pitches[a:b], references.log_ioi[a:b], references.weights[a:b])
        found[k, LOCAL] = -np.inf
        found[k, GLOBAL] = -np.inf
        similar = max(n, b - a) <= max_ratio * min(n, b - a)
        hypotheses = vote(query, reference)
        for h in range(len(hypotheses)):
            shift, tempo = hypotheses[h, 0], hypotheses[h, 1]
            local = align(query, reference, shift, tempo, LOCAL)
            if local > found[k, LOCAL]:
                found[k, LOCAL] = local
                found[k, TRANSPOSITION] = shift
                found[k, TEMPO] = tempo
            if similar:
                found[k, GLOBAL] = max(
                    found[k, GLOBAL], align(query, reference, shift, tempo, GLOBAL)
                )
    return found


@compiled
def vote(query: Notes, reference: Notes) -> NDArray[np.float64]:
    """The likeliest transpositions, each with its tempo, ``(3, 2)``: semitones, log2 IOI ratio.

    Every pair of equal intervals votes for the transposition that lays one on the other, thrice
    when the next interval agrees as well; its IOI ratio votes for the tempo.
    """
    votes = np.zeros(2 * _PITCHES)
    tempos = np.zeros((2 * _PITCHES, 4 * _TEMPO_STEPS + 1))
    q_pitches, r_pitches = query.pitches, reference.pitches
    n, m = len(q_pitches), len(r_pitches)
    for i in range(n - 1):
        step = q_pitches[i + 1] - q_pitches[i]
        for j in range(m - 1):
            if r_pitches[j + 1] - r_pitches[j] != step:
                continue
            worth = 1.0
            if i + 2 < n and j + 2 < m:
                after = q_pitches[i + 2] - q_pitches[i + 1]
                if r_pitches[j + 2] - r_pitches[j + 1] == after:
                    worth = 3.0
            shift = q_pitches[i] - r_pitches[j] + _PITCHES
            votes[shift] += worth
            tempo = round(2.0 * (query.log_ioi[i] - reference.log_ioi[j])) + 2 * _TEMPO_STEPS
            if 0 <= tempo <= 4 * _TEMPO_STEPS:
                tempos[shift, int(tempo)] += worth
    found = np.empty((_HYPOTHESES, 2))
    for h in range(_HYPOTHESES):
        shift = np.argmax(votes)
        found[h, 0] = shift - _PITCHES
        found[h, 1] = (np.argmax(tempos[shift]) - 2 * _TEMPO_STEPS) / 2.0
        votes[shift] = -1.0
    return found


@compiled
def align(query: Notes, reference: Notes, shift: float, tempo: float, kind: int) -> float:
    """The best score of one ``kind``, LOCAL or GLOBAL, at a transposition and log2 tempo ratio."""
    whole = kind == GLOBAL
    m = len(reference.pitches)
    row = np.zeros(m + 1)
    down = np.full(m + 1, NO_GAP)
    if whole:
        for j in range(1, m + 1):
            row[j] = -(GAP_OPEN + GAP_EXTEND * (j - 1))
    best = 0.0
    for i in range(len(query.pitches)):
        pitch = query.pitches[i] - shift
        ioi = query.log_ioi[i] - tempo
        weight = query.weights[i]
        diagonal = row[0]
        if whole:
            row[0] = -(GAP_OPEN + GAP_EXTEND * i)
        across = NO_GAP
        for j in range(m):
            down[j + 1] = max(down[j + 1] - GAP_EXTEND, row[j + 1] - GAP_OPEN)
            across = max(across - GAP_EXTEND, row[j] - GAP_OPEN)
            score = diagonal + substitution(
                pitch - reference.pitches[j],
                ioi - reference.log_ioi[j],
                0.5 * (weight + reference.weights[j]),
            )
            score = max(score, down[j + 1], across)
            if not whole:
                score = max(score, 0.0)
            diagonal = row[j + 1]
            row[j + 1] = score
            best = max(best, score)
    return row[m] if whole else best


@compiled
def substitution(semitones: float, rhythm_step: float, weight: float) -> float:
    """What laying one note on another is worth, given what is left of pitch and log2 IOI."""
    apart = abs(semitones)
    if apart == 0:
        step = min(abs(rhythm_step), LARGEST_RHYTHM_STEP)
        return (1.0 - RHYTHM * step / LARGEST_RHYTHM_STEP) * weight
    if apart <= 2:
        return MISMATCH_NEAR
    if apart == 12:
        return OCTAVE
    return MISMATCH_FAR
