"""ISCC units of a file (ISO 24138:2024), which C2PA's list of algorithms knows as ``io.iscc.v0``.

A soft binding's value is an ISCC-SEQ: 256-bit units, header and body, one after the other
(IEP-0020). We write the Content-Code Audio, a similarity hash of the sound's Chromaprint, and the
Instance-Code, a BLAKE3 hash of the bytes.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final, NamedTuple

import iscc_core
import numpy as np

from app.provenance.errors import BindingMalformed
from similarity.audio.decode import DecodedAudio, decode
from similarity.errors import MediaError
from similarity.recording.fingerprint import chromaprint_items

ALGORITHM: Final = "io.iscc.v0"
UNIT_BITS: Final = 256

MOST_UNITS: Final = 16
"""In one value: one of each kind there is, and some to spare."""

_HEADER_BYTES: Final = 2
_BODY_BYTES: Final = UNIT_BITS // 8
_LENGTH_256: Final = 7
_INSTANCE: Final = 4

logger = logging.getLogger(__name__)


class Unit(NamedTuple):
    """A 256-bit unit: ``header`` (2 bytes: main type, subtype, version, length), ``body`` (32)."""

    header: bytes
    body: bytes

    @property
    def is_exact(self) -> bool:
        """An Instance-Code: equal or not, never alike."""
        return self.header[0] >> 4 == _INSTANCE


def value_of(path: Path) -> bytes:
    """The ISCC-SEQ of a file: Content-Code Audio where it sounds, and Instance-Code.

    CPU-bound; the file is decoded by a child process with limits.
    """
    try:
        sound = sound_value(decode(path, measure_quality=False))
    except MediaError as error:
        logger.info("no Content-Code: %s", error)
        sound = b""
    with path.open("rb") as file:
        instance = iscc_core.gen_instance_code_v0(file, bits=UNIT_BITS)["iscc"]
    return sound + bytes(iscc_core.encode_seq([instance]))


def sound_value(audio: DecodedAudio) -> bytes:
    """The ISCC-SEQ of a sound: its Content-Code Audio; empty for less than three seconds."""
    items = chromaprint_items(audio.samples, audio.rate)
    if not items.size:
        return b""
    code = iscc_core.gen_audio_code_v0(items.view(np.int32).tolist(), bits=UNIT_BITS)["iscc"]
    return bytes(iscc_core.encode_seq([code]))


def units_of(value: bytes) -> tuple[Unit, ...]:
    """The units of an ISCC-SEQ that count: of 256 bits, version 0; shorter ones collide.

    Raises:
        BindingMalformed: no ISCC-SEQ, or no such unit in it, or more than ``MOST_UNITS``.
    """
    try:
        encoded = [iscc_core.decode_base32(unit[5:]) for unit in iscc_core.decode_seq(value)]
    except ValueError as error:
        raise BindingMalformed(f"That is not an ISCC-SEQ: {error}.") from error
    units = [Unit(unit[:_HEADER_BYTES], unit[_HEADER_BYTES:]) for unit in encoded]
    counting = tuple(dict.fromkeys(unit for unit in units if _counts(unit)))
    if not counting or len(units) > MOST_UNITS:
        raise BindingMalformed(
            f"Give 1 to {MOST_UNITS} ISCC-UNITs of {UNIT_BITS} bits and version 0."
        )
    return counting


def _counts(unit: Unit) -> bool:
    # Two bytes are the whole header: each field below 8 takes one nibble (ISO 24138, 8.1).
    version, length = unit.header[1] >> 4, unit.header[1] & 0xF
    return len(unit.body) == _BODY_BYTES and version == 0 and length == _LENGTH_256
