"""What every baseline can do, and the list of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from scripts.bench.baselines.acoustid import AcoustId
from scripts.bench.baselines.audfprint import Audfprint
from similarity.audio.decode import DecodedAudio, decode
from similarity.errors import MediaError


class Baseline(Protocol):
    """A peer with its own index. ``ranked`` are accepted references, best first."""

    name: str

    def ranked(self, samples: NDArray[np.int16]) -> list[str]:
        """References in mono samples at ``ANALYSIS_RATE``."""
        ...

    def answer(self, audio: DecodedAudio, true: Sequence[str]) -> tuple[bool, ...]:
        """For each true reference whether it is found; of unknown audio, whether anything is."""
        ...


class _Peer:
    """Judges what a matcher ranks as our own answers are judged."""

    def __init__(self, name: str, matcher: AcoustId | Audfprint) -> None:
        self.name = name
        self._matcher = matcher

    def ranked(self, samples: NDArray[np.int16]) -> list[str]:
        return self._matcher.ranked(samples)

    def answer(self, audio: DecodedAudio, true: Sequence[str]) -> tuple[bool, ...]:
        found = self.ranked(audio.samples)
        if not true:
            return (bool(found),)
        if len(true) == 1:
            return (found[:1] == list(true),)
        return tuple(reference in found for reference in true)


def build_baselines(folder: Path, references: Sequence[Path]) -> None:
    """Index the references for every baseline, once; done when the folder is there."""
    if folder.exists():
        return
    landmarks, items = Audfprint.empty(), AcoustId.empty()
    for path in tqdm(references, desc="baselines", disable=None):
        try:
            samples = decode(path, measure_quality=False).samples
        except MediaError:
            continue
        landmarks.add(str(path), samples)
        items.add(str(path), samples)
    pending = folder.with_suffix(".pending")
    pending.mkdir(parents=True, exist_ok=True)
    landmarks.save(pending)
    items.save(pending)
    pending.rename(folder)


def load_baselines(folder: Path) -> list[Baseline]:
    """What ``build_baselines`` made."""
    return [
        _Peer("audfprint-style", Audfprint.load(folder)),
        _Peer("AcoustID-style", AcoustId.load(folder)),
    ]
