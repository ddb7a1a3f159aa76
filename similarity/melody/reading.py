"""From a score file to its melodic lines."""

from __future__ import annotations

from pathlib import Path

from similarity.errors import MediaTooLong, UnreadableMedia
from similarity.melody.formats import ScoreFormat, sniff
from similarity.melody.limits import MAX_SCORE_BYTES
from similarity.melody.midi import read_midi
from similarity.melody.sandbox import read_in_child
from similarity.melody.score import Score


def read_score(path: Path) -> Score:
    """Read MIDI, MusicXML (also compressed), MEI, ABC or \\*\\*kern, whatever the file is called.

    Ties are merged; grace and cue notes and percussion left out; pitches are as they sound. Repeats
    are not expanded: each bar, each ending of a repeat too, is read once, in the order of the page.
    Every tune of an ABC tune book is a voice of one score. Hostile files end in an error; engraved
    scores are read by a process of their own for that.

    Raises:
        UnreadableMedia: missing, empty or damaged. MIDI files are read as far as they go.
        UnsupportedMedia: no score notation that we know.
        MediaTooLong: beyond the limits of ``similarity.melody.limits``.
        MediaTooShort: no notes.
        DecodeTimeout: more time or memory than ``similarity.melody.limits`` allow.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_SCORE_BYTES + 1)
    except OSError as error:
        raise UnreadableMedia(f"The file cannot be read: {error.strerror}.") from error
    return parse_score(data)


def parse_score(data: bytes) -> Score:
    """``read_score`` for a file already in memory; the same rules and errors."""
    if not data:
        raise UnreadableMedia("The file is empty.")
    if len(data) > MAX_SCORE_BYTES:
        raise MediaTooLong("The score file is larger than the 32 MiB that we read.")
    notation = sniff(data)
    return read_midi(data) if notation is ScoreFormat.MIDI else read_in_child(data, notation)
