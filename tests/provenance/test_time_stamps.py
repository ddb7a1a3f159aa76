"""Time stamps of checkpoints, by a real authority: OpenSSL's, over HTTP on this machine."""

from __future__ import annotations

import base64
import http.server
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.core.settings import Settings
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance import time_stamps
from app.provenance.errors import TimeStampInvalid
from app.provenance.jobs import ProvenanceJobs
from app.provenance.log_api import LogController
from app.provenance.time_stamps import TimeStampAuthority
from tests.http import client_for
from tests.provenance.generators import OPERATOR, new_house
from tests.provenance.test_log import queue

HOUSE = new_house()

_CONFIGURATION = """
[tsa]
default_tsa = own
[own]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass
class Authority:
    """Where it answers, and its root."""

    url: str
    root: Path
    answers: bool = True


def _openssl(*arguments: str | Path, data: bytes = b"") -> bytes:
    return subprocess.run(
        ["openssl", *arguments], input=data, check=True, capture_output=True
    ).stdout


def _certify(folder: Path) -> None:
    root = ["-x509", "-subj", "/O=Stamps/CN=Root", "-days", "30", "-nodes"]
    into = ["-keyout", folder / "root.key", "-out", folder / "root.pem"]
    _openssl("req", *root, "-newkey", "rsa:2048", *into)
    request = ["-subj", "/O=Stamps/CN=Authority", "-nodes", "-newkey", "rsa:2048"]
    _openssl("req", *request, "-keyout", folder / "tsa.key", "-out", folder / "tsa.csr")
    (folder / "extensions").write_text(
        "keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n"
    )
    issuer = ["-CA", folder / "root.pem", "-CAkey", folder / "root.key", "-CAcreateserial"]
    leaf = ["-in", folder / "tsa.csr", "-out", folder / "tsa.pem", "-days", "30"]
    _openssl("x509", "-req", *leaf, *issuer, "-extfile", folder / "extensions")
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(_CONFIGURATION.format(folder=folder))


@pytest.fixture(scope="module")
def stamping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """An authority that stamps whatever it is sent."""
    folder = tmp_path_factory.mktemp("tsa")
    _certify(folder)
    authority = Authority("", folder / "root.pem")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = folder / "query.tsq"
            query.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            if not authority.answers:
                self.send_error(503)
                return
            reply = ["ts", "-reply", "-config", folder / "tsa.cnf", "-section", "own"]
            stamp = _openssl(*reply, "-queryfile", query)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(stamp)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    authority.url = f"http://127.0.0.1:{server.server_port}/"
    yield authority
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(sqlite_settings: Settings) -> Settings:
    """Nothing here depends on the database engine."""
    return sqlite_settings


def of(stamping: Authority) -> TimeStampAuthority:
    named = TimeStampAuthority.of(
        Settings(time_stamp_url=stamping.url, time_stamp_roots=str(stamping.root))
    )
    assert named is not None
    return named


async def sweep(units: UnitOfWorkFactory, authority: TimeStampAuthority) -> None:
    for one in ProvenanceJobs(units, HOUSE, authority).sweeps:
        await one()


async def test_the_newest_checkpoint_is_stamped_and_openssl_agrees(
    units: UnitOfWorkFactory, stamping: Authority, tmp_path: Path
) -> None:
    await queue(units, 3)
    await sweep(units, of(stamping))
    async with client_for(units, [LogController], house=HOUSE) as client:
        told = (await client.get("/log/stamped-checkpoint")).json()
    note, stamp = tmp_path / "note", tmp_path / "stamp.tsr"
    note.write_text(told["checkpoint"], "utf-8")
    stamp.write_bytes(base64.b64decode(told["time_stamp"]))
    verify = ["ts", "-verify", "-data", note, "-in", stamp, "-CAfile", stamping.root]
    _openssl(*verify, "-untrusted", stamping.root.with_name("tsa.pem"))
    assert time_stamps.read(stamp.read_bytes(), told["checkpoint"], of(stamping).roots)


async def test_an_authority_that_does_not_answer_delays_nothing(
    units: UnitOfWorkFactory, stamping: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    stamping.answers = False
    await queue(units, 1)
    await sweep(units, of(stamping))
    assert "is not stamped yet" in caplog.text
    stamping.answers = True
    await sweep(units, of(stamping))
    async with units.look(OPERATOR) as uow:
        assert (await time_stamps.latest(uow.session)).tree_size == 1


async def test_a_stamp_of_something_else_does_not_hold(stamping: Authority) -> None:
    authority = of(stamping)
    stamp = await authority.stamp("a note\n")
    for altered, note in ((stamp, "another note\n"), (stamp[:-40] + bytes(40), "a note\n")):
        with pytest.raises(TimeStampInvalid):
            time_stamps.read(altered, note, authority.roots)


async def test_an_authority_under_another_root_is_not_believed(
    stamping: Authority, tmp_path: Path
) -> None:
    _certify(tmp_path)
    other = of(Authority(stamping.url, tmp_path / "root.pem"))
    with pytest.raises(TimeStampInvalid):
        await other.stamp("a note\n")


def test_roots_that_cannot_be_read_are_said_so_at_start() -> None:
    assert TimeStampAuthority.of(Settings()) is None
    with pytest.raises(TimeStampInvalid, match="TIME_STAMP_ROOTS"):
        TimeStampAuthority.of(Settings(time_stamp_url="http://127.0.0.1:9/"))
