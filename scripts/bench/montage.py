"""Uploads with several things in them: excerpts hidden in an hour of other music, or in a row."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scripts.bench.draws import draw
from scripts.bench.material import Work
from scripts.bench.rows import mixed_rows
from scripts.bench.sound import RATE, mono, write
from scripts.bench.uploads import Plan, Truth, Upload, plan

HOUR_S = 3600.0
PER_HOUR = 6
"""Excerpts hidden in one hour, each somewhere in its own ten minutes, each of another work."""

IN_A_ROW = 3
"""Sources of an upload that is nothing but excerpts, end to end."""


@dataclass(frozen=True, slots=True)
class Montage:
    """Excerpts at given seconds of other music; end to end where ``seconds`` is 0."""

    parts: tuple[tuple[float, Plan], ...]
    rows: tuple[str, ...]
    filler: tuple[Work, ...]
    seconds: float

    def make(self, folder: Path) -> Upload:
        """The file, made unless it is there; one truth for each part, in order."""
        pieces = [part.make(folder) for _, part in self.parts]
        names = "/".join([*(piece.path.stem for piece in pieces), *(w.digest for w in self.filler)])
        places = "/".join(str(at_s) for at_s, _ in self.parts)
        key = hashlib.sha256(f"{names}/{places}/{self.seconds}".encode()).hexdigest()
        target = folder / f"{key}.mp3"
        sounds = [mono(piece.path) for piece in pieces]
        starts = self._starts([len(sound) for sound in sounds])
        if not target.exists():
            self._write(sounds, starts, target)
        truths = tuple(
            _placed(part, start / RATE, len(sound) / RATE)
            for (_, part), start, sound in zip(self.parts, starts, sounds, strict=True)
        )
        return Upload(target, truths)

    def _starts(self, lengths: Sequence[int]) -> list[int]:
        if self.seconds:
            return [int(at_s * RATE) for at_s, _ in self.parts]
        return [sum(lengths[:number]) for number in range(len(lengths))]

    def _write(
        self, sounds: Sequence[NDArray[np.int16]], starts: Sequence[int], target: Path
    ) -> None:
        length = int(self.seconds * RATE) or sum(map(len, sounds))
        everything = np.zeros(length, dtype=np.int16)
        filled = 0
        for work in self.filler:
            piece = mono(work.path)[: length - filled]
            everything[filled : filled + len(piece)] = piece
            filled += len(piece)
        for sound, start in zip(sounds, starts, strict=True):
            everything[start : start + len(sound)] = sound
        pending = target.with_suffix(".pending.mp3")
        write(everything, pending)
        pending.replace(target)


def _placed(part: Plan, at_s: float, length_s: float) -> Truth:
    return replace(part.truth(at_s), length_s=length_s)


def hidden(
    number: int,
    *,
    seed: int,
    sources: Sequence[Work],
    others: Sequence[Work],
    hour_s: float = HOUR_S,
) -> Montage:
    """Hour ``number``: its excerpts take the rows of the table in turn."""
    rng = draw(f"{seed}/hidden/{number}")
    table = mixed_rows()
    slot_s = hour_s / PER_HOUR
    parts: list[tuple[float, Plan]] = []
    rows = [table[(number * PER_HOUR + place) % len(table)] for place in range(PER_HOUR)]
    for place, row in enumerate(rows):
        used = {part.source.digest for _, part in parts}
        left = [work for work in sources if work.digest not in used] or list(sources)
        own = replace(row, group=f"hidden {place}")
        part = plan(own, number, seed=seed, sources=left, others=others)
        longest_s = part.truth(0).length_s + 1
        parts.append((place * slot_s + rng.uniform(0, max(1.0, slot_s - longest_s)), part))
    return Montage(
        tuple(parts), tuple(row.name for row in rows), _filler(rng, others, hour_s), hour_s
    )


def in_a_row(number: int, *, seed: int, sources: Sequence[Work], others: Sequence[Work]) -> Montage:
    """Excerpts of different works end to end, each distorted in its own way."""
    table = mixed_rows()
    parts: list[tuple[float, Plan]] = []
    rows = [table[(number * IN_A_ROW + place) % len(table)] for place in range(IN_A_ROW)]
    for place, row in enumerate(rows):
        used = {part.source.digest for _, part in parts}
        left = [work for work in sources if work.digest not in used] or list(sources)
        own = replace(row, group=f"in a row {place}")
        parts.append((0.0, plan(own, number, seed=seed, sources=left, others=others)))
    return Montage(tuple(parts), tuple(row.name for row in rows), (), 0.0)


def _filler(rng: random.Random, others: Sequence[Work], seconds: float) -> tuple[Work, ...]:
    """Works to fill so many seconds, repeated only when there are too few."""
    chosen: list[Work] = []
    while sum(work.seconds for work in chosen) < seconds + 10:
        chosen += rng.sample(list(others), len(others))
    lengths = np.cumsum([work.seconds for work in chosen])
    return tuple(chosen[: int(np.searchsorted(lengths, seconds + 10)) + 1])
