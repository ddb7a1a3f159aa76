"""A process that works one durable job of three steps; killed and restarted by its test.

Usage: python -m tests.e2e.job_process enqueue|work
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from app.core.actor import system
from app.core.jobs import Job, JobEngine, step
from app.core.runtime import Runtime
from app.core.settings import load_settings

COUNT = Job("test.count")


class CountingJob:
    """Three steps that leave a line each; the second waits for a file called ``go``."""

    def __init__(self, home: Path) -> None:
        self.home = home

    async def run(self, word: str) -> None:
        await step("first", self._write, f"first {word}")
        await step("second", self._wait)
        await step("third", self._write, f"third {word}")

    async def _write(self, line: str) -> None:
        with (self.home / "lines").open("a") as file:
            file.write(line + "\n")

    async def _wait(self) -> None:
        (self.home / "waiting").touch()
        while not (self.home / "go").exists():  # noqa: ASYNC110 -- another process makes it
            await asyncio.sleep(0.02)


async def enqueue(runtime: Runtime) -> None:
    async with runtime.units.begin(system("test")) as uow:
        await uow.enqueue(COUNT, "once", "hello")
    try:
        async with runtime.units.begin(system("test")) as uow:
            await uow.enqueue(COUNT, "never", "rolled back")
            raise RuntimeError("the transaction fails")
    except RuntimeError:
        return


async def work(runtime: Runtime) -> None:
    engine = JobEngine(runtime.settings)
    engine.register(COUNT, CountingJob(runtime.settings.home).run)
    await engine.launch()
    await asyncio.Event().wait()


async def main(what: str) -> None:
    runtime = Runtime.build(load_settings())
    await (enqueue(runtime) if what == "enqueue" else work(runtime))
    await runtime.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
