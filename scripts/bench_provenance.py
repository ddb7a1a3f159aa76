"""What signing, proving and releasing cost.

    python scripts/bench_provenance.py [--leaves N...] [--seconds S] [--large-mb MB]

Envelopes and receipts in microseconds; the log in SQLite, as it grows; Content Credentials for each
container, with the memory of a large file. Prints Markdown. Medians of one run; only ratios between
rows mean something on another machine.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import sqlalchemy as sa

# Started as a file, the interpreter looks beside that file only.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.actor import system
from app.core.clock import SystemClock
from app.core.database import Database
from app.core.jobs import JobOutbox
from app.core.migrate import migrate
from app.core.settings import Settings
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance import log
from app.provenance.content_credentials.containers import EMBEDDING
from app.provenance.content_credentials.house_credential import HouseCredential
from app.provenance.content_credentials.reading import read_credentials
from app.provenance.content_credentials.self_test import SAMPLE
from app.provenance.content_credentials.signing import Release, sign_file
from app.provenance.content_credentials.tags import Tags
from app.provenance.dsse import INTOTO, Envelope
from app.provenance.house import HouseKeys
from app.provenance.keys import Algorithm
from app.provenance.models import LogLeaf
from app.provenance.receipt import Receipt
from app.provenance.signer import PrivateKeySigner
from scripts.bench.report import machine

_ACTOR: Final = system("benchmark")
_ROUNDS: Final = 9
_PAYLOAD: Final = b'{"subject":[' + b"0" * 1_700 + b"]}"


def main() -> int:
    """Measure everything, and print it."""
    options = _parser().parse_args()
    print(f"`{' '.join(['python scripts/bench_provenance.py', *sys.argv[1:]])}`\n\n{machine()}.\n")
    print("\n".join(envelopes()), "\n")
    print("\n".join(asyncio.run(logs(options.leaves))), "\n")
    print("\n".join(credentials(options.seconds)), "\n")
    if options.large_mb:
        print(large(options.large_mb))
    return 0


def envelopes() -> Iterator[str]:
    """DSSE of a payload of 1.7 kB."""
    yield "| envelope | sign, µs | verify, µs |\n|---|---|---|"
    for algorithm in Algorithm:
        signer = PrivateKeySigner.generate(algorithm)
        signed = Envelope.sign(_PAYLOAD, INTOTO, signer)
        sign = _median(partial(Envelope.sign, _PAYLOAD, INTOTO, signer), 200)
        verify = _median(partial(signed.verify, signer.public_key), 200)
        yield f"| {algorithm.value} | {1e6 * sign:.0f} | {1e6 * verify:.0f} |"


async def logs(sizes: list[int]) -> list[str]:
    """A log in SQLite: one batch sealed, and one receipt proved, at each size."""
    rows = [
        f"| leaves | seal {log.BATCH}, ms | prove one, ms | verify one, µs | receipt, B |",
        "|---|---|---|---|---|",
    ]
    with TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        migrate(settings)
        house = HouseKeys.load(settings)
        database = Database.connect(settings)
        units = UnitOfWorkFactory(database, SystemClock(), JobOutbox(settings))
        filled = 0
        for size in sorted(sizes):
            await _fill(units, house, filled, size - log.BATCH)
            await _queue(units, size - log.BATCH, size)
            seal = await _timed(lambda: _seal(units, house))
            filled = size
            proofs = [
                await _proved(units, index) for index in range(0, size, max(1, size // _ROUNDS))
            ]
            receipt = proofs[-1][0]
            prove = statistics.median(spent for _, spent in proofs)
            check = _median(partial(receipt.verify, house.log_key), 50)
            rows.append(
                f"| {size:,} | {1e3 * seal:.0f} | {1e3 * prove:.1f} | {1e6 * check:.0f} "
                f"| {len(receipt.text()):,} |"
            )
        await database.close()
    return rows


def credentials(seconds: float) -> Iterator[str]:
    """Signing and reading a stereo file of each container."""
    yield f"| {seconds:.0f} s of | MB | sign, ms | read, ms | bytes added |\n|---|---|---|---|---|"
    with TemporaryDirectory() as home:
        now = datetime.now(UTC)
        credential = HouseCredential.load(Settings(home=Path(home)), now)
        for container in EMBEDDING:
            source = Path(home, f"source.{container}")
            target = Path(home, f"target.{container}")
            _noise(source, seconds)
            release = Release(container, SAMPLE, Tags(title="Benchmark", artist="Benchmark"))
            sign = _median(partial(sign_file, source, target, release, credential.signer), _ROUNDS)
            reading = partial(read_credentials, target, container, credential.anchors, now)
            read = _median(reading, _ROUNDS)
            size, added = source.stat().st_size, target.stat().st_size - source.stat().st_size
            cells = f"{size / 1e6:.1f} | {1e3 * sign:.0f} | {1e3 * read:.0f} | {added:,}"
            yield f"| {container} | {cells} |"


def large(megabytes: int) -> str:
    """Signing one large WAV in a process of its own: seconds, and the process's memory."""
    with get_context("spawn").Pool(1) as pool:
        seconds, peak = pool.apply(_sign_large, (megabytes,))
    return (
        f"A WAV of {megabytes} MB: signed in {seconds:.1f} s; the process came to "
        f"{peak / 1e6:.0f} MB, {peak / 1e6 / megabytes:.1f} times the file."
    )


