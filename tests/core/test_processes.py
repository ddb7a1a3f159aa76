"""The pool: results and errors come back, and a dead worker is replaced."""

from __future__ import annotations

import os
from collections.abc import Iterator

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
