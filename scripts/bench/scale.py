"""Build and search an index of so many fabricated tracks, and measure what that costs."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from scripts.bench.distortions import speed
from scripts.bench.fabricate import fabricate
from scripts.bench.material import Split, Work
from scripts.bench.rows import PLAIN, Row
from scripts.bench.uploads import plan
from similarity.audio.decode import decode
from similarity.index import ReferenceIndex
from similarity.match import Band
from similarity.recording.fingerprint import Fingerprint, fingerprint

T = TypeVar("T")

TRACK_S = 180.0
UPLOADS = (
    ("as it is", Row("scale", "as it is", lambda _: PLAIN, TRACK_S, None)),
    ("speed 110 %", Row("scale", "speed 110 %", lambda _: speed(1.1), TRACK_S, None)),
)
"""What is done to the uploads that are there; the others are unknown music."""


@dataclass(frozen=True, slots=True)
class Built:
    """Building: seconds by the clock and of processor, the most memory at once, size on disk."""

    tracks: int
    hours: float
    wall_s: float
    cpu_s: float
    peak_mib: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Searched:
    """Searching: seconds to open; memory of one's own, and shared with the file, after searching;
    processor seconds of each upload, decoding apart; how many of what is there were found, and how
    many others accepted.
    """

    open_s: float
    private_mib: float
    shared_mib: float
    decode_s: tuple[float, ...]
    search_s: tuple[float, ...]
    wall_s: tuple[float, ...]
    present: int
    found: int
    false_accepts: int

    @property
    def median_s(self) -> float:
        return statistics.median(self.search_s)


def needles(split: Split, count: int) -> list[Work]:
    """Real recordings that are indexed as they are and searched for, never fabricated from."""
    long_enough = [work for work in split.sources if work.seconds >= TRACK_S + 2]
    return long_enough[:count]


def real_fingerprints(works: Sequence[Work]) -> list[Fingerprint]:
    """Of every work."""
    found = []
    for work in tqdm(works, desc="real fingerprints", disable=None):
        audio = decode(work.path, measure_quality=False)
        found.append(fingerprint(audio.samples, audio.rate))
    return found


def uploads(split: Split, wanted: Sequence[Work], seed: int, folder: Path) -> list[tuple[str, str]]:
    """Files of three minutes with the reference in them, empty for unknown music."""
    made = []
    for number, work in enumerate(wanted):
        for _, row in UPLOADS:
            chosen = plan(row, number, seed=seed, sources=[work], others=[])
            made.append((str(chosen.make(folder).path), str(work.path)))
    unknown = [work for work in split.unknown if work.seconds >= TRACK_S + 2][: len(wanted)]
    for number, work in enumerate(unknown):
        chosen = plan(UPLOADS[0][1], number, seed=seed, sources=[work], others=[])
        made.append((str(chosen.make(folder).path), ""))
    return made


def build(
    directory: Path,
    pool: Sequence[Fingerprint],
    wanted: Sequence[tuple[str, Fingerprint]],
    tracks: int,
) -> Built:
    """An index of the needles and as many fabricated tracks as make ``tracks``; in a new process,
    so that its memory is its own.
    """
    return _alone(partial(_build, directory, pool, wanted, tracks))


def search(directory: Path, files: Sequence[tuple[str, str]]) -> Searched:
    """Search every upload, likewise."""
    return _alone(partial(_search, directory, files))


def _alone(work: Callable[[], T]) -> T:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work).result()


def _build(
    directory: Path,
    pool: Sequence[Fingerprint],
    wanted: Sequence[tuple[str, Fingerprint]],
    tracks: int,
) -> Built:
    index = ReferenceIndex.create(directory)
    fabricating_s, fabricating_cpu = 0.0, 0.0
    began, began_cpu = time.perf_counter(), time.process_time()
    hours = 0.0
    for name, own in wanted:
        index.add_fingerprint(name, own)
        hours += own.duration_s / 3600
    for number in tqdm(range(tracks - len(wanted)), desc="fabricated", disable=None):
        start, start_cpu = time.perf_counter(), time.process_time()
        track = fabricate(pool, number, TRACK_S)
        fabricating_s += time.perf_counter() - start
        fabricating_cpu += time.process_time() - start_cpu
        index.add_fingerprint(f"fabricated {number}", track)
        hours += TRACK_S / 3600
    index.commit()
    return Built(
        tracks=tracks,
        hours=hours,
        wall_s=time.perf_counter() - began - fabricating_s,
        cpu_s=time.process_time() - began_cpu - fabricating_cpu,
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        megabytes=sum(it.stat().st_size for it in directory.rglob("*") if it.is_file()) / 1e6,
    )


def _search(directory: Path, files: Sequence[tuple[str, str]]) -> Searched:
    began = time.perf_counter()
    index = ReferenceIndex.open(directory)
    open_s = time.perf_counter() - began
    # Compiled code is loaded by the first search, whatever the size of the index.
    index.search_audio(decode(Path(files[0][0]), measure_quality=False))
    decode_s, search_s, wall_s = [], [], []
    found = false_accepts = 0
    for path, reference in tqdm(files, desc="searches", disable=None):
        start, child = time.perf_counter(), _children_s()
        audio = decode(Path(path), measure_quality=False)
        decode_s.append(_children_s() - child)
        start_cpu = time.process_time()
        matches = index.search_audio(audio)
        search_s.append(time.process_time() - start_cpu)
        wall_s.append(time.perf_counter() - start)
        accepted = [match.reference for match in matches if match.band is not Band.NONE]
        found += bool(reference) and accepted[:1] == [reference]
        false_accepts += any(other != reference for other in accepted)
    private_mib, shared_mib = _memory()
    return Searched(
        open_s=open_s,
        private_mib=private_mib,
        shared_mib=shared_mib,
        decode_s=tuple(decode_s),
        search_s=tuple(search_s),
        wall_s=tuple(wall_s),
        present=sum(bool(reference) for _, reference in files),
        found=found,
        false_accepts=false_accepts,
    )


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _memory() -> tuple[float, float]:
    """MiB resident of this process: its own, and of mapped files (Linux)."""
    rows = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    own, mapped = (float(rows[key].split()[0]) / 1024 for key in ("RssAnon", "RssFile"))
    return own, mapped
