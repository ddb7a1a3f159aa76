"""Works of one's own in the corpus: a label's catalogue, a publisher's songs."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.catalog.sniffing import SNIFF_BYTES, sniff
from app.screening.corpus.errors import WorkUnusable
from app.screening.corpus.folder import CorpusFolder, CorpusManifest
from app.screening.corpus.indexing import bring_index_up_to_date
from app.screening.corpus.making import recording_of
from app.screening.corpus.records import Kept, load_records, save_record
from app.screening.corpus.scores import save_score
from app.screening.corpus.sources import reference_of
from app.screening.corpus.workers import workers
from app.screening.corpus.works import Recording, Work
from similarity.media import MediaKind, kind_of
from similarity.melody.reading import read_score

COLLECTION: Final = "added"
_AS_SUPPLIED: Final = "as supplied"


@dataclass(frozen=True, slots=True)
class Addition:
    """One work to add: at most one score, any number of recordings, and whose it is."""

    paths: Sequence[Path]
    title: str
    composer: str
    rights: str


def add_work(root: Path, addition: Addition) -> tuple[Work, CorpusManifest]:
    """Add a work; the same files again give the same work.

    Raises:
        WorkUnusable: no files, or more than one score.
        MediaError: a file cannot be read.
        CorpusBusy: another process is building here.
    """
    scores = [path for path in addition.paths if kind_of(path) is MediaKind.SCORE]
    audio = [path for path in addition.paths if path not in scores]
    if not addition.paths or len(scores) > 1:
        raise WorkUnusable("Give at most one score and any number of recordings of one work.")
    folder = CorpusFolder(root)
    with folder.locked():
        folder.prepare()
        digests = sorted(_sha256(path) for path in addition.paths)
        reference = reference_of(f"{COLLECTION}:{':'.join(digests)}")
        record = _record(folder, reference, addition, scores, audio)
        save_record(folder, record)
        records = load_records(folder)
        with workers(quiet=True) as crew:
            return record.work, bring_index_up_to_date(folder, records, crew)


def _record(
    folder: CorpusFolder,
    reference: str,
    addition: Addition,
    scores: Sequence[Path],
    audio: Sequence[Path],
) -> Kept:
    score = read_score(scores[0]) if scores else None
    recordings = tuple(_recording(folder, reference, take, path) for take, path in enumerate(audio))
    if score is not None:
        save_score(folder.score(reference), score)
    longest = max((recording.duration_s for recording in recordings), default=0.0)
    work = Work(
        reference=reference,
        title=addition.title,
        composer=addition.composer,
        source=", ".join(path.name for path in addition.paths),
        rights=addition.rights,
        note_count=score.note_count if score is not None else 0,
        duration_s=round(score.duration_s if score is not None else longest, 3),
        recordings=recordings,
    )
    return Kept(work, len(score.voices) if score is not None else 0, COLLECTION)


def _recording(folder: CorpusFolder, reference: str, take: int, source: Path) -> Recording:
    with source.open("rb") as file:
        media = sniff(file.read(SNIFF_BYTES))
    own = reference if take == 0 else reference_of(f"{reference}/{take}")
    target = folder.audio / f"{own}.{media.container}"
    aside = target.with_name(f".{target.name}")
    shutil.copyfile(source, aside)
    aside.replace(target)
    return recording_of(folder, target, own, _AS_SUPPLIED, media.media_type)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
