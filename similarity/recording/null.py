"""What chance alone achieves in this corpus, and what a piece of evidence is worth against it.

Local sums of evidence follow an extreme value distribution under chance (Karlin and Altschul, PNAS
1990; Gumbel, 1958): in a comparison of m items with n, E = K m n exp(-lambda s) alignments reach s.
Both constants depend on the music, so they are measured on the corpus itself at every build: its
own recordings played backwards are as musical as it is and match nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PRIOR_DECAY: Final = 1.5
"""lambda that a corpus too small to measure is judged by: cautious, real music gives 2.1."""

PRIOR_LOG_SCALE: Final = -12.0
"""ln K likewise; real music gives -15."""

PRIOR_WEIGHT: Final = 16
"""Samples that the prior counts for, so that a few odd ones do not make confident nonsense."""

_EULER: Final = 0.5772156649


@dataclass(frozen=True, slots=True)
class Null:
    """``decay`` is lambda, per unit of evidence; ``log_scale`` is ln K; ``samples`` measured it."""

    decay: float = PRIOR_DECAY
    log_scale: float = PRIOR_LOG_SCALE
    samples: int = 0

    def mode(self, query_items: float, corpus_items: float) -> float:
        """The evidence that a plain search of this size reaches once by chance."""
        space = math.log(max(1.0, query_items)) + math.log(max(1.0, corpus_items))
        return (self.log_scale + space) / self.decay


def fit(maxima: NDArray[np.float64], query_items: int, corpus_items: int) -> Null:
    """The null behind the largest evidence of each of several searches that had nothing to find.

    By moments: a Gumbel distribution has mean mu + 0.577/lambda and variance pi^2 / (6 lambda^2).
    """
    if not len(maxima) or corpus_items < 1:
        return Null()
    weight = len(maxima) / (len(maxima) + PRIOR_WEIGHT)
    spread = float(np.std(maxima))
    measured = math.pi / (math.sqrt(6) * max(spread, 0.1))
    decay = 1 / (weight / measured + (1 - weight) / PRIOR_DECAY)
    mode = float(np.mean(maxima)) - _EULER / decay
    log_scale = decay * mode - math.log(query_items) - math.log(corpus_items)
    return Null(decay, weight * log_scale + (1 - weight) * PRIOR_LOG_SCALE, len(maxima))
