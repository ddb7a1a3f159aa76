"""The pool: results and errors come back, and a dead worker is replaced."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.core.processes import ProcessPool, WorkerDied


@pytest.fixture
def pool() -> Iterator[ProcessPool]:
    pool = ProcessPool(1)
    yield pool
    pool.close()


async def test_results_and_errors_come_back(pool: ProcessPool) -> None:
    assert await pool.run(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await pool.run(divmod, 7, 0)


async def test_a_dead_worker_is_replaced(pool: ProcessPool) -> None:
    with pytest.raises(WorkerDied):
        await pool.run(os._exit, 9)
    assert await pool.run(os.getpid) != os.getpid()


PROGRAM = """
import asyncio, os
from app.core.processes import ProcessPool

async def main():
    print(await ProcessPool(1).run(os.getpid), flush=True)
    await asyncio.sleep(600)

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_a_worker_ends_with_a_killed_parent(
    tmp_path: Path, environment: Callable[..., dict[str, str]]
) -> None:
    script = tmp_path / "service.py"
    script.write_text(PROGRAM)
    service = subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        env=environment(PYTHONPATH=str(Path(__file__).parents[2])),
    )
    with service:
        assert service.stdout is not None
        worker = os.pidfd_open(int(service.stdout.readline()))
        service.send_signal(signal.SIGKILL)
    ended, _, _ = select.select([worker], [], [], 30)
    os.close(worker)
    assert ended
