"""A file at rest becomes what the lanes search for: samples, and a tune. Each is made once.

Runs in screening processes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.catalog.models import AssetRole
from app.screening.deadline import deadline
from app.screening.evidence import LaneRun
from app.screening.lanes import Lane, lanes_of, transcribed
from similarity.audio.decode import DecodedAudio, decode
from similarity.media import MediaKind
from similarity.melody.reading import read_score
from similarity.melody.score import Score

SCORE_SECONDS: Final = 120
"""A symphony's notation parses in half a minute; hostile notation may take for ever."""


@dataclass(frozen=True, slots=True)
class FileToScreen:
    """A file at rest, and what it is to its track. ``plays``: what a stem holds, as declared."""

    asset_id: str
    role: AssetRole
    name: str
    sha256: str
    kind: MediaKind
    path: Path
    plays: str = ""


@dataclass(frozen=True, slots=True)
class FileRead:
    """What was read of a file: audio unless it is a score, a tune where there is one."""

    file: FileToScreen
    duration_s: float
    audio: DecodedAudio | None
    tune: Score | None
    runs: tuple[LaneRun, ...]

    @property
    def transcribed(self) -> bool:
        """Whether the tune was written down from audio."""
        return self.audio is not None


@dataclass
class Stopwatch:
    """Seconds spent per stage."""

    spent: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the block under this name."""
        started = time.perf_counter()
        yield
        self.spent[name] = self.spent.get(name, 0.0) + time.perf_counter() - started

    @property
    def milliseconds(self) -> dict[str, int]:
        return {stage: round(1000 * spent) for stage, spent in self.spent.items()}


def read_file(file: FileToScreen, watch: Stopwatch, *, measure_quality: bool = True) -> FileRead:
    """Decode or parse a file, and write down the tune where its lanes ask for that.

    Raises:
        MediaError: the file cannot be used.
    """
    lanes = lanes_of(file.role, file.kind, file.plays)
    if file.kind is MediaKind.SCORE:
        with watch.stage("read_score"), deadline(SCORE_SECONDS):
            score = read_score(file.path)
        run = LaneRun(lane=Lane.MELODY, notes=score.note_count)
        return FileRead(file, score.duration_s, None, score, (run,))
    with watch.stage("decode"):
        audio = decode(file.path, measure_quality=measure_quality)
    recording = LaneRun(lane=Lane.RECORDING)
    if Lane.TRANSCRIPTION not in lanes:
        return FileRead(file, audio.duration_s, audio, None, (recording,))
    with watch.stage("transcribe"):
        heard = transcribed(audio.samples, audio.rate)
    notes = None if heard.score is None else heard.score.note_count
    run = LaneRun(lane=Lane.TRANSCRIPTION, outcome=heard.outcome, notes=notes)
    return FileRead(file, audio.duration_s, audio, heard.score, (recording, run))
