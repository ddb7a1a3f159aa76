"""The builder's processes, and the progress bar over what they finish."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from typing import Final, TypeVar

from tqdm import tqdm

from app.screening.corpus.making import prepare_process

Item = TypeVar("Item")
Result = TypeVar("Result")

_LOG_SECONDS: Final = 10.0  # between two lines where nobody watches the bar move
_AHEAD: Final = 4  # orders waiting per process: enough to keep it busy, few to lose


class Workers:
    """Runs picklable functions over items, in as many processes as there are processors."""

    def __init__(self, executor: ProcessPoolExecutor, processes: int, *, quiet: bool) -> None:
        self._executor = executor
        self._processes = processes
        self._quiet = quiet

    def say(self, what: str) -> None:
        """Name a step that has no parts to count."""
        if not self._quiet:
            print(f"{what} ...", file=sys.stderr, flush=True)

    def each(
        self, what: str, function: Callable[[Item], Result], items: Sequence[Item]
    ) -> Iterator[tuple[Item, Result]]:
        """Each item with its result, in the order of finishing; errors are raised here."""
        waiting = iter(items)
        pending: dict[Future[Result], Item] = {}
        with tqdm(
            total=len(items),
            desc=what,
            disable=self._quiet,
            mininterval=_refresh_seconds(),
            unit="",
        ) as bar:
            while True:
                for item in islice(waiting, self._processes * _AHEAD - len(pending)):
                    pending[self._executor.submit(function, item)] = item
                if not pending:
                    return
                done, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    yield pending.pop(future), future.result()
                    bar.update()


@contextmanager
def workers(*, quiet: bool) -> Iterator[Workers]:
    """Builder processes for the length of the block; an interrupt drops what has not begun."""
    processes = len(os.sched_getaffinity(0))
    executor = ProcessPoolExecutor(
        max_workers=processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=prepare_process,
    )
    try:
        yield Workers(executor, processes, quiet=quiet)
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _refresh_seconds() -> float:
    return 0.1 if sys.stderr.isatty() else _LOG_SECONDS
