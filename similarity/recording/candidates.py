"""Candidate alignments: hits vote on (hypothesis, window, offset), the bit error rate sorts them.

Index every item, vote on (reference, offset), verify by bit error rate: Haitsma and Kalker, "A
Highly Robust Audio Fingerprinting System", ISMIR 2002, applied to Chromaprint items.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from similarity.thresholds import LEAST_ERROR, RANDOM_BIT_ERROR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from similarity.recording.corpus import Laid
    from similarity.recording.postings import ItemPostings

WINDOW: Final = 80
"""Items per voting window, 10 s: long enough to tell references apart, short enough that a tempo
five per cent off keeps its votes within two bins."""

HOP: Final = WINDOW // 2
BIN: Final = 3
"""Offsets, in items, that vote together: a third of a second."""

MAX_CANDIDATES: Final = 1500
"""Alignments per stretch of input whose bit error rate is looked at."""

_JITTER: Final = np.arange(-2, 3)
"""Items to either side at which an alignment is tried: the width of a voting bin."""

_PROBES: Final = np.arange(WINDOW // 16, WINDOW, WINDOW // 8)
"""Where in a window we ask which reference it has come to: every 1.2 s."""

_OFFSETS: Final = np.concatenate((_JITTER, (-53, -37, 37, 53)))
"""The same, and places some seconds away where a real match does not hold."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Alignments, best first: arrays of one length.

    ``variant``: index of the hypothesis; ``start``, ``length``: the window of items in it;
    ``reference``: its number; ``place``: corpus place that the window's first item aligns with;
    ``worth``: agreement over the window, in units that chance spreads by about one.
    """

    variant: NDArray[np.int64]
    start: NDArray[np.int64]
    length: NDArray[np.int64]
    reference: NDArray[np.int64]
    place: NDArray[np.int64]
    worth: NDArray[np.float64]


def find_candidates(
    variants: Sequence[NDArray[np.uint32]], corpus: Laid, postings: ItemPostings
) -> Candidates:
    """Candidate alignments of an input given as its items under each hypothesis."""
    laid_starts = np.cumsum([0, *(len(items) for items in variants)], dtype=np.int64)
    items = np.concatenate(variants) if variants else np.zeros(0, dtype=np.uint32)
    asked, places = postings.find(items)
    variant = np.searchsorted(laid_starts, asked, side="right") - 1
    position = asked - laid_starts[variant]
    window, diagonal = _elect(variant, position, places, len(corpus.values))
    return _verify(window, diagonal, laid_starts, items, corpus)


def _elect(
    variant: NDArray[np.int64],
    position: NDArray[np.int64],
    places: NDArray[np.int64],
    corpus_size: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The (variant and window, diagonal) pairs with the most votes."""
    half = position // HOP
    offset = (places - position + corpus_size) // BIN  # positions exceed places: keep it positive
    bins = 2 * corpus_size // BIN + 2
    halves = np.int64(half.max(initial=0) + 2)
    key = (variant * halves + half) * bins + offset
    ballots, votes = _count(key)
    # A window is two halves, a diagonal is shared by neighbouring bins.
    total = votes + _votes_at(ballots, votes, ballots + 1) + _votes_at(ballots, votes, ballots - 1)
    later = ballots + bins
    total += np.maximum.reduce(
        [_votes_at(ballots, votes, later + step) for step in (-1, 0, 1)], axis=0
    )
    best = np.argsort(-total, kind="stable")[:MAX_CANDIDATES]
    window, bin_number = np.divmod(ballots[best], bins)
    variant_of, half_of = np.divmod(window, halves)
    return (
        np.stack((variant_of, half_of * HOP)),
        bin_number * BIN + BIN // 2 - corpus_size,
    )


def _count(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    keys = np.sort(keys)
    edges = np.flatnonzero(np.diff(keys, prepend=-1))
    return keys[edges], np.diff(edges, append=len(keys))


def _votes_at(
    ballots: NDArray[np.int64], votes: NDArray[np.int64], wanted: NDArray[np.int64]
) -> NDArray[np.int64]:
    if not len(ballots):
        return np.zeros(len(wanted), dtype=np.int64)
    at = np.minimum(np.searchsorted(ballots, wanted), len(ballots) - 1)
    return np.where(ballots[at] == wanted, votes[at], 0)


def _crossed(
    places: NDArray[np.int64], corpus: Laid
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Windows that begin at ``places`` with the references that they run across.

    A row number and a reference for each pair: where references are short, a window meets several.
    """
    probes = np.clip(places[:, None] + _PROBES, 0, len(corpus.values) - 1)
    owners = corpus.owner(probes.ravel())
    rows = np.repeat(np.arange(len(places)), len(_PROBES))
    pairs = np.unique(np.stack((rows, owners)), axis=1)
    return pairs[0], pairs[1]


def _verify(
    window: NDArray[np.int64],
    diagonal: NDArray[np.int64],
    starts: NDArray[np.int64],
    items: NDArray[np.uint32],
    corpus: Laid,
) -> Candidates:
    row, owner = _crossed(diagonal + window[1], corpus)
    variant, start = window[:, row]
    diagonal = diagonal[row]
    length = np.minimum(WINDOW, starts[variant + 1] - starts[variant] - start)
    along = np.arange(WINDOW)
    mine = items[np.minimum((starts[variant] + start)[:, None] + along, len(items) - 1)]
    low, high = corpus.starts[owner], corpus.starts[owner + 1]
    errors = np.empty((len(_OFFSETS), len(start)))
    used = np.empty((len(_OFFSETS), len(start)), dtype=np.int64)
    for number, step in enumerate(_OFFSETS):
        at = (diagonal + start + step)[:, None] + along
        valid = (along < length[:, None]) & (at >= low[:, None]) & (at < high[:, None])
        theirs = corpus.values[np.clip(at, 0, len(corpus.values) - 1)]
        wrong = np.where(valid, np.bitwise_count(mine ^ theirs), 0).sum(axis=1)
        used[number] = valid.sum(axis=1)
        errors[number] = wrong / (32 * np.maximum(used[number], 1))
    # Steady sounds agree at any offset, so only what agrees better here than elsewhere counts; and
    # a short overlap at the edge of a reference is easily good by chance.
    elsewhere = np.where(used[len(_JITTER) :] > 0, errors[len(_JITTER) :], RANDOM_BIT_ERROR)
    background = np.minimum(elsewhere.mean(axis=0), RANDOM_BIT_ERROR)
    here, lengths = errors[: len(_JITTER)], used[: len(_JITTER)]
    worth = (1 - (here + LEAST_ERROR) / (background + LEAST_ERROR)) * np.sqrt(lengths)
    best = worth.argmax(axis=0)
    column = np.arange(len(start))
    order = np.argsort(-worth[best, column], kind="stable")
    return Candidates(
        variant=variant[order],
        start=start[order],
        length=length[order],
        reference=owner[order],
        place=(diagonal + start + _JITTER[best])[order],
        worth=worth[best, column][order],
    )
