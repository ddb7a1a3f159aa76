"""The processes of the demo: the service and the stand-in for Stripe, each real, each stoppable."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

import httpx

ROOT: Final = Path(__file__).parents[2]
_START_SECONDS: Final = 60
_STOP_SECONDS: Final = 20
_LISTENS: Final = b"Countersign listens"
_MARK: Final = "COUNTERSIGN_DEMO"  # in the environment of what we start, to know it again


class DoesNotStart(Exception):
    """A process ended or stayed silent instead of starting."""


@dataclass
class Service:
    """The running service, and the stand-in that it pays at."""

    url: str
    home: Path
    environment: Mapping[str, str]
    stripe: subprocess.Popen[bytes]
    stripe_url: str
    publishable_key: str
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the service's process and wait until it answers.

        Raises:
            DoesNotStart: with the end of the process's log.
        """
        log = self.home / "service.log"
        already_said = log.stat().st_size if log.exists() else 0
        self.process = _spawn(
            "service", ["app.cli", "serve"], self.home, environment=dict(self.environment)
        )
        _wait_until_it_answers(self.url, self.process, log, already_said)

    def kill(self) -> None:
        """``kill -9`` the service and everything it started; the stand-in lives on."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        for process in (self.process, self.stripe):
            if process is not None:
                _end(process)


def start(
    home: Path, corpus: Path, *, port: int = 8000, settings: Mapping[str, str] | None = None
) -> Service:
    """Start the stand-in and the service in ``home``, with further settings.

    Where ``port`` is taken, or zero, any free one is used.

    Raises:
        DoesNotStart: with the end of the process's log.
    """
    port = _port(port)
    url = f"http://127.0.0.1:{port}"
    secret = "whsec_" + secrets.token_hex(16)
    stripe, ready = _start_stripe(home, f"{url}/webhooks/stripe", secret)
    stripe_url = ready["address"]
    environment = {
        "COUNTERSIGN_HOME": str(home),
        "COUNTERSIGN_CORPUS_DIR": str(corpus),
        "COUNTERSIGN_PORT": str(port),
        "COUNTERSIGN_PUBLIC_URL": url,
        "COUNTERSIGN_SANDBOX": "true",
        "COUNTERSIGN_SWEEP_SECONDS": "1",
        "COUNTERSIGN_STRIPE_API_KEY": ready["secret_key"],
        "COUNTERSIGN_STRIPE_WEBHOOK_SECRET": secret,
        "COUNTERSIGN_STRIPE_API_BASE": stripe_url,
    }
    service = Service(
        url,
        home,
        {**environment, **(settings or {})},
        stripe,
        stripe_url,
        ready["publishable_key"],
    )
    try:
        service.start()
    except DoesNotStart:
        service.stop()
        raise
    return service


def end_leftovers(home: Path) -> None:
    """End what an earlier demo in this home left running when it was killed."""
    for file in home.glob("*.pid"):
        pid = int(file.read_text())
        if _runs_here(pid, home):
            os.killpg(pid, signal.SIGKILL)
        file.unlink()


def run(*arguments: str, environment: Mapping[str, str]) -> str:
    """Run ``countersign`` to its end and return what it printed.

    Raises:
        DoesNotStart: it refused; the message is what it said.
    """
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise DoesNotStart(f"countersign {' '.join(arguments)} ended with {done.returncode}")
    return done.stdout


def _start_stripe(
    home: Path, webhook: str, secret: str
) -> tuple[subprocess.Popen[bytes], dict[str, str]]:
    command = ["scripts.stripe_standin", "--port", "0"]
    command += ["--webhook-url", webhook, "--webhook-secret", secret]
    process = _spawn("stripe-standin", command, home, stdout=subprocess.PIPE)
    assert process.stdout is not None  # noqa: S101 -- asked for above
    with process.stdout:
        line = process.stdout.readline()
    if not line:
        raise DoesNotStart("the stand-in for Stripe ended at once; see stripe-standin.log")
    ready: dict[str, str] = json.loads(line)
    return process, ready


def _spawn(name: str, command: list[str], home: Path, **options: Any) -> subprocess.Popen[bytes]:
    """Start a Python module in a process group of its own; errors in a log, its id in a file."""
    environment = {**os.environ, **options.pop("environment", {}), _MARK: str(home.absolute())}
    with (home / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=environment,
            stderr=log,
            start_new_session=True,
            **options,
        )
    (home / f"{name}.pid").write_text(str(process.pid))
    return process


def _runs_here(pid: int, home: Path) -> bool:
    """Whether the process is still the demo's: numbers are given again."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
    return f"{_MARK}={home.absolute()}".encode() in environment


def _wait_until_it_answers(
    url: str, process: subprocess.Popen[bytes], log: Path, already_said: int
) -> None:
    """Wait for this process's own word that it listens: another one may answer at its address."""
    deadline = monotonic() + _START_SECONDS
    while monotonic() < deadline and process.poll() is None:
        if _LISTENS in log.read_bytes()[already_said:] and _answers(url):
            return
        sleep(0.1)
    tail = log.read_text(errors="replace")[-3000:]
    raise DoesNotStart(f"the service does not answer; the end of its log:\n{tail}")


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/log/key", timeout=5).is_success
    except httpx.TransportError:
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _port(wanted: int) -> int:
    """The wanted port, or any free one when somebody else has it."""
    for candidate in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            port: int = probe.getsockname()[1]
            return port
    raise DoesNotStart("no free port on this machine")
