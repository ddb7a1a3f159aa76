"""The files of a melody index: plain arrays and JSON, nothing that runs when read."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import scipy.sparse as sp

from similarity.melody.chance import Background, ChanceLevel
from similarity.melody.model import MelodyModel
from similarity.melody.notes import Notes
from similarity.melody.retrieval import NgramIndex
from similarity.melody.score import Melody
from similarity.melody.segments import Segments
from similarity.melody.significance import NullTail
from similarity.melody.surprisal import SurprisalModel

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_WORKS: Final = "works.json"
_NOTES: Final = "notes.npz"
_MODEL: Final = "model.npz"

_SEGMENT_FIELDS: Final = ("offsets", "lines", "starts")
_CHANCE_FIELDS: Final = ("local_mean", "local_sd", "global_mean", "global_sd")
_NGRAM_FIELDS: Final = ("vocabulary", "idf", "norms", "latent_terms", "basis", "vectors")

Arrays = dict[str, "NDArray[Any]"]


def save(directory: Path, works: dict[str, tuple[Melody, ...]], model: MelodyModel | None) -> None:
    """Write works and model into an existing folder."""
    lines = [line for reference in sorted(works) for line in works[reference]]
    names = [[reference, [line.name for line in works[reference]]] for reference in sorted(works)]
    (directory / _WORKS).write_text(json.dumps(names), encoding="utf-8")
    _write(directory / _NOTES, _pack_lines(lines))
    _write(directory / _MODEL, _pack_model(model) if model else {})


def load(directory: Path) -> tuple[dict[str, tuple[Melody, ...]], MelodyModel | None]:
    """Read what ``save`` wrote.

    Raises:
        ValueError, KeyError, OSError, EOFError: the files are damaged or missing.
    """
    names = json.loads((directory / _WORKS).read_text(encoding="utf-8"))
    lines = iter(_unpack_lines(_read(directory / _NOTES), [n for _, ns in names for n in ns]))
    works = {reference: tuple(next(lines) for _ in own) for reference, own in names}
    model = _read(directory / _MODEL)
    return works, _unpack_model(model) if model else None


def _write(path: Path, arrays: Arrays) -> None:
    np.savez(path, allow_pickle=False, **arrays)


def _read(path: Path) -> Arrays:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path.name}: {error}") from error


def _pack_lines(lines: Sequence[Melody]) -> Arrays:
    def joined(field: str, dtype: type[np.generic]) -> NDArray[Any]:
        columns = [getattr(line, field) for line in lines]
        return np.concatenate([*columns, np.empty(0)]).astype(dtype)

    # A line without a metre has NaN for every note.
    strengths = [
        np.full(len(line), np.nan) if line.beat_strength is None else line.beat_strength
        for line in lines
    ]
    return {
        "offsets": np.cumsum([0, *(len(line) for line in lines)]),
        "onsets_s": joined("onsets_s", np.float64),
        "durations_s": joined("durations_s", np.float64),
        "onsets_q": joined("onsets_q", np.float64),
        "pitches": joined("pitches", np.int16),
        "beat_strength": np.concatenate([*strengths, np.empty(0)]).astype(np.float32),
    }


def _unpack_lines(arrays: Arrays, names: Sequence[str]) -> list[Melody]:
    bounds = list(pairwise(arrays["offsets"].tolist()))
    if len(bounds) != len(names):
        raise ValueError("the names and the notes of the works do not belong together")
    lines = []
    for name, (start, end) in zip(names, bounds, strict=True):
        strength = arrays["beat_strength"][start:end]
        lines.append(
            Melody(
                name,
                arrays["onsets_s"][start:end],
                arrays["durations_s"][start:end],
                arrays["onsets_q"][start:end],
                arrays["pitches"][start:end],
                None if np.isnan(strength).any() else strength,
            )
        )
    return lines


def _pack_model(model: MelodyModel) -> Arrays:
    postings = model.ngrams.postings
    arrays = {
        "surprisal.counts": model.surprisal.counts,
        "postings.data": postings.data,
        "postings.indices": postings.indices,
        "postings.indptr": postings.indptr,
        "postings.shape": np.array(postings.shape),
        "null": np.array([model.null.location, model.null.scale]),
    }
    for prefix, owner, fields in _sections(model):
        arrays |= {f"{prefix}.{field}": getattr(owner, field) for field in fields}
    return arrays


def _sections(model: MelodyModel) -> list[tuple[str, object, tuple[str, ...]]]:
    return [
        ("segments", model.segments, _SEGMENT_FIELDS),
        ("segments", model.segments.notes, Notes._fields),
        ("background", model.background.segments, _SEGMENT_FIELDS),
        ("background", model.background.segments.notes, Notes._fields),
        ("chance", model.chance, _CHANCE_FIELDS),
        ("ngrams", model.ngrams, _NGRAM_FIELDS),
    ]


def _unpack_model(arrays: Arrays) -> MelodyModel:
    def section(prefix: str, fields: tuple[str, ...]) -> Arrays:
        return {field: arrays[f"{prefix}.{field}"] for field in fields}

    def segments(prefix: str) -> Segments:
        notes = Notes(**section(prefix, Notes._fields))
        return Segments(notes=notes, **section(prefix, _SEGMENT_FIELDS))

    postings = sp.csr_array(
        (arrays["postings.data"], arrays["postings.indices"], arrays["postings.indptr"]),
        shape=tuple(arrays["postings.shape"].tolist()),
    )
    location, scale = arrays["null"].tolist()
    return MelodyModel(
        segments("segments"),
        SurprisalModel(arrays["surprisal.counts"]),
        NgramIndex(postings=postings, **section("ngrams", _NGRAM_FIELDS)),
        Background(segments("background")),
        ChanceLevel(**section("chance", _CHANCE_FIELDS)),
        NullTail(location, scale),
    )
