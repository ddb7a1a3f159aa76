"""Watching a log from outside: what a log that cheats cannot hide."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from app.cli import main
from app.provenance import checkpoint, log_monitor, merkle
from app.provenance.checkpoint import TreeHead
from app.provenance.errors import LogInconsistent, LogRolledBack, LogSplitView, NoteInvalid
from app.provenance.merkle import LeafRange, NodeId
from app.provenance.tiles import TILE_WIDTH, TilePath
from tests.provenance.generators import new_house

HOUSE = new_house()
KEY = HOUSE.log_key


class ServedLog:
    """A log of made-up entries as its static resources, ``missing`` when not there."""

    def __init__(self, size: int, salt: str = "") -> None:
        self.entries = [f"{salt}{number}".encode() for number in range(size)]
        self.nodes = merkle.append({}, 0, [merkle.leaf_hash(entry) for entry in self.entries])
        self.head = TreeHead(HOUSE.origin, size, LeafRange(0, size).root(self.nodes))
        self.note = checkpoint.sign(self.head, HOUSE.log)
        self.asked: list[str] = []

    def fetch(self, path: str) -> bytes:
        self.asked.append(path)
        if path == "checkpoint":
            return self.note.encode()
        _, level, place = path.split("/", 2)
        tile = TilePath.parse(place)
        places = range(tile.start, tile.end)
        if level == "entries":
            return b"".join(len(self.entries[at]).to_bytes(2) + self.entries[at] for at in places)
        return b"".join(self.nodes[NodeId(8 * int(level), at)] for at in places)


def ignore(_: int) -> None:
    """Progress that nobody watches."""


@given(first=st.integers(1, 700), more=st.integers(0, 700))
def test_a_log_that_only_grew_is_accepted(first: int, more: int) -> None:
    seen, now = ServedLog(first), ServedLog(first + more)
    log_monitor.require_extends(now.fetch, seen.head, now.head)
    log_monitor.audit(now.fetch, now.head, ignore)


def test_proof_takes_few_requests() -> None:
    seen, now = ServedLog(60_001), ServedLog(70_000)
    log_monitor.require_extends(now.fetch, seen.head, now.head)
    assert len(now.asked) <= 6


@given(first=st.integers(2, 600), more=st.integers(1, 300))
def test_a_shorter_log_was_rolled_back(first: int, more: int) -> None:
    seen, now = ServedLog(first + more), ServedLog(first)
    with pytest.raises(LogRolledBack):
        log_monitor.require_extends(now.fetch, seen.head, now.head)


@given(first=st.integers(1, 600), more=st.integers(0, 300))
def test_another_past_is_a_split_view(first: int, more: int) -> None:
    seen, now = ServedLog(first), ServedLog(first + more, salt="other ")
    with pytest.raises(LogSplitView):
        log_monitor.require_extends(now.fetch, seen.head, now.head)


@pytest.mark.parametrize("number", [0, 299, 517])
def test_an_altered_entry_does_not_give_the_root(number: int) -> None:
    log = ServedLog(518)
    log.entries[number] += b"!"
    with pytest.raises(LogInconsistent, match="do not give the root"):
        log_monitor.audit(log.fetch, log.head, ignore)


@pytest.mark.parametrize(
    "cut", [lambda data: data[:-1], lambda data: b"", lambda data: data + b"x"]
)
def test_resources_of_the_wrong_size_are_named(cut: Callable[[bytes], bytes]) -> None:
    log = ServedLog(300)

    def fetch(path: str) -> bytes:
        data = log.fetch(path)
        return data if path == "checkpoint" else cut(data)

    with pytest.raises(LogInconsistent):
        log_monitor.require_extends(fetch, ServedLog(5).head, log.head)
    with pytest.raises(LogInconsistent):
        log_monitor.audit(fetch, log.head, ignore)


def test_a_checkpoint_of_another_key_is_none() -> None:
    with pytest.raises(NoteInvalid):
        log_monitor.newest_checkpoint(ServedLog(3).fetch, new_house().log_key)


@pytest.fixture
def serve() -> Iterator[Callable[[ServedLog], str]]:
    """Puts a log on HTTP; its address."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def serve(log: ServedLog) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                try:
                    data = log.fetch(self.path.removeprefix("/log/"))
                except (KeyError, IndexError):
                    self.send_error(404)
                    return
                self.send_response(200)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/log"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_command_watches_a_served_log(
    tmp_path: Path, serve: Callable[[ServedLog], str]
) -> None:
    key, kept = tmp_path / "log.vkey", tmp_path / "seen"
    key.write_text(KEY.vkey)

    def watch(log: ServedLog, *more: str) -> Result:
        return CliRunner().invoke(main, ["log", "verify", "--key", str(key), *more, serve(log)])

    first = watch(ServedLog(300), "--save", str(kept), "--full")
    assert first.exit_code == 0, first.output
    assert "all 300 entries give this root" in first.output
    grown = watch(ServedLog(TILE_WIDTH * 3), "--since", str(kept), "--save", str(kept))
    assert grown.exit_code == 0, grown.output
    assert "holds the 300 entries that you had seen, and 468 more" in grown.output
    before = hashlib.sha256(kept.read_bytes()).digest()
    for cheat, words in (
        (ServedLog(400), "768 entries when last seen and shows 400 now"),
        (ServedLog(900, salt="other "), "not the ones that were seen"),
    ):
        caught = watch(cheat, "--since", str(kept), "--save", str(kept))
        assert caught.exit_code == 1
        assert words in caught.output
    assert hashlib.sha256(kept.read_bytes()).digest() == before


def test_a_log_that_does_not_answer_is_said_so(tmp_path: Path) -> None:
    key = tmp_path / "log.vkey"
    key.write_text(KEY.vkey)
    told = CliRunner().invoke(main, ["log", "verify", "--key", str(key), "http://127.0.0.1:9/log"])
    assert told.exit_code == 1
    assert "does not answer" in told.output
