"""One record per work, made once: what an interrupted build goes on from."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from app.screening.corpus.folder import CorpusFolder, replace_file
from app.screening.corpus.works import Work


class Kept(msgspec.Struct, frozen=True, tag="kept"):
    """A work whose melodic lines, where it has any, are stored. ``collection`` is a folder name."""

    work: Work
    voices: int
    collection: str


class Skipped(msgspec.Struct, frozen=True, tag="skipped"):
    """An item that could not be read; not tried again."""

    reference: str
    reason: str


Record = Kept | Skipped


def save_record(folder: CorpusFolder, record: Record) -> None:
    """Write the record of a work."""
    reference = record.work.reference if isinstance(record, Kept) else record.reference
    replace_file(folder.record(reference), msgspec.json.encode(record), durable=False)


def load_records(folder: CorpusFolder) -> dict[str, Record]:
    """Every record that is whole, by reference; a damaged one counts as not yet made."""
    return dict(_whole_records(folder))


def _whole_records(folder: CorpusFolder) -> Iterator[tuple[str, Record]]:
    for path in sorted((folder.root / "works").glob("ref_*.json")):
        try:
            yield path.stem, msgspec.json.decode(path.read_bytes(), type=Record)
        except msgspec.MsgspecError:
            path.unlink()