def _sign_large(megabytes: int) -> tuple[float, float]:
    with TemporaryDirectory() as home:
        credential = HouseCredential.load(Settings(home=Path(home)), datetime.now(UTC))
        source, target = Path(home, "source.wav"), Path(home, "target.wav")
        _noise(source, megabytes * 1e6 / (44_100 * 4))
        release = Release("wav", SAMPLE, Tags(title="Benchmark", artist="Benchmark"))
        started = time.perf_counter()
        sign_file(source, target, release, credential.signer)
        seconds = time.perf_counter() - started
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _noise(path: Path, seconds: float) -> None:
    source = f"anoisesrc=duration={seconds}:sample_rate=44100:seed=1"
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-ac", "2", str(path)]
    subprocess.run(command, check=True)


async def _fill(units: UnitOfWorkFactory, house: HouseKeys, start: int, end: int) -> None:
    for at in range(start, end, log.BATCH):
        await _queue(units, at, min(at + log.BATCH, end))
        await _seal(units, house)


async def _queue(units: UnitOfWorkFactory, start: int, end: int) -> None:
    async with units.begin(_ACTOR) as uow:
        leaves: list[dict[str, Any]] = [
            {
                "entry": hashlib.sha256(number.to_bytes(8)).hexdigest().encode() * 3,
                "kind": "benchmark",
                "subject": str(number),
                "queued_at": uow.now,
                "leaf_index": None,
            }
            for number in range(start, end)
        ]
        await uow.session.execute(sa.insert(LogLeaf), leaves)


async def _seal(units: UnitOfWorkFactory, house: HouseKeys) -> None:
    async with units.begin(_ACTOR) as uow:
        await log.seal(uow, house)


async def _proved(units: UnitOfWorkFactory, index: int) -> tuple[Receipt, float]:
    async with units.look(_ACTOR) as uow:
        query = sa.select(LogLeaf).where(LogLeaf.leaf_index == index)
        leaf = (await uow.session.scalars(query)).one()
        started = time.perf_counter()
        receipt = await log.receipt_of(uow.session, leaf)
        return receipt, time.perf_counter() - started


async def _timed(work: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    await work()
    return time.perf_counter() - started


def _median(work: Callable[[], object], rounds: int) -> float:
    spent = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        spent.append(time.perf_counter() - started)
    return statistics.median(spent)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--leaves", type=int, nargs="*", default=[10_000, 1_000_000])
    parser.add_argument("--seconds", type=float, default=180.0, help="of each container")
    parser.add_argument("--large-mb", type=int, default=0, help="sign a WAV of this size, too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
