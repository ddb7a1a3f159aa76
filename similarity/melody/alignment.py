"""Stage 2: how well two segments align, after transposition and change of tempo.

Affine-gap dynamic programming (Gotoh 1982), local (Smith & Waterman 1981) and global (Needleman &
Wunsch 1970), on transposed pitch. Intervals would be the wrong alphabet: one changed note spoils
two of them. The substitution scores follow Mongeau & Sankoff (1990) and van Kranenburg et al.
(2013) in kind: pitch first, then rhythm, weighted by how much a note counts.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from similarity.compiled import compiled
from similarity.melody.notes import Notes


class Costs(NamedTuple):
    """What changes cost, in units of one matching note of ordinary weight.

    ``near`` is a note one or two semitones off, a passing change; ``far`` any other but the
    ``octave``, which singers and arrangers fold.
    """

    near: float
    octave: float
    far: float
    gap_open: float
    gap_extend: float


LOCAL_COSTS: Final = Costs(0.8, 0.8, 1.2, 1.2, 0.5)
"""Strict, so that between unrelated lines scores grow with the logarithm of length, not with it."""

GLOBAL_COSTS: Final = Costs(0.3, 0.5, 1.0, 1.0, 0.35)
"""Lenient: sung variants differ in many notes and still tell the same tune."""

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
                whole = align(query, reference, shift, tempo, GLOBAL)
                found[k, GLOBAL] = max(found[k, GLOBAL], whole)
    return found


@compiled
def vote(query: Notes, reference: Notes) -> NDArray[np.float64]:
    """The likeliest transpositions, each with its tempo, ``(3, 2)``: semitones, log2 IOI ratio.

    Every pair of equal intervals votes for the transposition that lays one on the other, with as
    many votes as equal intervals have led up to it, so that a long run outweighs scattered
    coincidences; its IOI ratio votes for the tempo.
    """
    votes = np.zeros(2 * _PITCHES)
    tempos = np.zeros((2 * _PITCHES, 4 * _TEMPO_STEPS + 1))
    q_pitches, r_pitches = query.pitches, reference.pitches
    m = len(r_pitches)
    runs = np.zeros(m)
    for i in range(len(q_pitches) - 1):
        step = q_pitches[i + 1] - q_pitches[i]
        for j in range(m - 2, -1, -1):
            if r_pitches[j + 1] - r_pitches[j] != step:
                runs[j + 1] = 0.0
                continue
            # Backwards over j, so that runs[j] is still that of the note before in the query.
            runs[j + 1] = runs[j] + 1.0
            shift = q_pitches[i] - r_pitches[j] + _PITCHES
            votes[shift] += runs[j + 1]
            tempo = round(2.0 * (query.log_ioi[i] - reference.log_ioi[j])) + 2 * _TEMPO_STEPS
            if 0 <= tempo <= 4 * _TEMPO_STEPS:
                tempos[shift, int(tempo)] += runs[j + 1]
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
    costs = GLOBAL_COSTS if whole else LOCAL_COSTS
    m = len(reference.pitches)
    row = np.zeros(m + 1)
    down = np.full(m + 1, NO_GAP)
    if whole:
        for j in range(1, m + 1):
            row[j] = -(costs.gap_open + costs.gap_extend * (j - 1))
    best = 0.0
    for i in range(len(query.pitches)):
        pitch = query.pitches[i] - shift
        ioi = query.log_ioi[i] - tempo
        weight = query.weights[i]
        diagonal = row[0]
        if whole:
            row[0] = -(costs.gap_open + costs.gap_extend * i)
        across = NO_GAP
        for j in range(m):
            down[j + 1] = max(down[j + 1] - costs.gap_extend, row[j + 1] - costs.gap_open)
            across = max(across - costs.gap_extend, row[j] - costs.gap_open)
            score = diagonal + substitution(
                pitch - reference.pitches[j],
                ioi - reference.log_ioi[j],
                0.5 * (weight + reference.weights[j]),
                costs,
            )
            score = max(score, down[j + 1], across)
            if not whole:
                score = max(score, 0.0)
            diagonal = row[j + 1]
            row[j + 1] = score
            best = max(best, score)
    return row[m] if whole else best


@compiled
def substitution(semitones: float, rhythm_step: float, weight: float, costs: Costs) -> float:
    """What laying one note on another is worth, given what is left of pitch and log2 IOI."""
    apart = abs(semitones)
    if apart == 0:
        step = min(abs(rhythm_step), LARGEST_RHYTHM_STEP)
        return (1.0 - RHYTHM * step / LARGEST_RHYTHM_STEP) * weight
    if apart <= 2:
        return -costs.near
    if apart == 12:
        return -costs.octave
    return -costs.far
