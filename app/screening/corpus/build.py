"""Build the corpus: parse, render, index. Each step skips what an earlier run has finished."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from app.screening.corpus.folder import CorpusFolder, CorpusManifest
from app.screening.corpus.indexing import bring_index_up_to_date
from app.screening.corpus.instrumentations import choices
from app.screening.corpus.making import (
    RenderOrder,
    make_recording,
    make_work,
    with_recordings,
)
from app.screening.corpus.records import Kept, Record, load_records, save_record
from app.screening.corpus.sources import COLLECTIONS, SourceItem, corpus_root, plan
from app.screening.corpus.synthesis import Synthesizer
from app.screening.corpus.workers import Workers, workers
from app.screening.corpus.works import Recording

DEFAULT_WORKS: Final = 2600
DEFAULT_RECORDINGS: Final = 180

SECOND_TAKES: Final = 6
"""One rendered work in so many is played by a second ensemble too."""

_RENDERED_S: Final = (14.0, 50.0)
"""Works of this length are rendered: long enough to excerpt, short enough to build in minutes."""


@dataclass(frozen=True, slots=True)
class CorpusSize:
    """How much of the collections to take."""

    works: int = DEFAULT_WORKS
    recordings: int = DEFAULT_RECORDINGS


def build_corpus(
    root: Path, size: CorpusSize, *, soundfont: Path | None = None, quiet: bool = False
) -> CorpusManifest:
    """Bring the corpus in ``root`` to at least this size; what is there stays.

    Raises:
        SynthesizerMissing: recordings are wanted and FluidSynth or a soundfont is missing.
        CorpusBusy: another process is building here.
        LibraryMissing: libchromaprint is not installed.
    """
    folder = CorpusFolder(root)
    with folder.locked():
        folder.prepare()
        records = load_records(folder)
        wanted = plan(size.works, corpus_root())
        with workers(quiet=quiet) as crew:
            _parse(crew, folder, wanted, records)
            orders = _render_orders(wanted, records, size.recordings)
            if orders:
                _render(crew, folder, Synthesizer.find(soundfont), orders, records)
            return bring_index_up_to_date(folder, records, crew)


def _parse(
    crew: Workers,
    folder: CorpusFolder,
    wanted: Sequence[SourceItem],
    records: dict[str, Record],
) -> None:
    missing = [item for item in wanted if item.reference not in records]
    for item, record in crew.each("reading scores", partial(make_work, folder), missing):
        records[item.reference] = record


def _render_orders(
    wanted: Iterable[SourceItem], records: dict[str, Record], recordings: int
) -> list[RenderOrder]:
    """What has to be rendered for so many recordings, each collection with its share of audio."""
    kept = [record for item in wanted if isinstance(record := records[item.reference], Kept)]
    orders = list(islice(_all_orders(_interleaved(kept)), recordings))
    made = {recording.reference for record in kept for recording in record.work.recordings}
    return [order for order in orders if order.recording_reference not in made]


def _all_orders(kept: Iterable[Kept]) -> Iterator[RenderOrder]:
    for number, record in enumerate(kept):
        ensembles = choices(record.voices)
        takes = 2 if number % SECOND_TAKES == 0 else 1
        for take in range(takes):
            ensemble = ensembles[(number + take) % len(ensembles)]
            yield RenderOrder(record.work.reference, take, ensemble)


def _interleaved(kept: Iterable[Kept]) -> Iterator[Kept]:
    """Works of a length to render, the collections taking turns by their share of audio."""
    shortest, longest = _RENDERED_S
    waiting = {collection.folder: deque[Kept]() for collection in COLLECTIONS}
    for record in kept:
        if shortest <= record.work.duration_s <= longest:
            waiting[record.collection].append(record)
    turns = [c.folder for c in COLLECTIONS for _ in range(c.audio_share)]
    while any(waiting.values()):
        for folder in turns:
            if waiting[folder]:
                yield waiting[folder].popleft()


def _render(
    crew: Workers,
    folder: CorpusFolder,
    synthesizer: Synthesizer,
    orders: Sequence[RenderOrder],
    records: dict[str, Record],
) -> None:
    render = partial(make_recording, folder, synthesizer)
    for order, recording in crew.each("rendering audio", render, orders):
        _remember(folder, records, order.reference, recording)


def _remember(
    folder: CorpusFolder, records: dict[str, Record], reference: str, recording: Recording
) -> None:
    record = records[reference]
    if isinstance(record, Kept):
        grown = Kept(with_recordings(record.work, [recording]), record.voices, record.collection)
        records[reference] = grown
        save_record(folder, grown)
