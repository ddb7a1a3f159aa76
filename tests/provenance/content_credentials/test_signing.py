"""What leaves us: the same sound, tags, credentials that others accept."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutagen.flac import FLAC

from app.provenance.content_credentials.containers import EMBEDDING
from app.provenance.content_credentials.jumbf import find_store
from app.provenance.content_credentials.manifest import Component
from app.provenance.content_credentials.reading import CredentialState, read_credentials
from app.provenance.content_credentials.signing import ClaimSigner, Release, sign_file
from app.provenance.content_credentials.tags import AigcLabel, Tags
from app.provenance.keys import Algorithm
from app.provenance.signer import PrivateKeySigner
from tests.provenance.content_credentials.world import (
    CLAIM,
    NOW,
    decoded,
    maker_signs,
    maker_writes_sidecar,
    new_signer,
    release,
    second_opinion,
    sound,
)

SCORES = {
    "midi": b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0MTrk\x00\x00\x00\x04\x00\xff\x2f\x00",
    "musicxml": b"<?xml version='1.0'?><score-partwise version='4.0'/>",
}


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("container", EMBEDDING)
def test_a_signed_file_sounds_the_same_and_is_trusted(
    tmp_path: Path, container: str, algorithm: Algorithm
) -> None:
    signer = new_signer(algorithm=algorithm)
    source, target = sound(tmp_path, container), tmp_path / f"out.{container}"
    signed = release(source, target, signer)
    read = read_credentials(target, container, signer.anchors, NOW)
    assert signed.embedded
    assert read is not None
    assert (read.state, read.findings) == (CredentialState.TRUSTED, ())
    assert read.claim_sha256 == signed.claim_sha256
    assert read.actions == ("c2pa.created", "c2pa.published")
    assert read.training_mining == {"cawg.ai_generative_training": "notAllowed"}
    assert "signed by Countersign" in read.in_words
    assert decoded(target) == decoded(source)
    assert second_opinion(target, signer) == ("Trusted", [])


@pytest.mark.parametrize("container", ["ogg", "aiff", "midi", "musicxml"])
def test_what_cannot_embed_gets_a_sidecar(tmp_path: Path, container: str) -> None:
    signer = new_signer()
    source, target = tmp_path / f"in.{container}", tmp_path / f"out.{container}"
    if container in SCORES:
        source.write_bytes(SCORES[container])
    else:
        source = sound(tmp_path, container)
    signed = release(source, target, signer)
    assert not signed.embedded
    assert target.read_bytes() == source.read_bytes()
    assert read_credentials(target, container, signer.anchors, NOW) is None
    read = read_credentials(target, container, signer.anchors, NOW, signed.store)
    assert read is not None
    assert read.state is CredentialState.TRUSTED
    if container not in {"aiff", "midi", "musicxml"}:  # the other verifier knows none of these
        assert second_opinion(target, signer, signed.store) == ("Trusted", [])
    with target.open("ab") as file:
        file.write(b"\0")
    changed = read_credentials(target, container, signer.anchors, NOW, signed.store)
    assert changed is not None
    assert changed.state is CredentialState.BROKEN


@pytest.mark.parametrize("container", EMBEDDING)
def test_the_makers_manifest_becomes_the_parent(tmp_path: Path, container: str) -> None:
    maker, house = new_signer("SongGen"), new_signer()
    made, target = tmp_path / f"made.{container}", tmp_path / f"out.{container}"
    source = sound(tmp_path, container)
    maker_signs(source, made, maker)
    signed = release(made, target, house, opened=True)
    read = read_credentials(target, container, house.anchors, NOW)
    assert signed.embedded
    assert read is not None
    assert read.state is CredentialState.TRUSTED
    assert read.actions == ("c2pa.opened", "c2pa.published")
    (parent,) = read.ingredients
    original = read_credentials(made, container, maker.anchors, NOW)
    assert original is not None
    assert (parent.relationship, parent.label) == ("parentOf", original.label)
    assert decoded(target) == decoded(source)
    assert second_opinion(target, house) == ("Trusted", [])


@pytest.mark.parametrize("container", [*EMBEDDING, "ogg"])
def test_a_sidecar_of_the_maker_becomes_the_parent(tmp_path: Path, container: str) -> None:
    maker, house = new_signer("SongGen"), new_signer()
    source, target = sound(tmp_path, container), tmp_path / f"out.{container}"
    beside = maker_writes_sidecar(source, maker, prompt="a slow air in D")
    original = read_credentials(source, container, maker.anchors, NOW, beside)
    assert original is not None
    assert b"a slow air in D" in beside
    signed = release(source, target, house, sidecar=beside, redactions=original.prompts)
    store = None if signed.embedded else signed.store
    read = read_credentials(target, container, house.anchors, NOW, store)
    assert read is not None
    assert (read.state, read.findings) == (CredentialState.TRUSTED, ())
    assert read.actions == ("c2pa.opened", "c2pa.published")
    assert [(one.relationship, one.label) for one in read.ingredients] == [
        ("parentOf", original.label)
    ]
    assert b"a slow air in D" not in signed.store
    assert second_opinion(target, house, store) == ("Trusted", [])


@pytest.mark.parametrize("container", [*EMBEDDING, "ogg"])
def test_stems_are_components_and_references_are_inputs(tmp_path: Path, container: str) -> None:
    signer, target = new_signer(), tmp_path / f"out.{container}"
    stems = tuple(
        Component(title=f"{role}.wav", sha256=digit * 64, description=f"Stem: {role}")
        for role, digit in (("lead", "a"), ("drums", "b"))
    )
    reference = Component(
        title="Reference audio", sha256="c" * 64, description="Licence: CC-BY-4.0"
    )
    signed = release(
        sound(tmp_path, container), target, signer, stems=stems, references=(reference,)
    )
    store = None if signed.embedded else signed.store
    read = read_credentials(target, container, signer.anchors, NOW, store)
    assert read is not None
    assert (read.state, read.findings) == (CredentialState.TRUSTED, ())
    assert read.actions == ("c2pa.created", "c2pa.placed", "c2pa.published")
    assert [(one.relationship, one.title) for one in read.ingredients] == [
        ("componentOf", "lead.wav"),
        ("componentOf", "drums.wav"),
        ("inputTo", "Reference audio"),
    ]
    for digit in "abc":
        assert f"urn:hash::sha256:{digit * 64}".encode() in signed.store
    assert second_opinion(target, signer, store) == ("Trusted", [])


def test_a_disclosed_prompt_does_not_leave_us(tmp_path: Path) -> None:
    maker, house = new_signer("SongGen"), new_signer()
    made, target = tmp_path / "made.wav", tmp_path / "out.wav"
    maker_signs(sound(tmp_path, "wav"), made, maker, prompt="a slow air in D")
    original = read_credentials(made, "wav", maker.anchors, NOW)
    assert original is not None
    assert b"a slow air in D" in made.read_bytes()
    assert original.prompts
    release(made, target, house, opened=True, redactions=original.prompts)
    assert b"a slow air in D" not in target.read_bytes()
    read = read_credentials(target, "wav", house.anchors, NOW)
    assert read is not None
    assert (read.state, read.findings) == (CredentialState.TRUSTED, ())
    assert read.prompts == ()
    assert second_opinion(target, house) == ("Trusted", [])


@pytest.mark.parametrize("container", EMBEDDING)
def test_tags_and_the_label_of_generated_content_survive(tmp_path: Path, container: str) -> None:
    label = AigcLabel(
        content_producer="Example Labs",
        produce_id="stm_1",
        content_propagator="Market",
        propagate_id="trk_1",
    )
    tags = Tags(title="Kite in May", artist="Ada", aigc=label)
    target = tmp_path / f"out.{container}"
    sign_file(sound(tmp_path, container), target, Release(container, CLAIM, tags), new_signer())
    data = target.read_bytes()
    assert b"Kite in May" in data
    assert b'"ContentProducer": "Example Labs"' in data
    assert b'"ProduceID": "stm_1"' in data


def test_a_file_that_does_not_keep_its_containers_rules_gets_a_sidecar(tmp_path: Path) -> None:
    source, target = tmp_path / "in.wav", tmp_path / "out.wav"
    data = sound(tmp_path, "wav").read_bytes()
    source.write_bytes(b"RF64\xff\xff\xff\xff" + data[8:])
    signer = new_signer()
    signed = release(source, target, signer)
    assert not signed.embedded
    assert target.read_bytes() == source.read_bytes()
    read = read_credentials(target, "wav", signer.anchors, NOW, signed.store)
    assert read is not None
    assert read.state is CredentialState.TRUSTED


def test_a_key_that_is_kept_elsewhere_signs(tmp_path: Path) -> None:
    local = new_signer()
    assert local.key is not None
    remote = ClaimSigner(local.chain, local.algorithm, local.anchors, None, Remote(local.key))
    target = tmp_path / "out.flac"
    release(sound(tmp_path, "flac"), target, remote)
    read = read_credentials(target, "flac", local.anchors, NOW)
    assert read is not None
    assert read.state is CredentialState.TRUSTED


def test_tags_that_were_written_after_signing_break_the_credentials(tmp_path: Path) -> None:
    signer = new_signer()
    target = tmp_path / "out.flac"
    release(sound(tmp_path, "flac"), target, signer)
    assert find_store(target)
    file = FLAC(target)
    file["title"] = "Another"
    file.save()
    read = read_credentials(target, "flac", signer.anchors, NOW)
    assert read is not None
    assert read.state is CredentialState.BROKEN


class Remote:
    """A key that only signs."""

    def __init__(self, pem: bytes) -> None:
        self._signer = PrivateKeySigner.from_pem(pem, None)
        self.public_key = self._signer.public_key

    def sign(self, message: bytes) -> bytes:
        return self._signer.sign(message)
