"""What comes to us with Content Credentials, and what we make of them."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import c2pa
import pytest
from cryptography import x509

from app.core.settings import Settings
from app.provenance.content_credentials import authority_files
from app.provenance.content_credentials.authority import issue_leaf, new_authority
from app.provenance.content_credentials.containers import EMBEDDING
from app.provenance.content_credentials.house_credential import HouseCredential
from app.provenance.content_credentials.jumbf import (
    StoreMalformed,
    active_manifest,
    find_store,
)
from app.provenance.content_credentials.manifest import definition
from app.provenance.content_credentials.reading import (
    ContentCredentials,
    CredentialState,
    read_credentials,
)
from app.provenance.content_credentials.self_test import require_sound_judgement
from app.provenance.content_credentials.signing import ClaimSigner
from app.provenance.content_credentials.trust import TrustAnchors
from app.provenance.errors import CredentialUnusable
from app.provenance.keys import Algorithm
from tests.provenance.content_credentials.world import (
    CLAIM,
    NOW,
    flipped,
    maker_signs,
    new_signer,
    release,
    second_opinion,
    sound,
)

SIGNER = new_signer()


def read(path: Path, signer: ClaimSigner = SIGNER, container: str = "wav") -> ContentCredentials:
    found = read_credentials(path, container, signer.anchors, NOW)
    assert found is not None
    return found


@pytest.mark.parametrize("container", EMBEDDING)
def test_changed_sound_breaks_the_credentials(tmp_path: Path, container: str) -> None:
    signed = tmp_path / f"signed.{container}"
    release(sound(tmp_path, container), signed, SIGNER)
    data = signed.read_bytes()
    store = find_store(signed)
    assert store is not None
    # A place in the larger part of the file that the store leaves: sound, whatever the container.
    start = data.index(store)
    middle = start // 2 if start > len(data) // 2 else (start + len(store) + len(data)) // 2
    changed = flipped(signed, tmp_path / f"changed.{container}", middle)
    found = read(changed, container=container)
    assert found.state is CredentialState.BROKEN
    assert "The sound was changed" in found.in_words
    assert second_opinion(changed, SIGNER)[0] == "Invalid"


@pytest.mark.parametrize("container", EMBEDDING)
@pytest.mark.parametrize("called", ["", "wave", "mp4", "txt"])
def test_a_file_is_known_by_its_bytes_whatever_its_name_says(
    tmp_path: Path, container: str, called: str
) -> None:
    signed = tmp_path / f"signed.{container}"
    release(sound(tmp_path, container), signed, SIGNER)
    found = read(signed, container=called)
    assert (found.state, found.findings) == (CredentialState.TRUSTED, ())


def test_a_changed_claim_breaks_them(tmp_path: Path) -> None:
    signed = tmp_path / "signed.wav"
    release(sound(tmp_path, "wav"), signed, SIGNER)
    at = signed.read_bytes().index(b"trainedAlgorithmicMedia")
    found = read(flipped(signed, tmp_path / "changed.wav", at))
    assert found.state is CredentialState.BROKEN
    assert found.findings


def test_a_file_without_any_has_none(tmp_path: Path) -> None:
    empty = tmp_path / "empty.wav"
    empty.write_bytes(b"")
    for path in (empty, sound(tmp_path, "wav")):
        assert read_credentials(path, "wav", SIGNER.anchors, NOW) is None


def test_a_stranger_is_not_trusted(tmp_path: Path) -> None:
    signed = tmp_path / "signed.wav"
    release(sound(tmp_path, "wav"), signed, new_signer("Stranger"))
    found = read(signed)
    assert found.state is CredentialState.UNTRUSTED
    assert "nobody vouches" in found.in_words


def test_a_tampered_ingredient_breaks_the_whole(tmp_path: Path) -> None:
    made, tampered, target = (tmp_path / f"{name}.wav" for name in ("made", "tampered", "out"))
    maker_signs(sound(tmp_path, "wav"), made, new_signer("SongGen"))
    flipped(made, tampered, 1_000)
    release(tampered, target, SIGNER, opened=True)
    with target.open("rb") as file:
        library = c2pa.Reader("audio/wav", file, context=SIGNER.anchors.context())
        assert library.get_validation_state() == "Trusted"
        library.close()
    found = read(target)
    assert found.state is CredentialState.BROKEN
    assert found.findings[0].code == "assertion.dataHash.mismatch"


def test_two_manifest_stores_in_a_file_are_one_too_many(tmp_path: Path) -> None:
    first, second = tmp_path / "first.wav", tmp_path / "second.wav"
    release(sound(tmp_path, "wav"), first, SIGNER)
    store = find_store(first)
    assert store is not None
    with_decoy = tmp_path / "with-decoy.wav"
    data = sound(tmp_path, "wav").read_bytes() + b"JUNK" + len(store).to_bytes(4, "little") + store
    data += bytes(len(data) % 2)
    with_decoy.write_bytes(data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:])
    release(with_decoy, second, new_signer("Mallory"))
    found = read(second)
    assert found.state is CredentialState.BROKEN
    assert "more than one manifest store" in found.in_words


def test_an_update_manifest_does_not_hold_in_a_wav(tmp_path: Path) -> None:
    """Why released files are edited, not updated."""
    signed, updated = tmp_path / "signed.wav", tmp_path / "updated.wav"
    release(sound(tmp_path, "wav"), signed, SIGNER)
    builder = c2pa.Builder({"title": "x"}, SIGNER.anchors.context())
    builder.set_intent(c2pa.C2paBuilderIntent.UPDATE)
    with signed.open("rb") as file, updated.open("w+b") as out, SIGNER.open() as opened:
        try:
            builder.sign(opened, "audio/wav", file, out)
        except c2pa.C2paError:
            return
    assert read(updated).state is CredentialState.BROKEN


def test_nothing_is_fetched_for_a_manifest_elsewhere(tmp_path: Path) -> None:
    """The sockets of this test run reach nothing; an attempt would raise."""
    target = tmp_path / "remote.wav"
    builder = c2pa.Builder(definition(CLAIM, bytes(34), opened=False), SIGNER.anchors.context())
    builder.set_no_embed()
    builder.set_remote_url("http://192.0.2.1/manifest.c2pa")
    with (
        sound(tmp_path, "wav").open("rb") as file,
        target.open("w+b") as out,
        SIGNER.open() as opened,
    ):
        builder.sign(opened, "audio/wav", file, out)
    assert b"192.0.2.1" in target.read_bytes()
    assert read_credentials(target, "wav", SIGNER.anchors, NOW) is None


def test_the_claim_identifies_a_manifest_not_its_padding(tmp_path: Path) -> None:
    """Padding in the signature is not signed: with other padding the file is still whole."""
    signed = tmp_path / "signed.wav"
    made = release(sound(tmp_path, "wav"), signed, SIGNER)
    data = signed.read_bytes()
    pad = data.rindex(b"cpad") + 16
    padded = flipped(signed, tmp_path / "padded.wav", pad)
    found = read(padded)
    assert found.state is CredentialState.TRUSTED
    assert found.claim_sha256 == made.claim_sha256
    assert found.manifest_sha256 != read(signed).manifest_sha256


def test_files_of_the_library_itself(shared_vectors: Path) -> None:
    found = {
        path.name: read_credentials(path, path.suffix[1:], SIGNER.anchors, NOW)
        for path in (shared_vectors / "c2pa").iterdir()
    }
    assert len(found) == 8
    signed = found.pop("sample1_signed.wav")
    assert signed is not None
    assert signed.state is CredentialState.UNTRUSTED
    assert signed.training_mining["cawg.ai_training"] == "notAllowed"
    assert all(one is None for one in found.values())


@pytest.mark.parametrize("container", EMBEDDING)
def test_damaged_files_are_refused_and_nothing_crashes(tmp_path: Path, container: str) -> None:
    """A few of what ``scripts/fuzz_provenance.py`` does ten thousand times."""
    signed, damaged = tmp_path / f"signed.{container}", tmp_path / f"damaged.{container}"
    release(sound(tmp_path, container), signed, SIGNER)
    original, draw = signed.read_bytes(), random.Random(container)
    for _ in range(40):
        data = bytearray(original)
        for _ in range(draw.choice((1, 8, 64))):
            data[draw.randrange(len(data))] = draw.randrange(256)
        damaged.write_bytes(data[: draw.choice((len(data), draw.randrange(len(data))))])
        read_credentials(damaged, container, SIGNER.anchors, NOW)


@pytest.mark.parametrize("cut", [0, 3, 20, 200, 1_000])
def test_half_a_store_is_malformed(tmp_path: Path, cut: int) -> None:
    signed = tmp_path / "signed.wav"
    made = release(sound(tmp_path, "wav"), signed, SIGNER)
    with pytest.raises(StoreMalformed):
        active_manifest(made.store[:cut])


def test_a_certificate_of_no_known_version_is_malformed(tmp_path: Path) -> None:
    made = release(sound(tmp_path, "wav"), tmp_path / "signed.wav", SIGNER)
    version_3 = bytes.fromhex("a003020102")  # RFC 5280, 4.1.2.1
    assert version_3 in made.store
    with pytest.raises(StoreMalformed):
        active_manifest(made.store.replace(version_3, version_3[:-1] + b"\x07"))


def test_the_house_has_a_credential_that_judges_soundly(sqlite_settings: Settings) -> None:
    first = HouseCredential.load(sqlite_settings, NOW)
    require_sound_judgement(first, NOW)
    assert HouseCredential.load(sqlite_settings, NOW).signer.chain == first.signer.chain
    folder = sqlite_settings.home / "keys" / "credentials"
    assert b"ENCRYPTED" in (folder / "leaf.key").read_bytes()


def test_a_leaf_is_renewed_before_it_ends(sqlite_settings: Settings) -> None:
    first = HouseCredential.load(sqlite_settings, NOW)
    later = NOW.replace(year=NOW.year + 1)
    renewed = HouseCredential.load(sqlite_settings, later)
    assert renewed.signer.chain != first.signer.chain
    (leaf, _) = x509.load_pem_x509_certificates(renewed.signer.chain)
    assert leaf.not_valid_after_utc > later + timedelta(days=300)


def test_a_root_that_is_not_that_of_the_leaf_is_found_at_start(sqlite_settings: Settings) -> None:
    HouseCredential.load(sqlite_settings, NOW)
    folder = sqlite_settings.home / "keys" / "credentials"
    (folder / "root.pem").write_bytes(new_signer("Other").anchors.pem)
    with pytest.raises(CredentialUnusable, match="does not fit the root"):
        require_sound_judgement(HouseCredential.load(sqlite_settings, NOW), NOW)


@pytest.mark.parametrize("name", ["leaf.pem", "leaf.key", "issuing.pem", "root.pem"])
def test_damaged_files_of_the_authority_are_named(sqlite_settings: Settings, name: str) -> None:
    HouseCredential.load(sqlite_settings, NOW)
    folder = sqlite_settings.home / "keys" / "credentials"
    (folder / name).write_bytes(b"-----BEGIN NOTHING-----")
    with pytest.raises(CredentialUnusable, match=name.partition(".")[0]):
        HouseCredential.load(sqlite_settings, NOW)


def test_anchors_without_a_certificate_are_refused() -> None:
    with pytest.raises(ValueError, match="PEM"):
        TrustAnchors.of([b"no certificate at all"])


def test_a_set_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "ca"
    folder.mkdir()
    (folder / "mine").write_text("something else")
    authority = new_authority("A", NOW)
    leaf = issue_leaf(
        authority.issuing, organisation="A", common_name="A", algorithm=Algorithm.ES256, at=NOW
    )
    with pytest.raises(FileExistsError):
        authority_files.write_authority(folder, authority, leaf, None)
    assert [path.name for path in tmp_path.iterdir()] == ["ca"]
    assert [path.name for path in folder.iterdir()] == ["mine"]
