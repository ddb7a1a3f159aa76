"""How far ISCC Audio-Codes of re-encoded and of unrelated recordings are apart, and what a look-up
costs.

    python scripts/bench_bindings.py FOLDER [--files N] [--codes N...] [--jobs N]

FOLDER: recordings of different pieces. Prints Markdown; distances in bits of 256.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

# Started as a file, the interpreter looks beside that file only.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.actor import system
from app.core.clock import SystemClock
from app.core.database import Database
from app.core.jobs import JobOutbox
from app.core.migrate import migrate
from app.core.settings import Settings
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance.content_credentials import bindings, iscc
from app.provenance.content_credentials.iscc import Unit
from app.provenance.models import BindingUnit, BindingWord, SoftBinding
from scripts.bench.report import machine
from similarity.audio.decode import decode
from similarity.errors import MediaError

_AUDIO: Final = b"\x22\x07"
_CHANGES: Final[Mapping[str, tuple[list[str], str]]] = {
    "MP3 128 kbit/s": (["-b:a", "128k"], "mp3"),
    "MP3 48 kbit/s": (["-b:a", "48k"], "mp3"),
    "Vorbis q2": (["-c:a", "libvorbis", "-q:a", "2"], "ogg"),
    "AAC 64 kbit/s": (["-c:a", "aac", "-b:a", "64k"], "m4a"),
    "8 kHz, mono, MP3 32 kbit/s": (["-ar", "8000", "-ac", "1", "-b:a", "32k"], "mp3"),
    "12 dB quieter": (["-af", "volume=-12dB"], "wav"),
    "low-pass 3 kHz": (["-af", "lowpass=f=3000"], "wav"),
    "2 % faster": (["-af", "atempo=1.02"], "wav"),
    "first 5 s cut": (["-ss", "5"], "wav"),
    "first 20 s cut": (["-ss", "20"], "wav"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--codes", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    files = sorted(path for path in arguments.folder.rglob("*") if path.is_file())
    random.Random(0).shuffle(files)  # noqa: S311 (a sample)
    with ProcessPoolExecutor(arguments.jobs) as pool:
        found = [codes for codes in pool.map(_codes, files[: arguments.files]) if codes]
    print(f"{machine()}\n")
    _print_distances(found)
    asyncio.run(_print_look_ups(arguments.codes))
    return 0


def _codes(path: Path) -> dict[str, bytes]:
    """The code of a recording as it is and after each change; nothing where it has none."""
    found: dict[str, bytes] = {}
    with TemporaryDirectory() as folder:
        try:
            found[""] = _code(path)
            for name, (options, suffix) in _CHANGES.items():
                changed = Path(folder, f"changed.{suffix}")
                command = ["ffmpeg", "-v", "error", "-y", "-i", str(path), "-vn", *options]
                subprocess.run([*command, str(changed)], check=True)
                found[name] = _code(changed)
        except (MediaError, subprocess.CalledProcessError, IndexError):
            return {}
    return found


def _code(path: Path) -> bytes:
    return iscc.units_of(iscc.sound_value(decode(path, measure_quality=False)))[0].body


def _print_distances(found: list[dict[str, bytes]]) -> None:
    originals = np.stack([_bits(codes[""]) for codes in found])
    print(
        "| what was done | n | median | 95 % | most | within the limit |\n|---|---|---|---|---|---|"
    )
    for name in _CHANGES:
        changed = np.stack([_bits(codes[name]) for codes in found])
        _print_row(name, (originals != changed).sum(axis=1))
    pairs = np.triu_indices(len(found), 1)
    unrelated = (originals[:, None] != originals[None]).sum(axis=2)[pairs]
    _print_row("nothing: another piece", unrelated)
    print(f"\nNearest unrelated pair: {unrelated.min()} bits. Limit: {bindings.MOST_DIFFERING}.\n")


def _print_row(name: str, distances: NDArray[np.int64]) -> None:
    within = (distances <= bindings.MOST_DIFFERING).mean()
    print(
        f"| {name} | {len(distances)} | {np.median(distances):g} | "
        f"{np.percentile(distances, 95):.0f} | {distances.max()} | {within:.3f} |"
    )


def _bits(code: bytes) -> NDArray[np.uint8]:
    return np.unpackbits(np.frombuffer(code, np.uint8))


async def _print_look_ups(counts: list[int]) -> None:
    print("| codes | a look-up (median of 9) |\n|---|---|")
    dice = random.Random(1)  # noqa: S311 (codes to fill a table with)
    for count in counts:
        with TemporaryDirectory() as home:
            settings = Settings(home=Path(home))
            migrate(settings)
            database = Database.connect(settings)
            units = UnitOfWorkFactory(database, SystemClock(), JobOutbox(settings))
            await _fill(units, count, dice)
            times = []
            async with units.look(system("benchmark")) as uow:
                for _ in range(9):
                    started = time.perf_counter()
                    await bindings.matches(uow.session, [Unit(_AUDIO, dice.randbytes(32))], 20)
                    times.append(time.perf_counter() - started)
            await database.close()
        print(f"| {count:,} | {1000 * float(np.median(times)):.0f} ms |")


async def _fill(units: UnitOfWorkFactory, count: int, dice: random.Random) -> None:
    async with units.begin(system("benchmark")) as uow:
        made = [(uow.new_id("bnd"), dice.randbytes(32)) for _ in range(count)]
        await uow.session.execute(
            sa.insert(SoftBinding),
            [
                {
                    "id": name,
                    "algorithm": iscc.ALGORITHM,
                    "value": _AUDIO + body,
                    "manifest_id": f"urn:c2pa:{number}",
                    "bound_at": uow.now,
                }
                for number, (name, body) in enumerate(made)
            ],
        )
        units_of = [
            {"binding_id": name, "ordinal": 0, "header": _AUDIO, "body": body}
            for name, body in made
        ]
        await uow.session.execute(sa.insert(BindingUnit), units_of)
        await uow.session.execute(
            sa.insert(BindingWord),
            [
                {"binding_id": name, "ordinal": 0, "place": at // 2, "word": word}
                for name, body in made
                for at in range(0, len(body), 2)
                for word in [int.from_bytes(body[at : at + 2])]
            ],
        )


if __name__ == "__main__":
    sys.exit(main())
