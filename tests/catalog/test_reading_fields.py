"""Names, digests and first bytes: what strangers send, read strictly."""

from __future__ import annotations

import base64
import hashlib
import io
import subprocess
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.exceptions import InternalServerException

from app.catalog.digest_fields import announced_sha256
from app.catalog.errors import DigestMalformed, FileNameInvalid, UnknownFileKind, UploadCutShort
from app.catalog.lifecycle import TRACK, TrackCommand, TrackState
from app.catalog.models import AssetRole
from app.catalog.names import file_name
from app.catalog.sniffing import sniff
from app.catalog.upload import UploadStream
from app.core.errors import ServiceError
from licensing.errors import IllegalTransition
from tests.catalog.conftest import MIDI, wav

ENCODERS = {
    "wav": ["-f", "wav"],
    "flac": ["-f", "flac"],
    "mp3": ["-f", "mp3", "-id3v2_version", "0"],
    "ogg": ["-f", "ogg", "-c:a", "libopus"],
    "m4a": ["-f", "ipod", "-c:a", "aac"],
    "aiff": ["-f", "aiff"],
}


@pytest.mark.parametrize("container", ENCODERS)
def test_real_audio_is_known_by_its_bytes(container: str, tmp_path: Path) -> None:
    source, target = tmp_path / "in.wav", tmp_path / "out"
    source.write_bytes(wav())
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", source, "-ar", "48000", *ENCODERS[container], target],
        check=True,
    )
    assert sniff(target.read_bytes()).container == container


def test_an_mp3_behind_a_large_tag_is_known(tmp_path: Path) -> None:
    tag = b"ID3\x04\x00\x00" + bytes([0, 0x10, 0, 0]) + bytes(0x10 << 14)
    assert sniff(tag + b"\xff\xfb\x90\x00").container == "mp3"


def test_a_flac_behind_a_picture_and_credentials_is_known() -> None:
    """256 kB of ID3 before the stream, as signed files have; it is no MP3."""
    tag = b"ID3\x04\x00\x00" + bytes([0, 0x10, 0, 0]) + bytes(0x10 << 14)
    assert sniff(tag + b"fLaC" + bytes(100)).container == "flac"


def test_scores_are_known_by_their_bytes() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("META-INF/container.xml", "<container/>")
    known = {
        "midi": MIDI,
        "musicxml": b'<?xml version="1.0"?>\n<score-partwise version="4.0">',
        "mxl": packed.getvalue(),
        "abc": b"X:1\nT:Tune\nK:D\nabc|\n",
    }
    assert {name: sniff(data).container for name, data in known.items()} == {n: n for n in known}


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n", b"%PDF-1.7", b"MZ\x90", b"\xff\xd8\xff\xe0", b"GIF89a", b"\x00"]
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(UnknownFileKind):
        sniff(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_judged_or_refused(data: bytes) -> None:
    try:
        sniff(data)
    except ServiceError:
        return


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "a\nb", " a", "a ", ".hidden", "x" * 256, "a\u202eb"]
)
def test_paths_and_traps_are_no_names(name: str) -> None:
    with pytest.raises(FileNameInvalid):
        file_name(name)


@given(st.text(max_size=40))
def test_an_accepted_name_is_stable_and_no_path(text: str) -> None:
    try:
        name = file_name(text)
    except FileNameInvalid:
        return
    assert file_name(name) == name
    assert Path("/folder", name).parent == Path("/folder")


@given(st.binary(max_size=60))
def test_an_announced_digest_is_read_back(data: bytes) -> None:
    digest = hashlib.sha256(data)
    member = f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    for field in (member, f"sha-512=:AAAA:, {member}", f" {member} , md5=:AA==:"):
        assert announced_sha256({"content-digest": field}) == digest.hexdigest()
    assert announced_sha256({"repr-digest": "sha-512=:AAAA:"}) is None
    assert announced_sha256({}) is None


@pytest.mark.parametrize(
    "field", ["", "sha-256", "sha-256=abc", "sha-256=:AAAA:", "sha-256=:A:", "SHA-256=:AA==:"]
)
def test_a_digest_that_cannot_be_read_is_refused(field: str) -> None:
    with pytest.raises(DigestMalformed):
        announced_sha256({"content-digest": field})


def test_two_fields_about_other_bytes_are_refused() -> None:
    one, two = (f"sha-256=:{base64.b64encode(bytes([n]) * 32).decode()}:" for n in (1, 2))
    with pytest.raises(DigestMalformed):
        announced_sha256({"content-digest": one, "repr-digest": two})


@given(st.sampled_from(TrackState), st.sampled_from(TrackCommand))
def test_only_the_table_moves_a_track(state: TrackState, command: TrackCommand) -> None:
    if (state, command) in TRACK.transitions:
        assert TRACK.advance(state, command) is TRACK.transitions[state, command]
    else:
        with pytest.raises(IllegalTransition):
            TRACK.advance(state, command)


async def test_a_client_that_goes_away_is_a_clear_refusal() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield wav()[:100]
        raise InternalServerException("client disconnected prematurely")

    stream = UploadStream(broken(), {}, role=AssetRole.MIX, name="mix.wav", limit=10**6)
    with pytest.raises(UploadCutShort):
        assert [chunk async for chunk in stream]
