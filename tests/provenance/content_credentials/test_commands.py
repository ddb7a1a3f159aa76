"""``countersign credentials``: what a buyer runs on a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from tests.provenance.content_credentials.world import flipped, new_signer, release, sound

SIGNER = new_signer("Example Market")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "root.pem"
    path.write_bytes(SIGNER.anchors.pem)
    return path


def inspect(*arguments: Path | str) -> Result:
    return CliRunner().invoke(main, ["credentials", *(str(one) for one in arguments)])


def test_a_trusted_file_is_told_in_words(tmp_path: Path, root: Path) -> None:
    signed = tmp_path / "signed.flac"
    release(sound(tmp_path, "flac"), signed, SIGNER)
    told = inspect("--trust", root, signed)
    assert told.exit_code == 0
    assert "signed by Example Market, whole and trusted" in told.output
    assert "trainedAlgorithmicMedia" in told.output
    assert "cawg.ai_generative_training: notAllowed" in told.output


def test_what_is_not_trusted_says_why(tmp_path: Path, root: Path) -> None:
    signed, strange = tmp_path / "signed.wav", tmp_path / "strange.wav"
    plain = sound(tmp_path, "wav")
    release(plain, signed, SIGNER)
    release(plain, strange, new_signer("Stranger"))
    changed = flipped(signed, tmp_path / "changed.wav", 3_000)
    for path, words in (
        (strange, "nobody vouches"),
        (changed, "The sound was changed"),
        (plain, "no Content Credentials"),
    ):
        told = inspect("--trust", root, path)
        assert told.exit_code == 1
        assert words in told.output


def test_a_sidecar_is_read_beside_its_file(tmp_path: Path, root: Path) -> None:
    target, sidecar = tmp_path / "score.midi", tmp_path / "score.midi.c2pa"
    source = tmp_path / "in.midi"
    source.write_bytes(b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0")
    sidecar.write_bytes(release(source, target, SIGNER).store)
    told = inspect("--trust", root, "--sidecar", sidecar, "--json", target)
    assert told.exit_code == 0, told.output
    assert json.loads(told.output)["state"] == "trusted"


def test_a_root_that_is_none_is_refused(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.pem"
    nothing.write_text("no certificate")
    told = inspect("--trust", nothing, sound(tmp_path, "wav"))
    assert told.exit_code == 1
    assert "A root cannot be read" in told.output
