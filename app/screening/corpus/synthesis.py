"""A score played by FluidSynth with a General MIDI soundfont, kept as Ogg Opus."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray
from symusic.core import NoteTick, ScoreTick, TempoTick, TrackTick

from app.screening.corpus.errors import SynthesisFailed, SynthesizerMissing
from app.screening.corpus.instrumentations import Instrumentation
from similarity.melody.score import Melody, Score

RENDER_RATE: Final = 24_000
"""Hz. A rate that Opus has, above the 22 050 that analysis wants."""

MEDIA_TYPE: Final = "audio/ogg"
_BIT_RATE: Final = 48_000  # mono music at this rate is hard to tell from the original
_VELOCITY: Final = 96
_TICKS_PER_QUARTER: Final = 480
_SECONDS_ALLOWED: Final = 120  # renders run at some 150 times real time
_FRAME: Final = RENDER_RATE // 50
_FULL_SCALE: Final = 32767

_SOUNDFONTS: Final = (
    "/usr/share/sounds/sf2/TimGM6mb.sf2",
    "/usr/share/sounds/sf2/default-GM.sf2",
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",
    "/usr/share/soundfonts/default.sf2",
    "/usr/share/soundfonts/FluidR3_GM.sf2",
)


@dataclass(frozen=True, slots=True)
class Synthesizer:
    """FluidSynth and its soundfont on this machine."""

    program: str
    soundfont: Path

    @classmethod
    def find(cls, soundfont: Path | None = None) -> Synthesizer:
        """The installed one, with the given soundfont or one of the usual places.

        Raises:
            SynthesizerMissing: names the package to install.
        """
        program = shutil.which("fluidsynth")
        if program is None:
            raise SynthesizerMissing("Install FluidSynth: apt-get install fluidsynth")
        for path in (soundfont,) if soundfont else map(Path, _SOUNDFONTS):
            if path.is_file():
                return cls(program, path)
        raise SynthesizerMissing(
            "Install a General MIDI soundfont: apt-get install timgm6mb-soundfont, or name one "
            "with --soundfont."
        )

    def play(self, score: Score, instrumentation: Instrumentation) -> NDArray[np.int16]:
        """Mono samples at ``RENDER_RATE``, shape (n,).

        Raises:
            SynthesisFailed: FluidSynth ended with an error or took too long.
        """
        with tempfile.TemporaryDirectory(prefix="countersign-render-") as folder:
            midi, raw = Path(folder, "score.mid"), Path(folder, "audio.raw")
            arrange(score, instrumentation).dump_midi(midi)
            command = [
                self.program, "-niq", "-r", str(RENDER_RATE), "-T", "raw", "-O", "s16",
                "-F", str(raw), str(self.soundfont), str(midi),
            ]  # fmt: skip
            try:
                subprocess.run(  # noqa: S603 (a fixed command on files of our own)
                    command, check=True, capture_output=True, timeout=_SECONDS_ALLOWED
                )
            except (subprocess.SubprocessError, OSError) as error:
                raise SynthesisFailed(f"FluidSynth failed: {error}") from error
            stereo = np.fromfile(raw, dtype="<i2").reshape(-1, 2)
        return _levelled(stereo.astype(np.float32).mean(axis=1))


def arrange(score: Score, instrumentation: Instrumentation) -> ScoreTick:
    """The voices as MIDI tracks at 120 quarters a minute, each with its program."""
    midi = ScoreTick(_TICKS_PER_QUARTER)
    midi.tempos.append(TempoTick(0, 120.0))
    for number, voice in enumerate(score.voices):
        program = instrumentation.programs[number % len(instrumentation.programs)]
        octave = instrumentation.octaves[number % len(instrumentation.octaves)]
        track = TrackTick()
        track.name, track.program = voice.name, program
        for start, length, pitch in _ticks(voice, instrumentation.tempo, 12 * octave):
            track.notes.append(NoteTick(start, length, pitch, _VELOCITY))
        midi.tracks.append(track)
    return midi


def save_opus(path: Path, samples: NDArray[np.int16]) -> None:
    """Write mono samples at ``RENDER_RATE`` as Ogg Opus, aside and moved into place."""
    aside = path.with_name(f".{secrets.token_hex(8)}.{path.name}")
    try:
        with av.open(str(aside), mode="w", format="ogg") as container:
            stream = container.add_stream("libopus", rate=RENDER_RATE, layout="mono")
            stream.bit_rate = _BIT_RATE
            for frame in _frames(samples):
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _ticks(voice: Melody, tempo: float, shift: int) -> Iterator[tuple[int, int, int]]:
    per_second = 2 * _TICKS_PER_QUARTER / tempo
    for onset, length, pitch in zip(voice.onsets_s, voice.durations_s, voice.pitches, strict=True):
        start, end = round(float(onset) * per_second), round(float(onset + length) * per_second)
        yield start, max(1, end - start), int(np.clip(int(pitch) + shift, 0, 127))


def _levelled(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """Peak at -1 dBFS: soundfonts differ widely in level."""
    peak = float(np.abs(samples).max(initial=0.0))
    if peak == 0.0:
        raise SynthesisFailed("FluidSynth rendered silence; is the soundfont General MIDI?")
    return (samples * (0.891 * _FULL_SCALE / peak)).astype(np.int16)


def _frames(samples: NDArray[np.int16]) -> Iterator[av.AudioFrame]:
    padded = np.pad(samples, (0, -len(samples) % _FRAME))
    for start in range(0, len(padded), _FRAME):
        frame = av.AudioFrame.from_ndarray(
            padded[None, start : start + _FRAME], format="s16", layout="mono"
        )
        frame.sample_rate = RENDER_RATE
        frame.time_base = Fraction(1, RENDER_RATE)
        frame.pts = start
        yield frame
