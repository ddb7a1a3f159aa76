"""The files of a melody part: one plain array each, mapped when read, and JSON for names."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from similarity.melody.chance import Background, ChanceLevel
from similarity.melody.corpus import Corpus
from similarity.melody.model import MelodyModel
from similarity.melody.notes import Notes
from similarity.melody.packing import PackedLines
from similarity.melody.part import CorpusPart
from similarity.melody.postings import Postings
from similarity.melody.retrieval import NgramModel
from similarity.melody.segments import Segments
from similarity.melody.significance import NullTail
from similarity.melody.surprisal import SurprisalModel

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from similarity.parts import Parts, State

_NAMES: Final = "names.json"
_FACTS: Final = "model.json"


def state_of(names: Sequence[str], removed: Collection[int]) -> State:
    """The state of a lane with these parts, the one that holds the model first."""
    return {"parts": list(names), "removed": sorted(removed)}


def write_part(folder: Path, part: CorpusPart) -> None:
    """Write a part into an existing, empty folder."""
    names = {"references": part.references, "lines": part.lines.names}
    (folder / _NAMES).write_text(json.dumps(names), encoding="utf-8")
    _save(folder, "part", owners=part.owners)
    _save_fields(folder, "lines", part.lines)
    _save_segments(folder, "segments", part.segments)
    _save_fields(folder, "postings", part.postings)
    _save_fields(folder, "chance", part.chance)


def write_model(folder: Path, model: MelodyModel) -> None:
    """Write a model beside the part that it was learnt from."""
    facts = {
        "null": [model.null.location, model.null.scale],
        "transcribed_null": [model.transcribed_null.location, model.transcribed_null.scale],
        "documents": model.ngrams.documents,
    }
    (folder / _FACTS).write_text(json.dumps(facts), encoding="utf-8")
    _save(folder, "surprisal", counts=model.surprisal.counts)
    _save_fields(folder, "ngrams", model.ngrams)
    _save_segments(folder, "background", model.background.segments)


def read(parts: Parts, state: State) -> tuple[Corpus | None, tuple[str, ...]]:
    """The corpus of a state, None when it is empty, and the names of its parts.

    Raises:
        ValueError, KeyError, OSError, EOFError: the files are damaged or missing.
    """
    names = tuple(state["parts"])
    if not names:
        return None, ()
    folders = [parts.folder(name) for name in names]
    held = tuple(_read_part(folder) for folder in folders)
    return Corpus(_read_model(folders[0]), held, frozenset(state["removed"])), names


def _read_part(folder: Path) -> CorpusPart:
    names = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
    part = CorpusPart(
        tuple(names["references"]),
        _load(folder, "part", "owners"),
        PackedLines(tuple(names["lines"]), **_load_all(folder, "lines", _names(PackedLines)[1:])),
        _load_segments(folder, "segments"),
        Postings(**_load_all(folder, "postings", _names(Postings))),
        ChanceLevel(**_load_all(folder, "chance", _names(ChanceLevel))),
    )
    sizes = {len(part.owners), len(part.lines), len(part.lines.offsets) - 1}
    if len(sizes) != 1 or len({len(part.segments), len(part.postings)}) != 1:
        raise ValueError("the names and the notes of the works do not belong together")
    return part


def _read_model(folder: Path) -> MelodyModel:
    facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    return MelodyModel(
        SurprisalModel(_load(folder, "surprisal", "counts")),
        NgramModel(
            **_load_all(folder, "ngrams", _names(NgramModel)[:-1]), documents=facts["documents"]
        ),
        Background(_load_segments(folder, "background")),
        NullTail(*map(float, facts["null"])),
        NullTail(*map(float, facts["transcribed_null"])),
    )


def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _save_segments(folder: Path, prefix: str, segments: Segments) -> None:
    _save(folder, prefix, **segments.notes._asdict())
    _save(folder, prefix, offsets=segments.offsets, lines=segments.lines, starts=segments.starts)


def _load_segments(folder: Path, prefix: str) -> Segments:
    notes = Notes(**_load_all(folder, prefix, Notes._fields))
    return Segments(notes, **_load_all(folder, prefix, _names(Segments)[1:]))


def _save_fields(folder: Path, prefix: str, owner: Any) -> None:
    arrays = {name: getattr(owner, name) for name in _names(type(owner))}
    _save(folder, prefix, **{n: a for n, a in arrays.items() if isinstance(a, np.ndarray)})


def _save(folder: Path, prefix: str, **arrays: NDArray[Any]) -> None:
    for name, array in arrays.items():
        np.save(folder / f"{prefix}.{name}.npy", array, allow_pickle=False)


def _load_all(folder: Path, prefix: str, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    return {name: _load(folder, prefix, name) for name in names}


def _load(folder: Path, prefix: str, name: str) -> NDArray[Any]:
    # Copy on write, though nothing writes: kernels are compiled once for mapped and new arrays.
    path = folder / f"{prefix}.{name}.npy"
    return np.asarray(np.load(path, mmap_mode="c", allow_pickle=False))
