"""What an uploaded file is, judged by its first bytes. Names and declared types are not trusted.

Sniffing only decides what to store and how to serve it; whether the audio can be decoded is found
out by screening, in a process of its own.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from app.catalog.errors import FileEmpty, FileMislabelled, RoleMismatch, UnknownFileKind
from app.catalog.models import AssetRole
from similarity.errors import UnsupportedMedia
from similarity.melody.formats import ScoreFormat
from similarity.melody.formats import sniff as sniff_score

SNIFF_BYTES: Final = 2**20
"""How much of a file must be seen before its kind can be told: an ID3 tag with a cover picture and
the credentials of many hands may stand before a FLAC file."""


class FileKind(enum.StrEnum):
    """Which lane of screening a file goes to."""

    AUDIO = "audio"
    SCORE = "score"


@dataclass(frozen=True, slots=True)
class SniffedMedia:
    """What the bytes say: a registered media type and the container's short name."""

    kind: FileKind
    media_type: str
    container: str


def _audio(media_type: str, container: str) -> SniffedMedia:
    return SniffedMedia(FileKind.AUDIO, media_type, container)


_WAV: Final = _audio("audio/vnd.wave", "wav")  # RFC 2361
_FLAC: Final = _audio("audio/flac", "flac")  # RFC 9639
_MP3: Final = _audio("audio/mpeg", "mp3")  # RFC 3003
_OGG: Final = _audio("audio/ogg", "ogg")  # RFC 5334
_MP4: Final = _audio("audio/mp4", "m4a")  # RFC 4337
_AIFF: Final = _audio("audio/aiff", "aiff")

_AUDIO_CONTAINERS: Final = frozenset(
    media.container for media in (_WAV, _FLAC, _MP3, _OGG, _MP4, _AIFF)
)

_SCORES: Final = {
    ScoreFormat.MIDI: ("audio/midi", "midi"),
    ScoreFormat.MUSICXML: ("application/vnd.recordare.musicxml+xml", "musicxml"),
    ScoreFormat.MXL: ("application/vnd.recordare.musicxml", "mxl"),
    ScoreFormat.MEI: ("application/mei+xml", "mei"),
    ScoreFormat.ABC: ("text/vnd.abc", "abc"),
    ScoreFormat.KERN: ("text/plain", "humdrum"),
}

_CONTAINERS_OF_SUFFIX: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys((".wav", ".wave", ".rf64"), frozenset({"wav"})),
    ".flac": frozenset({"flac", "ogg"}),
    ".mp3": frozenset({"mp3"}),
    **dict.fromkeys((".ogg", ".oga", ".opus"), frozenset({"ogg"})),
    **dict.fromkeys((".m4a", ".mp4", ".aac"), frozenset({"m4a"})),
    **dict.fromkeys((".aif", ".aiff", ".aifc"), frozenset({"aiff"})),
    **dict.fromkeys((".mid", ".midi", ".smf"), frozenset({"midi"})),
    **dict.fromkeys((".musicxml", ".xml"), frozenset({"musicxml", "mei"})),
    ".mxl": frozenset({"mxl"}),
    ".mei": frozenset({"mei"}),
    ".abc": frozenset({"abc"}),
    ".krn": frozenset({"humdrum"}),
}

_AUDIO_ROLES: Final = frozenset({AssetRole.MIX, AssetRole.STEM})


def sniff(head: bytes) -> SniffedMedia:
    """The kind of a file that begins with ``head`` (its first ``SNIFF_BYTES``, or all of it).

    Raises:
        FileEmpty: there are no bytes.
        UnknownFileKind: neither audio nor a score that we take.
    """
    if not head:
        raise FileEmpty("Send the file's bytes as the request body.")
    audio = _sniff_audio(head)
    if audio is not None:
        return audio
    try:
        media_type, container = _SCORES[sniff_score(head)]
    except UnsupportedMedia as error:
        raise UnknownFileKind(
            "Send audio as WAV, FLAC, MP3, OGG, M4A or AIFF, or a score as MIDI, MusicXML, MEI, "
            "ABC or **kern."
        ) from error
    return SniffedMedia(FileKind.SCORE, media_type, container)


def require_fitting(media: SniffedMedia, role: AssetRole, name: str) -> None:
    """Refuse a file whose bytes contradict its name or the role it is sent for.

    Raises:
        FileMislabelled: the name's suffix belongs to another kind of file.
        RoleMismatch: a score as mix or stem, or audio as score.
    """
    expected = _CONTAINERS_OF_SUFFIX.get(PurePath(name).suffix.lower())
    if expected is not None and media.container not in expected:
        raise FileMislabelled(
            f"The bytes of {name} are {media.container}. Name the file for what it is, or send "
            "the right one."
        )
    if (media.kind is FileKind.AUDIO) != (role in _AUDIO_ROLES):
        raise RoleMismatch(f"This file is {media.container} ({media.kind}); a {role} it cannot be.")


def announced_size(head: bytes) -> int | None:
    """How many bytes a WAV or AIFF file says it has; None where it does not say.

    Recorders that stream write 0 or all ones (and RF64 its size elsewhere): they do not say.
    """
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        size = int.from_bytes(head[4:8], "little")
    elif head[:4] == b"FORM":
        size = int.from_bytes(head[4:8], "big")
    else:
        return None
    return None if size in {0, 0xFFFFFFFF} else size + 8


def is_audio(container: str) -> bool:
    """Whether a container's short name stands for audio."""
    return container in _AUDIO_CONTAINERS


def _sniff_audio(head: bytes) -> SniffedMedia | None:
    form, kind = head[:4], head[8:12]
    if form in {b"RIFF", b"RF64", b"BW64"} and kind == b"WAVE":
        return _WAV
    if form == b"FORM" and kind in {b"AIFF", b"AIFC"}:
        return _AIFF
    if form == b"fLaC":
        return _FLAC
    if form == b"OggS":
        return _OGG
    if head[4:8] == b"ftyp":
        return _MP4
    return _sniff_mpeg(head)


def _sniff_mpeg(head: bytes) -> SniffedMedia | None:
    tagged = head.startswith(b"ID3") and len(head) >= 10
    start = 10 + _id3_size(head) if tagged else 0
    if tagged and head[start : start + 4] == b"fLaC":
        return _FLAC
    if tagged and start + 2 > len(head):
        return _MP3  # the tag's pictures fill all that we see; the decoder has the last word
    if _is_layer_3_header(head[start : start + 4]):
        return _MP3
    return None


def _is_layer_3_header(header: bytes) -> bool:
    """ISO/IEC 11172-3 2.4.2.3: sync word, a defined version, layer III, bit rate and rate."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return False
    version_defined = header[1] >> 3 & 3 != 1
    layer_iii = header[1] >> 1 & 3 == 1
    bit_rate_defined = header[2] >> 4 not in {0, 15}
    rate_defined = header[2] >> 2 & 3 != 3
    return version_defined and layer_iii and bit_rate_defined and rate_defined


def _id3_size(head: bytes) -> int:
    """The size of an ID3v2 tag without its header: four bytes of seven bits (ID3v2.4 3.1)."""
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return size
