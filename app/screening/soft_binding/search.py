"""What a file sounds like, and its sound's ISCC. Runs in a screening process.

What platforms strip from a file they cannot strip from its sound.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.provenance.content_credentials import iscc
from app.screening.catalogue_corpus import open_catalogue
from app.screening.errors import SoundUnusable
from similarity.audio.decode import decode
from similarity.errors import MediaError
from similarity.match import Band


def search_sound(root: Path, path: Path, top: int) -> Any:
    """Assets of the catalogue that a file sounds like, how much, and its ISCC.

    Only what a screening would call a match is named: a score alone says little.

    Returns:
        ``[[[asset id, 0..1], …], ISCC-SEQ in hex]``; the ISCC is empty for less than three seconds.

    Raises:
        SoundUnusable: the file cannot be decoded.
        CatalogueLost: the index is being made again.
    """
    try:
        audio = decode(path)
        found = open_catalogue(root).search_audio(audio, top=top)
    except MediaError as error:
        raise SoundUnusable(error.message) from error
    alike = [[match.reference, match.score] for match in found if match.band is not Band.NONE]
    return [alike, iscc.sound_value(audio).hex()]


def iscc_of_sound(path: Path) -> str:
    """The ISCC-SEQ of a file's sound, in hex; empty for less than three seconds.

    Raises:
        SoundUnusable: the file cannot be decoded.
    """
    try:
        return iscc.sound_value(decode(path, measure_quality=False)).hex()
    except MediaError as error:
        raise SoundUnusable(error.message) from error
