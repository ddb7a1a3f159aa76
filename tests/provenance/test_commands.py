"""The commands, as a person runs them: exit codes, plain words, JSON for scripts."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Callable
from pathlib import Path

import click
import msgspec
import pytest
from click.testing import CliRunner, Result

from app.provenance import keys
from app.provenance.commands import keys_group, sign, verify
from app.provenance.dsse import pre_authentication_encoding
from app.provenance.errors import KeyUnsupported
from app.provenance.registry import CHALLENGE_TYPE
from tests.provenance.generators import generation
from tests.provenance.test_offline import HOUSE, bundle, receipt

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    def invoke(command: click.Command, *arguments: object) -> Result:
        return CliRunner().invoke(command, [str(argument) for argument in arguments])

    return invoke


@pytest.fixture
def studio(tmp_path: Path, run: Run) -> Path:
    """A folder with a key, a track, and what the generator declares."""
    assert run(keys_group, "new", "--out", tmp_path / "key").exit_code == 0
    (tmp_path / "mix.wav").write_bytes(b"mix")
    (tmp_path / "vocals.wav").write_bytes(b"vocals")
    (tmp_path / "generation.json").write_bytes(msgspec.json.encode(generation()))
    return tmp_path


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """What a buyer has: a certificate with its receipt, and the house's published keys."""
    (tmp_path / "house.json").write_text(json.dumps(HOUSE.jwks()))
    (tmp_path / "log.key").write_text(HOUSE.log_key.vkey + "\n")
    (tmp_path / "certificate.json").write_bytes(bundle())
    (tmp_path / "entry.tlog-proof").write_text(receipt().text(), newline="")
    return tmp_path


def signed(studio: Path, run: Run) -> Path:
    envelope = studio / "statement.json"
    done = run(
        sign,
        "--key",
        studio / "key/private.pem",
        "--generation",
        studio / "generation.json",
        "--stem",
        f"vocals={studio / 'vocals.wav'}",
        "--out",
        envelope,
        studio / "mix.wav",
    )
    assert done.exit_code == 0, done.output
    return envelope


@pytest.mark.parametrize("algorithm", ["Ed25519", "ES256"])
def test_a_new_key_is_private_and_never_overwritten(
    tmp_path: Path, run: Run, algorithm: str
) -> None:
    done = run(keys_group, "new", "--out", tmp_path, "--algorithm", algorithm)
    assert done.exit_code == 0
    public = keys.from_pem((tmp_path / "public.pem").read_text())
    assert (public.algorithm, public.kid in done.output) == (algorithm, True)
    assert stat.S_IMODE((tmp_path / "private.pem").stat().st_mode) == 0o600
    before = (tmp_path / "private.pem").read_bytes()
    refused = run(keys_group, "new", "--out", tmp_path)
    assert (refused.exit_code, "choose another folder" in refused.output) == (1, True)
    assert (tmp_path / "private.pem").read_bytes() == before


def test_an_encrypted_key_needs_its_passphrase(tmp_path: Path, run: Run) -> None:
    assert run(keys_group, "new", "--out", tmp_path, "--passphrase", "a sentence").exit_code == 0
    assert b"ENCRYPTED" in (tmp_path / "private.pem").read_bytes()
    challenge = base64.b64encode(b"nonce").decode()
    prove = ("prove", "--key", tmp_path / "private.pem")
    assert isinstance(run(keys_group, *prove, challenge).exception, KeyUnsupported)
    done = run(keys_group, *prove, "--passphrase", "a sentence", challenge)
    public = keys.from_pem((tmp_path / "public.pem").read_text())
    public.verify(
        pre_authentication_encoding(CHALLENGE_TYPE, b"nonce"), base64.b64decode(done.output)
    )


def test_a_challenge_is_base64(studio: Path, run: Run) -> None:
    assert run(keys_group, "prove", "--key", studio / "key/private.pem", "?").exit_code == 2


def test_a_signed_statement_is_verified_with_its_files(studio: Path, run: Run) -> None:
    envelope = signed(studio, run)
    files = ("--file", studio / "mix.wav", "--file", studio / "vocals.wav")
    key = ("--key", studio / "key/public.pem")
    done = run(verify, envelope, *key, *files)
    assert done.exit_code == 0, done.output
    (studio / "vocals.wav").write_bytes(b"vocalz")
    refused = run(verify, envelope, *key, *files)
    assert (refused.exit_code, "vocals.wav" in refused.output) == (1, True)


@pytest.mark.parametrize("stem", ["vocals", "=mix.wav", "vocals=missing.wav"])
def test_a_stem_is_a_role_and_a_file(studio: Path, run: Run, stem: str) -> None:
    done = run(
        sign,
        "--key",
        studio / "key/private.pem",
        "--generation",
        studio / "generation.json",
        "--stem",
        stem,
        studio / "mix.wav",
    )
    assert done.exit_code == 2


def test_documents_are_verified_under_the_published_keys(house: Path, run: Run) -> None:
    trusted = ("--key", house / "house.json", "--log-key", house / "log.key")
    documents = (house / "certificate.json", house / "entry.tlog-proof")
    done = run(verify, *documents, *trusted)
    assert done.exit_code == 0, done.output
    assert "FAILED" not in done.output
    assert "not checked" not in done.output
    answers = [
        json.loads(line) for line in run(verify, "--json", *documents, *trusted).output.splitlines()
    ]
    assert [answer["accepted"] for answer in answers] == [True, True]
    assert answers[0]["findings"][0] == {
        "check": "signature",
        "outcome": "passed",
        "detail": f"Signed by the trusted key {HOUSE.statements.public_key.kid}.",
    }


def test_without_a_trusted_key_nothing_is_accepted(house: Path, run: Run) -> None:
    done = run(verify, house / "certificate.json")
    assert done.exit_code == 1
    assert "name it as trusted" in done.output


def test_one_refused_document_does_not_hide_the_others(house: Path, run: Run) -> None:
    (house / "nonsense").write_bytes(b"\x00")
    done = run(
        verify,
        "--json",
        house / "nonsense",
        house / "certificate.json",
        "--key",
        house / "house.json",
    )
    nonsense, certificate = (json.loads(line) for line in done.output.splitlines())
    assert done.exit_code == 1
    assert nonsense["error"]["type"] == "unknown-document"
    assert certificate["accepted"] is True


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"keys":[]}', b'{"keys":[1]}', b"\xff"])
def test_what_is_not_a_key_is_refused(house: Path, run: Run, content: bytes) -> None:
    (house / "not-a-key").write_bytes(content)
    done = run(verify, house / "certificate.json", "--key", house / "not-a-key")
    assert isinstance(done.exception, KeyUnsupported)


def test_a_missing_file_is_wrong_usage(tmp_path: Path, run: Run) -> None:
    assert run(verify, tmp_path / "missing").exit_code == 2


def test_every_command_explains_itself(run: Run) -> None:
    for command in (keys_group, sign, verify):
        assert run(command, "--help").exit_code == 0
