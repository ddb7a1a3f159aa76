"""The demo's music, as a generator would make it: an original, and disguises of known works.

Everything is seeded, so that each run uploads the same tracks.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from symusic.core import NoteTick, ScoreTick, TempoTick, TrackTick

TICKS_PER_QUARTER: Final = 480
_FLUTE: Final = 73
_STRINGS: Final = 48
_ELECTRIC_PIANO: Final = 4
_BASS: Final = 33
_DRUM_CHANNEL_PROGRAM: Final = 0


@dataclass(frozen=True)
class Tone:
    """A note: onset and length in quarters, pitch as a MIDI number."""

    onset: float
    length: float
    pitch: int


@dataclass(frozen=True)
class Part:
    """One instrument's notes."""

    name: str
    program: int
    tones: tuple[Tone, ...]
    drums: bool = False


def original(seed: int) -> tuple[Part, Part]:
    """A melody that nobody wrote, in five-four and in a mode of eight notes, with its chords."""
    dice = random.Random(seed)  # noqa: S311 -- music, not secrets
    scale = [60 + 12 * octave + step for octave in (0, 1) for step in (0, 2, 3, 5, 6, 8, 9, 11)]
    melody: list[Tone] = []
    place, onset = 6, 0.0
    while onset < 5 * 20:
        length = dice.choice((0.5, 0.5, 0.75, 1.0, 1.25, 1.5))
        place = max(0, min(len(scale) - 1, place + dice.choice((-6, -5, -3, -2, 1, 3, 4, 5, 7))))
        melody.append(Tone(onset, length * 0.9, scale[place]))
        onset += length
    chords: list[Tone] = []
    for bar in range(20):
        root = dice.choice((36, 39, 42, 45))
        chords.extend(Tone(bar * 5.0, 4.8, root + interval) for interval in (0, 12, 18, 21))
    return Part("MELODY", _FLUTE, tuple(melody)), Part("Chords", _STRINGS, tuple(chords))


def disguised(tune: Sequence[Tone], seed: int, transpose: int) -> tuple[Part, Part, Part]:
    """A known tune in another key and rhythm, over a new accompaniment."""
    dice = random.Random(seed)  # noqa: S311 -- music, not secrets
    melody: list[Tone] = []
    onset = 0.0
    for tone in tune:
        length = tone.length * dice.choice((0.75, 1.0, 1.0, 1.5))
        melody.append(Tone(onset, length * 0.95, tone.pitch + transpose))
        onset += length
    bars = int(onset // 4) + 1
    bass: list[Tone] = []
    drums: list[Tone] = []
    for bar in range(bars):
        root = 36 + dice.choice((0, 5, 7, 9)) + transpose % 12
        bass.extend(Tone(bar * 4.0 + beat, 0.9, root + 12 * (beat % 2)) for beat in range(4))
        drums.extend(Tone(bar * 4.0 + beat, 0.25, 36 if beat % 2 == 0 else 38) for beat in range(4))
    return (
        Part("MELODY", _ELECTRIC_PIANO, tuple(melody)),
        Part("Bass", _BASS, tuple(bass)),
        Part("Drums", _DRUM_CHANNEL_PROGRAM, tuple(drums), drums=True),
    )


def write_midi(path: Path, parts: Sequence[Part], quarters_per_minute: float) -> None:
    """A type 1 MIDI file of the parts."""
    score = ScoreTick(TICKS_PER_QUARTER)
    score.tempos.append(TempoTick(0, quarters_per_minute))
    for part in parts:
        track = TrackTick(part.name, part.program, part.drums)
        for tone in part.tones:
            start = round(tone.onset * TICKS_PER_QUARTER)
            length = max(1, round(tone.length * TICKS_PER_QUARTER))
            track.notes.append(NoteTick(start, length, tone.pitch, 90))
        score.tracks.append(track)
    score.dump_midi(path)
