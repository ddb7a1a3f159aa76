"""Real processes under test: started, waited for, killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_POLL_SECONDS: Final = 0.05


def start(module: str, *arguments: str, log: Path, **environment: str) -> subprocess.Popen[bytes]:
    """Start ``python -m module`` in a process group of its own, its output in ``log``."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def run(module: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m module`` to its end."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """``kill -9`` the process and everything it started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(
    condition: Callable[[], bool],
    *,
    process: subprocess.Popen[bytes],
    what: str,
    log: Path,
    seconds: float = 60,
) -> None:
    """Poll until the condition holds; fail with the process's log when it never does or when the
    process has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        if process.poll() is not None:
            break
        time.sleep(_POLL_SECONDS)
    raise AssertionError(f"never happened: {what}\n{log.read_text(errors='replace')[-4000:]}")
