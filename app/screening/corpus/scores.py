"""Melodic lines at rest: parsing notation is slow, so its result is kept as arrays."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Final

import numpy as np

from app.screening.corpus.errors import CorpusDamaged
from app.screening.corpus.folder import replace_file
from similarity.melody.score import Melody, Score

_COLUMNS: Final = ("onsets_s", "durations_s", "onsets_q", "pitches")


def save_score(path: Path, score: Score) -> None:
    """Write the score's voices as one ``.npz``."""
    arrays: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]] = {
        "duration_s": np.array(score.duration_s),
        "names": np.array([voice.name for voice in score.voices], dtype=np.str_),
    }
    for number, voice in enumerate(score.voices):
        for column in _COLUMNS:
            arrays[f"{number}.{column}"] = getattr(voice, column)
        if voice.beat_strength is not None:
            arrays[f"{number}.beat_strength"] = voice.beat_strength
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    replace_file(path, buffer.getvalue(), durable=False)


def load_score(path: Path) -> Score:
    """
    Raises:
        CorpusDamaged: the file is missing or not what ``save_score`` wrote.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            voices = tuple(
                Melody(
                    name=str(name),
                    beat_strength=arrays.get(f"{number}.beat_strength"),
                    **{column: arrays[f"{number}.{column}"] for column in _COLUMNS},
                )
                for number, name in enumerate(arrays["names"])
            )
            return Score(voices, float(arrays["duration_s"]))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise CorpusDamaged(f"{path} is damaged; delete it and build again.") from error
