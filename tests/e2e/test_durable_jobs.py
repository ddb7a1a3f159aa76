"""Durable jobs in real processes: what was committed happens, once, across ``kill -9``."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.settings import Settings
from tests.e2e.processes import kill, run, start, wait_until

pytestmark = pytest.mark.e2e


def environment_of(settings: Settings) -> dict[str, str]:
    return {
        "COUNTERSIGN_HOME": str(settings.home),
        "COUNTERSIGN_DATABASE_URL": settings.database_url,
    }


def test_a_killed_job_resumes_after_its_last_finished_step(
    settings: Settings, tmp_path: Path
) -> None:
    environment = environment_of(settings)
    log = tmp_path / "log"
    lines = tmp_path / "lines"
    enqueued = run("tests.e2e.job_process", "enqueue", **environment)
    assert enqueued.returncode == 0, enqueued.stderr

    first = start("tests.e2e.job_process", "work", log=log, **environment)
    try:
        wait_until((tmp_path / "waiting").exists, process=first, what="the second step", log=log)
    finally:
        kill(first)
    assert lines.read_text() == "first hello\n"

    (tmp_path / "go").touch()
    second = start("tests.e2e.job_process", "work", log=log, **environment)
    try:
        wait_until(
            lambda: "third" in lines.read_text(), process=second, what="the third step", log=log
        )
    finally:
        kill(second)
    # Once each, and nothing of the transaction that was rolled back.
    assert lines.read_text() == "first hello\nthird hello\n"
