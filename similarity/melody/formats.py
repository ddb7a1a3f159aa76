"""Which notation a file is written in, judged by its bytes: names lie."""

from __future__ import annotations

import enum
import html
import io
import re
import zipfile
import zlib
from xml.parsers import expat

from similarity.errors import MediaTooLong, UnreadableMedia, UnsupportedMedia
from similarity.melody.limits import MAX_SCORE_BYTES

HEAD_BYTES = 65_536
"""How far we look for a sign of ABC or kern, which may open with long comments."""


class ScoreFormat(enum.StrEnum):
    """The notations that we read."""

    MIDI = "midi"
    MUSICXML = "musicxml"
    MXL = "mxl"
    MEI = "mei"
    ABC = "abc"
    KERN = "humdrum"


_XML_ROOTS = {
    "score-partwise": ScoreFormat.MUSICXML,
    "mei": ScoreFormat.MEI,
}


def sniff(data: bytes) -> ScoreFormat:
    """The notation of a whole file or of its first 64 KiB.

    Raises:
        UnsupportedMedia: none of those that we know.
    """
    if data.startswith(b"MThd") or (data.startswith(b"RIFF") and data[8:12] == b"RMID"):
        return ScoreFormat.MIDI
    if data.startswith(b"PK\x03\x04") and b"META-INF/container.xml" in data:
        return ScoreFormat.MXL
    text = decode_text(data[:HEAD_BYTES], strict=False).lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        return _sniff_xml(text)
    if re.search(r"^\*\*kern\b", text, re.MULTILINE) or re.search(r"\t\*\*kern\b", text):
        return ScoreFormat.KERN
    if re.search(r"^X:\s*\d+", text, re.MULTILINE) and re.search(r"^K:", text, re.MULTILINE):
        return ScoreFormat.ABC
    raise UnsupportedMedia(
        "This is not a score that we can read: MIDI, MusicXML (also MXL), MEI, ABC or **kern."
    )


def _sniff_xml(text: str) -> ScoreFormat:
    root = re.search(r"<(?:\w+:)?([A-Za-z][\w.-]*)[\s>/]", re.sub(r"<!--.*?-->", "", text))
    if root and root[1] in _XML_ROOTS:
        return _XML_ROOTS[root[1]]
    if root and root[1] == "score-timewise":
        raise UnsupportedMedia("Timewise MusicXML is not supported; export it as partwise.")
    raise UnsupportedMedia("The XML document is neither MusicXML nor MEI.")


def decode_text(data: bytes, *, strict: bool = True) -> str:
    """UTF-8, UTF-16 with a byte order mark, else Latin-1, which older ABC and kern files use.

    Raises:
        UnreadableMedia: strict, and the text has a NUL, so it is no text at all.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        text = data.decode("utf-8-sig", errors="strict" if strict else "ignore")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if strict and "\0" in text:
        raise UnreadableMedia("The file claims to be a text notation but contains binary data.")
    return text


def refuse_entities(text: str) -> None:
    """Refuse XML that defines entities: no notation needs them, and they can grow without bound.

    Raises:
        UnreadableMedia: an entity declaration, or XML that is not well formed.
    """

    def refuse(*_: object) -> None:
        raise UnreadableMedia("The XML declares entities, which we do not accept.")

    # The declaration speaks of the file's bytes; what is parsed here was decoded from them.
    parser = expat.ParserCreate("utf-8")
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text.encode(), True)  # noqa: FBT003 (expat takes it by position)
    except expat.ExpatError as error:
        raise UnreadableMedia(f"The XML is damaged: {error}.") from error


_ARCHIVE_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # an encrypted member; NotImplementedError, an unknown compression, is one too
)


def unpack_mxl(data: bytes) -> bytes:
    """The MusicXML document inside a compressed MusicXML file (W3C MusicXML 4.0, container).

    Raises:
        UnreadableMedia: a damaged archive, or one that names no score.
        MediaTooLong: the document is larger than ``MAX_SCORE_BYTES`` when unpacked.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _member(archive, _root_file(archive))
    except _ARCHIVE_FAULTS as error:
        raise UnreadableMedia(f"The compressed MusicXML file is damaged: {error}.") from error


def _root_file(archive: zipfile.ZipFile) -> str:
    container = decode_text(_member(archive, "META-INF/container.xml"))
    # The first root file is the score; the others are its renderings.
    named = re.search(r"""<rootfile\b[^>]*\bfull-path=(?:"([^"]+)"|'([^']+)')""", container)
    name = html.unescape(named[1] or named[2]) if named else ""
    members = archive.namelist()
    if name in members:
        return name
    # Some exporters do not escape the name's quotes; then the only document is the score.
    documents = [
        member
        for member in members
        if member.endswith((".xml", ".musicxml")) and not member.startswith("META-INF/")
    ]
    if len(documents) != 1:
        raise UnreadableMedia("The compressed MusicXML file names no score.")
    return documents[0]


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    # The size in the directory is a claim, so we count what comes out.
    with archive.open(name) as member:
        content = member.read(MAX_SCORE_BYTES + 1)
    if len(content) > MAX_SCORE_BYTES:
        raise MediaTooLong("The score unpacks to more than the 32 MiB that we read.")
    return content
