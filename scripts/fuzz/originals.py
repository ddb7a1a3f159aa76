"""Files of sound and notes in every format, made from whatever audio and scores a folder holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import music21.converter
import music21.exceptions21
import numpy as np
import verovio

from scripts.bench.material import Work
from scripts.bench.sound import ffmpeg
from similarity.media import MediaKind
from similarity.melody.formats import sniff

SECONDS: Final = 3.0
"""Of sound in each file: long enough for every codec to have begun, short enough for thousands."""

LARGEST_SCORE: Final = 64 * 1024
"""Bytes. Larger ones only take longer."""

AUDIO: Final[dict[str, tuple[str, ...]]] = {
    "wav": (),
    "flac": (),
    "mp3": ("-q:a", "5"),
    "ogg": ("-c:a", "libvorbis"),
    "opus": ("-c:a", "libopus"),
    "m4a": (),
    "aiff": (),
    "wma": (),
}
"""Endings, and how ffmpeg is to write them."""

WRITTEN: Final = ("musicxml", "midi")
"""What music21 writes of a score, by its names."""

ENGRAVED: Final = "mei"
"""What Verovio then writes of the MusicXML."""

Files = dict[str, list[bytes]]
"""Contents by format."""


def originals(works: Sequence[Work], each: int, seed: int, folder: Path) -> Files:
    """Up to ``each`` files of every format that can be made of the works."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    shuffled = [works[number] for number in rng.permutation(len(works))]
    found: Files = {}
    audio = [work for work in shuffled if work.kind is MediaKind.AUDIO and work.seconds > SECONDS]
    for work in audio[:each]:
        start_s = float(rng.uniform(0, work.seconds - SECONDS))
        for name, content in _as_audio(work.path, start_s, folder):
            found.setdefault(name, []).append(content)
    for work in shuffled:
        if work.kind is MediaKind.SCORE:
            _take_score(work.path, each, found, folder)
    return {name: contents for name, contents in sorted(found.items()) if contents}


def _as_audio(source: Path, start_s: float, folder: Path) -> Iterator[tuple[str, bytes]]:
    for name, options in AUDIO.items():
        target = folder / f"original.{name}"
        ffmpeg("-ss", start_s, "-t", SECONDS, "-i", source, "-ac", 2, *options, target)
        yield name, target.read_bytes()


def _take_score(path: Path, each: int, found: Files, folder: Path) -> None:
    """Take it for its format, where that needs one still, and written anew for those that do."""
    content = path.read_bytes()
    if len(content) > LARGEST_SCORE:
        return
    own = found.setdefault(sniff(content).value, [])
    if len(own) < each:
        own.append(content)
    wanting = [name for name in (*WRITTEN, ENGRAVED) if len(found.setdefault(name, [])) < each]
    if not wanting:
        return
    for name, written in _as_scores(path, folder):
        if name in wanting and len(written) <= LARGEST_SCORE:
            found[name].append(written)


def _as_scores(source: Path, folder: Path) -> Iterator[tuple[str, bytes]]:
    try:
        score = music21.converter.parse(source)
        for name in WRITTEN:
            target = folder / f"original.{name}"
            score.write(name, fp=target)  # type: ignore[no-untyped-call]  # of music21
            yield name, target.read_bytes()
    except (music21.exceptions21.Music21Exception, ValueError):
        return  # not every score can be written again; others can
    verovio.enableLog(verovio.LOG_OFF)
    engraver = verovio.toolkit()
    if engraver.loadData((folder / "original.musicxml").read_text()):
        yield ENGRAVED, engraver.getMEI().encode()
