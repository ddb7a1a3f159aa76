"""Every constant that decides what the melody lane finds, with the reason beside it.

Chosen on the folk songs of one half of MTC-ANN and on planted fragments; see ``docs``.
"""

from __future__ import annotations

from typing import Final

SEGMENT_NOTES: Final = 192
"""Lines are compared in stretches of this many notes: a long folk tune, or two minutes of song."""

SEGMENT_HOP: Final = 96
"""Stretches overlap by half, so that any passage of 96 notes lies whole within one."""

NGRAM_LENGTHS: Final = (2, 3, 4, 5, 6)
"""Intervals per n-gram. Shorter ones recall variants, longer ones single out works."""

MIN_DOCUMENT_FREQUENCY: Final = 2
"""An n-gram of one segment alone helps no other segment to be found, and is most of the list."""

LATENT_DIMENSIONS: Final = 256
"""Latent semantic dimensions: 512 recall no more and cost four times the search."""

QUERY_WINDOW: Final = 24
"""Notes per query window in the search for fragments."""

QUERY_WINDOW_HOP: Final = 8

CANDIDATE_NOTES: Final = 150 * SEGMENT_NOTES
"""Segments taken from each list (n-grams, latent vectors) for a whole query segment, times its
notes. A short query says less, so that more must be aligned; it costs what a long one does."""

CANDIDATES_WINDOW: Final = 12
"""Segments taken for each query window."""

EXHAUSTIVE_SEGMENTS: Final = 400
"""An index up to this size is aligned in full: stage 1 has nothing to save there."""

SURPRISAL_EXPONENT: Final = 0.5
"""Unpredictable notes count more, but gently: variants differ in just those."""

SURPRISAL_RANGE: Final = (0.2, 2.0)
"""Bounds of a note's surprisal relative to the corpus mean before the exponent."""

SCORE_HALF: Final = 8.0
"""Deviations above chance that make a score of one half; it only shapes the scale."""

BACKGROUND_POOL: Final = 512
"""Segments of the index kept as a sample of what music in it is like."""

BACKGROUND_SIZE: Final = 32
"""Unrelated segments, nearest in length, against which each segment's chance level is measured."""

MAX_GLOBAL_RATIO: Final = 2.0
"""Lengths may differ by this factor for two segments to be variants as a whole."""

COMMON_BITS: Final = 2.0
"""Notes more predictable than this (two bits: one of four ways to go on) are common property."""

BLOCK_FALSE_ALARMS: Final = 1e-3
"""Expected chance matches per screened score at which the block band begins."""

REVIEW_FALSE_ALARMS: Final = 2e-2
"""The same for review: one innocent score in fifty is looked at by a person."""

MIN_DECOY_SOURCES: Final = 24
"""Decoys patched from fewer segments would be the works themselves; the priors serve until then."""

NULL_QUERIES: Final = 256
"""Decoy scores searched at build time to learn how good chance matches are."""
