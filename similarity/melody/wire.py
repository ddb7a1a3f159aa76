"""Requests to the process that reads engraved scores, and its answers, as bytes.

Each is preceded by its length. Numbers travel as an array and not as a pickle: what read a hostile
file gets no way to run code here.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from similarity.errors import MediaError
from similarity.melody.formats import ScoreFormat
from similarity.melody.score import Melody, Score

LENGTH: Final = struct.Struct("<Q")
_COLUMNS: Final = 5


@dataclass(frozen=True, slots=True)
class Refusal:
    """A ``MediaError`` on its way."""

    slug: str
    message: str


def pack_request(data: bytes, notation: ScoreFormat) -> bytes:
    """A score to be read."""
    return _packed(notation.value.encode(), data)


def unpack_request(content: bytes) -> tuple[bytes, ScoreFormat]:
    """What ``pack_request`` packed, without the length."""
    notation, data = content.split(b"\n", 1)
    return data, ScoreFormat(notation.decode())


def pack_answer(answer: Score | MediaError) -> bytes:
    """A score, or why there is none."""
    if isinstance(answer, MediaError):
        return _packed(json.dumps({"slug": answer.slug, "message": answer.message}).encode(), b"")
    head = {
        "duration_s": answer.duration_s,
        "voices": [[line.name, len(line), line.beat_strength is None] for line in answer.voices],
    }
    notes = np.concatenate([_columns(line) for line in answer.voices])
    return _packed(json.dumps(head).encode(), notes.tobytes())


def unpack_answer(content: bytes) -> Score | Refusal:
    """What ``pack_answer`` packed, without the length."""
    head_bytes, numbers = content.split(b"\n", 1)
    head = json.loads(head_bytes)
    if "slug" in head:
        return Refusal(head["slug"], head["message"])
    notes = np.frombuffer(numbers, dtype=np.float64).reshape(-1, _COLUMNS)
    voices, start = [], 0
    for name, count, without_metre in head["voices"]:
        voices.append(_line(name, notes[start : start + count], without_metre=without_metre))
        start += count
    return Score(tuple(voices), head["duration_s"])


def _packed(head: bytes, body: bytes) -> bytes:
    content = head + b"\n" + body
    return LENGTH.pack(len(content)) + content


def _columns(line: Melody) -> NDArray[np.float64]:
    strength = line.beat_strength
    return np.column_stack(
        [
            line.onsets_s,
            line.durations_s,
            line.onsets_q,
            line.pitches,
            np.zeros(len(line)) if strength is None else strength,
        ]
    )


def _line(name: str, notes: NDArray[np.float64], *, without_metre: bool) -> Melody:
    onsets_s, durations_s, onsets_q, pitches, strength = notes.T.copy()
    return Melody(
        name,
        onsets_s,
        durations_s,
        onsets_q,
        pitches.astype(np.int16),
        None if without_metre else strength.astype(np.float32),
    )
