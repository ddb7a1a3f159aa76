"""Every number that decides what counts as a match, with its reason.

The melody lane keeps its own beside its code, in ``similarity.melody.thresholds``.
All were chosen on the tuning half of development audio (public-domain and pop scores rendered by
FluidSynth) and checked on the other half: see ``scripts/bench_similarity.py``.
"""

from __future__ import annotations

from typing import Final

REVIEW_FALSE_ALARMS: Final = 1e-4
"""Chance matches per input that we accept to show to a reviewer: one upload in ten thousand."""

BLOCK_FALSE_ALARMS: Final = 1e-9
"""Chance matches per input at which an upload is stopped without asking: never, in practice.
Lower than any catalogue needs, because the null is measured on a limited sample and extrapolated.
"""

MATCH_BIT_ERROR: Final = 0.37
"""Midway between distorted copies (0.25) and unrelated items (0.49): below it an aligned item
speaks for a match, above it against."""

EXTENSION_BIT_ERROR: Final = 0.42
"""Once a match is certain its ends are followed up to here, through noise and fades."""

RANDOM_BIT_ERROR: Final = 0.47
"""Bit error rate of unrelated music, averaged over kinds (0.49 for the most varied)."""

LANDMARK_CORPUS_FRAMES: Final = 918_634
"""Size of the development corpus (5.9 h) at which the landmark null below was measured."""

LANDMARK_NULL: Final = ((3.0, 0.67, 7.5), (5.0, 0.62, 8.4), (20.0, 0.30, 11.4), (300.0, 0.25, 16.0))
"""(Seconds of input, decay, mode) of the best evidence that unknown music finds, peaks masked.
The decay falls with length because likeness of rhythm adds up. Interpolated in log seconds."""

CLEAR_LANDMARK_NULL: Final = ((3.0, 0.386, 9.1), (5.0, 0.356, 9.7))
"""The same for the hypothesis that nearly all peaks survive, which only short inputs need."""

SHORT_INPUT_S: Final = 8.0
"""With less than this in common the hypothesis of a clean copy is tried too."""

LEAST_ERROR: Final = 0.02
"""Bit error rate of an exact copy: no error here and none elsewhere is no contrast at all."""
