"""What tests of the index put into it: made-up numbers where they do not ask what is heard."""

from __future__ import annotations

import numpy as np

from similarity.audio.decode import DecodedAudio
from similarity.melody.score import Melody, Score
from similarity.recording.fingerprint import Fingerprint
from tests.similarity.synthesis import RATE, tune


def small_fingerprint(seed: int) -> Fingerprint:
    """A fingerprint like no other, of twelve seconds."""
    rng = np.random.default_rng(seed)
    frames = np.arange(200, dtype=np.uint32) << np.uint32(12)
    return Fingerprint(
        items=rng.integers(0, 2**32, 100, dtype=np.uint32),
        peaks=frames | rng.integers(9, 480, 200).astype(np.uint32),
        tuning=0.0,
        duration_s=12.0,
    )


def small_score(seed: int) -> Score:
    """Thirty notes like no others."""
    rng = np.random.default_rng(seed)
    onsets = np.arange(30) * 0.5
    pitches = rng.integers(60, 73, 30).astype(np.int16)
    return Score((Melody("tune", onsets, np.full(30, 0.5), 2 * onsets, pitches),), 15.0)


def audio(seed: int, seconds: float = 20) -> DecodedAudio:
    """A tune as if decoded from a file."""
    return DecodedAudio(
        tune(seed, seconds), RATE, seconds, "pcm_s16le", "wav", 1, RATE, 1, 1.0, None
    )
