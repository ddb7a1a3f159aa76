"""ISCC units as soft bindings: what counts, what is refused, what re-encoding leaves of them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import cbor2
import iscc_core
import pytest

from app.provenance.content_credentials import iscc
from app.provenance.content_credentials.containers import EMBEDDING, sidecar_type_of
from app.provenance.content_credentials.jumbf import find_store, only_active, parts_of_active
from app.provenance.errors import BindingMalformed
from app.provenance.keys import Algorithm
from tests.provenance.content_credentials.world import new_signer, release, sound
from tests.similarity.synthesis import tune, write_wav

AUDIO = b"\x22\x07" + bytes(range(32))
INSTANCE = b"\x40\x07" + bytes(32)


def binding_in(store: bytes) -> object:
    """The soft binding's data, straight from its box, not as the library reads it."""
    box = parts_of_active(store).assertions["c2pa.soft-binding"]
    return cbor2.loads(box[box.rindex(b"cbor\xa2") + 4 :])


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("container", [*EMBEDDING, "ogg"])
def test_the_manifest_binds_its_file_with_a_byte_string(
    tmp_path: Path, container: str, algorithm: Algorithm
) -> None:
    source, target = sound(tmp_path, container), tmp_path / f"out.{container}"
    signed = release(source, target, new_signer(algorithm=algorithm))
    assert binding_in(signed.store) == {
        "alg": "io.iscc.v0",
        "blocks": [{"scope": {}, "value": signed.binding}],
    }
    assert (find_store(target) == signed.store) is signed.embedded
    assert [unit.is_exact for unit in iscc.units_of(signed.binding)] == [True]  # a second of noise


def test_a_sidecar_binds_the_very_file(tmp_path: Path) -> None:
    source, target = sound(tmp_path, "ogg"), tmp_path / "out.ogg"
    signed = release(source, target, new_signer())
    assert sidecar_type_of("ogg") == "audio/ogg"
    assert signed.binding == iscc.value_of(target)


def test_re_encoding_leaves_the_sound_and_changes_the_instance(tmp_path: Path) -> None:
    song = write_wav(tmp_path / "song.wav", tune(5, 30.0))
    copy, other = tmp_path / "copy.mp3", write_wav(tmp_path / "other.wav", tune(6, 30.0))
    command = ["ffmpeg", "-v", "error", "-i", song, "-b:a", "64k", copy]
    subprocess.run(command, check=True)
    original, copied, strange = (iscc.units_of(iscc.value_of(path)) for path in (song, copy, other))
    assert [unit.header for unit in original] == [AUDIO[:2], INSTANCE[:2]]
    assert differing(original[0].body, copied[0].body) <= 8
    assert differing(original[0].body, strange[0].body) > 16
    assert original[1] != copied[1]


def differing(first: bytes, second: bytes) -> int:
    return (int.from_bytes(first) ^ int.from_bytes(second)).bit_count()


def test_units_come_back_as_they_were_joined() -> None:
    assert [unit.header + unit.body for unit in iscc.units_of(AUDIO + INSTANCE)] == [
        AUDIO,
        INSTANCE,
    ]
    assert iscc_core.decode_seq(AUDIO)[0].startswith("ISCC:EI")
    assert len(iscc.units_of(AUDIO + AUDIO)) == 1


def test_units_that_collide_do_not_count() -> None:
    short, later = b"\x22\x01" + bytes(8), b"\x22\x17" + bytes(32)
    assert len(iscc.units_of(short + AUDIO + later)) == 1
    for value in (short, later):
        with pytest.raises(BindingMalformed, match="256 bits"):
            iscc.units_of(value)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        AUDIO[:-1],
        AUDIO + b"\0",
        b"\x50\x05" + bytes(32),  # an ISCC-CODE
        b"\x60\x10" + bytes(8),  # an ISCC-ID
        b"\x20\x08\x00" + bytes(36),  # longer than any unit
        b"\x28\x00\x01" + bytes(4),  # padding that is not zero
        AUDIO[:2] + bytes(32) + b"text",
    ],
)
def test_what_is_no_sequence_of_units_is_refused(value: bytes) -> None:
    with pytest.raises(BindingMalformed):
        iscc.units_of(value)


def test_too_many_units_are_refused() -> None:
    many = b"".join(AUDIO[:2] + bytes([number]) * 32 for number in range(iscc.MOST_UNITS + 1))
    with pytest.raises(BindingMalformed):
        iscc.units_of(many)


def test_the_active_manifest_alone_is_a_store(tmp_path: Path) -> None:
    source, target = sound(tmp_path, "wav"), tmp_path / "out.wav"
    store = release(source, target, new_signer()).store
    alone = only_active(store)
    assert parts_of_active(alone) == parts_of_active(store)
    assert alone == store  # it was the only one
