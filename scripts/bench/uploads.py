"""Uploads whose truth is known, made by seed and kept, so that an ended run can go on.

What one query is depends on the seed, its row and its number only: rows may be left out, and more
queries asked for, without changing the others.
"""

from __future__ import annotations

import hashlib
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.bench.distortions import Distortion, Scene, excerpt
from scripts.bench.draws import draw
from scripts.bench.material import Work
from scripts.bench.rows import Row
from scripts.bench.sound import level, sox

MARGIN_S = 45.0
"""Shorter files give no excerpts: 20 s must fit, wherever they begin."""

AUDIBLE_DB = -50.0
"""Excerpts quieter than this (fades, pauses) are drawn again: there is nothing to be found."""

_DRAWS = 20


@dataclass(frozen=True, slots=True)
class Truth:
    """Where a reference lies in an upload.

    Second ``at_s`` of the upload is second ``start_s`` of the reference, which runs ``speed`` times
    faster for ``length_s`` seconds of upload, ``semitones`` higher.
    """

    reference: str
    at_s: float
    length_s: float
    start_s: float
    speed: float
    semitones: float

    def reference_time(self, query_s: float) -> float:
        """Second of the reference heard at a second of the upload."""
        return self.start_s + (query_s - self.at_s) * self.speed


@dataclass(frozen=True, slots=True)
class Upload:
    """One file to search for, and all that is in it."""

    path: Path
    truths: tuple[Truth, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """One distorted excerpt, decided but not made."""

    source: Work
    start_s: float
    seconds: float
    distortion: Distortion
    other: Work
    other_start_s: float
    seed: int

    def make(self, folder: Path) -> Upload:
        """The file, made unless it is there."""
        name = hashlib.sha256(
            f"{self.source.digest}/{self.start_s}/{self.seconds}/{self.distortion.name}"
            f"/{self.distortion.speed}/{self.distortion.semitones}"
            f"/{self.other.digest}/{self.other_start_s}/{self.seed}".encode()
        ).hexdigest()
        target = folder / f"{name}{self.distortion.suffix}"
        if not target.exists():
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder) as work:
                made = self._made(Path(work))
                made.replace(target)
        return Upload(target, (self.truth(0.0),))

    def truth(self, at_s: float) -> Truth:
        """What is to be found once the result begins at second ``at_s`` of an upload."""
        heard_s = (self.seconds or self.source.seconds) / self.distortion.speed
        return Truth(
            str(self.source.path),
            at_s,
            heard_s,
            self.start_s,
            self.distortion.speed,
            self.distortion.semitones,
        )

    def _made(self, work: Path) -> Path:
        source, other = work / "source.wav", work / "other.wav"
        target = work / f"made{self.distortion.suffix}"
        excerpt(self.source.path, self.start_s, self.seconds, source)
        if self.distortion.needs_other:
            length_s = self.seconds or min(self.source.seconds, self.other.seconds)
            excerpt(self.other.path, self.other_start_s, length_s, other)
        self.distortion.apply(source, target, Scene(other, self.seed))
        return target


def plan(
    row: Row, number: int, *, seed: int, sources: Sequence[Work], others: Sequence[Work]
) -> Plan:
    """Query ``number`` of a row.

    Raises:
        ValueError: no source is long enough.
    """
    rng = draw(f"{seed}/{row.group}/{row.name}/{number}")
    eligible = [work for work in sources if work.seconds >= MARGIN_S]
    if not eligible:
        raise ValueError(f"no reference is as long as {MARGIN_S:g} s")
    mixed_with = [work for work in others if work.seconds >= MARGIN_S] or eligible
    for _ in range(_DRAWS):
        source, other = rng.choice(eligible), rng.choice(mixed_with)
        start_s = _start(rng, source, row.seconds)
        other_start_s = _start(rng, other, row.seconds)
        if not row.seconds or level(source.path, start_s, row.seconds) > AUDIBLE_DB:
            break
    return Plan(
        source=source,
        start_s=start_s,
        seconds=row.seconds,
        distortion=row.draw(rng),
        other=other,
        other_start_s=other_start_s,
        seed=rng.randrange(2**31),
    )


def _start(rng: random.Random, work: Work, seconds: float) -> float:
    return round(rng.uniform(0, work.seconds - seconds - 1), 3) if seconds else 0.0


def unknown_pieces(works: Sequence[Work], seconds: float, count: int, seed: int) -> list[Plan]:
    """Up to ``count`` pieces of works held aside, no two overlapping, in an order by seed."""
    plain = Distortion("clean", lambda source, target, _: sox(source, target))
    pieces = [
        Plan(work, number * seconds, seconds, plain, work, 0.0, 0)
        for work in works
        for number in range(int((work.seconds - 1) // seconds))
    ]
    draw(f"{seed}/unknown/{seconds}").shuffle(pieces)
    return pieces[:count]
