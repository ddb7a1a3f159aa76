"""Every number that decides what counts as a match, with its reason.

The melody lane keeps its own beside its code, in ``similarity.melody.thresholds``; what chance does
is told by ``similarity.recording.null`` and ``similarity.recording.landmark_null``.
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

LEAST_ERROR: Final = 0.02
"""Bit error rate of an exact copy: no error here and none elsewhere is no contrast at all."""
