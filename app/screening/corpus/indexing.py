"""From records to a searchable corpus: the index, the catalogue of works, the manifest."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from functools import partial

import msgspec

from app.screening.corpus.folder import CorpusFolder, CorpusManifest, replace_file
from app.screening.corpus.making import fingerprint_recording
from app.screening.corpus.records import Kept, Record
from app.screening.corpus.scores import load_score
from app.screening.corpus.workers import Workers
from app.screening.corpus.works import Work, WorkCatalogue
from similarity.errors import IndexCorrupt, IndexMissing, IndexVersionMismatch
from similarity.index import ReferenceIndex
from similarity.match import MatchKind


def bring_index_up_to_date(
    folder: CorpusFolder, records: dict[str, Record], crew: Workers
) -> CorpusManifest:
    """Index every kept work that the index does not know yet, and say what the corpus holds."""
    works = [record.work for record in records.values() if isinstance(record, Kept)]
    index = open_or_create(folder)
    known = dict(index.references())
    scores = [
        work
        for work in works
        if work.has_score and MatchKind.MELODY not in known.get(work.reference, ())
    ]
    recordings = [
        recording
        for work in works
        for recording in work.recordings
        if MatchKind.RECORDING not in known.get(recording.reference, ())
    ]
    for work in scores:
        index.add_score(work.reference, load_score(folder.score(work.reference)))
    measure = partial(fingerprint_recording, folder)
    for recording, measured in crew.each("fingerprinting", measure, recordings):
        index.add_fingerprint(recording.reference, measured)
    if scores or recordings:
        crew.say("indexing what was added")
        index.commit()
    return publish(folder, index, works)


def open_or_create(folder: CorpusFolder) -> ReferenceIndex:
    """The index as it is, or a new one where it is missing, damaged or of another version."""
    try:
        return ReferenceIndex.open(folder.index)
    except IndexMissing:
        return ReferenceIndex.create(folder.index)
    except (IndexCorrupt, IndexVersionMismatch):
        # Everything in it can be made again from the records.
        shutil.rmtree(folder.index)
        return ReferenceIndex.create(folder.index)


def publish(folder: CorpusFolder, index: ReferenceIndex, works: Iterable[Work]) -> CorpusManifest:
    """Write catalogue and manifest, the manifest last: readers look there first."""
    catalogue = WorkCatalogue(works)
    manifest = CorpusManifest(
        digest=index.corpus_digest, works=len(catalogue), recordings=catalogue.recording_count
    )
    content = msgspec.json.encode(manifest)
    if folder.manifest_file.exists() and folder.manifest_file.read_bytes() == content:
        return manifest
    catalogue.save(folder.catalogue)
    replace_file(folder.manifest_file, content)
    return manifest
