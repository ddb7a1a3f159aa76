"""Attacks on the tie between a file and its manifest. The others stand beside what they attack; the
table in ``docs/provenance.md`` names them all."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from app.provenance.content_credentials.containers import EMBEDDING
from app.provenance.content_credentials.jumbf import find_store
from app.provenance.content_credentials.reading import CredentialState, read_credentials
from tests.provenance.content_credentials.world import NOW, decoded, new_signer, release, sound

SIGNER = new_signer()
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("container", EMBEDDING)
def test_a_stripped_file_has_no_credentials_and_no_certificate_names_it(
    tmp_path: Path, container: str
) -> None:
    """What is left is its sound: the same samples, but none of the bytes that were signed for."""
    signed, stripped = tmp_path / f"signed.{container}", tmp_path / f"stripped.{container}"
    release(sound(tmp_path, container), signed, SIGNER)
    copy = ["ffmpeg", "-v", "error", "-i", signed, "-map_metadata", "-1", "-c", "copy", stripped]
    subprocess.run(copy, check=True)
    assert read_credentials(stripped, container, SIGNER.anchors, NOW) is None
    assert stripped.read_bytes() != signed.read_bytes()
    assert decoded(stripped) == decoded(signed)


def test_a_manifest_beside_another_file_is_broken(tmp_path: Path) -> None:
    mine, other = sound(tmp_path, "ogg", 1), sound(tmp_path, "ogg", 2)
    store = release(mine, tmp_path / "released.ogg", SIGNER).store
    taken = read_credentials(other, "ogg", SIGNER.anchors, NOW, store)
    assert taken is not None
    assert taken.state is CredentialState.BROKEN


def test_a_manifest_inside_another_file_is_broken(tmp_path: Path) -> None:
    """The other file's own sound under the manifest of the first, both of the same length."""
    first, second = tmp_path / "first.wav", tmp_path / "second.wav"
    release(sound(tmp_path, "wav", 1), first, SIGNER)
    release(sound(tmp_path, "wav", 2), second, SIGNER)
    here, there = find_store(first), find_store(second)
    assert here is not None
    assert there is not None
    assert len(here) == len(there)
    forged = tmp_path / "forged.wav"
    forged.write_bytes(second.read_bytes().replace(there, here))
    taken = read_credentials(forged, "wav", SIGNER.anchors, NOW)
    assert taken is not None
    assert taken.state is CredentialState.BROKEN


def test_every_attack_in_the_docs_has_the_test_that_it_names() -> None:
    page = (ROOT / "docs" / "provenance.md").read_text("utf-8")
    _, _, table = page.partition("## Attacks")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", table)
    assert len(named) >= 12
    for file, test in named:
        assert f"def {test}(" in (ROOT / file).read_text("utf-8"), f"{file}::{test}"
