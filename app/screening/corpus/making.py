"""What builder processes do: make one work from its notation, or one recording from a work.

Plain functions of picklable values. Each leaves its result in the folder before it returns, so
that a builder that is stopped loses at most the item in hand.
"""

from __future__ import annotations

import hashlib
import signal
from dataclasses import dataclass
from pathlib import Path

import msgspec

from app.core.processes import end_with_parent
from app.screening.corpus.folder import CorpusFolder
from app.screening.corpus.instrumentations import Instrumentation
from app.screening.corpus.naming import naming_of
from app.screening.corpus.records import Kept, Record, Skipped, save_record
from app.screening.corpus.scores import load_score, save_score
from app.screening.corpus.sources import SourceItem, reference_of
from app.screening.corpus.synthesis import MEDIA_TYPE, Synthesizer, save_opus
from app.screening.corpus.works import PEAKS, Recording, Work
from similarity.audio.decode import decode
from similarity.audio.waveform import peaks
from similarity.errors import MediaError
from similarity.melody.reading import parse_score
from similarity.recording.fingerprint import Fingerprint, fingerprint


@dataclass(frozen=True, slots=True)
class RenderOrder:
    """One recording to be made. ``take`` numbers the recordings of a work from 0."""

    reference: str
    take: int
    instrumentation: Instrumentation

    @property
    def recording_reference(self) -> str:
        """The work's own reference for its first recording, one of its own for each further."""
        return self.reference if self.take == 0 else reference_of(f"{self.reference}/{self.take}")


def prepare_process() -> None:
    """Initialises a builder process: Ctrl-C is the parent's to handle, and so is its end."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def make_work(folder: CorpusFolder, item: SourceItem) -> Record:
    """Parse one item and store its melodic lines and its record."""
    data = item.read()
    try:
        score = parse_score(data)
    except MediaError as error:
        record: Record = Skipped(item.reference, error.message)
    else:
        save_score(folder.score(item.reference), score)
        naming = naming_of(item, data)
        work = Work(
            reference=item.reference,
            title=naming.title,
            composer=naming.composer,
            source=item.source,
            rights=item.collection.rights,
            note_count=score.note_count,
            duration_s=round(score.duration_s, 3),
        )
        record = Kept(work, len(score.voices), item.collection.folder)
    save_record(folder, record)
    return record


def make_recording(folder: CorpusFolder, synthesizer: Synthesizer, order: RenderOrder) -> Recording:
    """Render one recording of a work.

    Raises:
        SynthesisFailed: FluidSynth did not make it.
        CorpusDamaged: the work's lines cannot be read.
    """
    score = load_score(folder.score(order.reference))
    path = folder.audio / f"{order.recording_reference}.ogg"
    save_opus(path, synthesizer.play(score, order.instrumentation))
    return recording_of(
        folder, path, order.recording_reference, order.instrumentation.name, MEDIA_TYPE
    )


def recording_of(
    folder: CorpusFolder, path: Path, reference: str, instrumentation: str, media_type: str
) -> Recording:
    """Describe an audio file of the corpus.

    Raises:
        MediaError: it cannot be decoded.
    """
    audio = decode(path, measure_quality=False)
    return Recording(
        reference=reference,
        file=str(path.relative_to(folder.root)),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        media_type=media_type,
        duration_s=round(audio.duration_s, 3),
        instrumentation=instrumentation,
        peaks=peaks(audio.samples, PEAKS),
    )


def fingerprint_recording(folder: CorpusFolder, recording: Recording) -> Fingerprint:
    """What the index keeps of a recording.

    Raises:
        MediaError: it cannot be decoded.
        LibraryMissing: libchromaprint is not installed.
    """
    audio = decode(folder.root / recording.file, measure_quality=False)
    return fingerprint(audio.samples, audio.rate)


def with_recordings(work: Work, recordings: list[Recording]) -> Work:
    """The work with further recordings; the one that shares the work's reference comes first."""
    known = {recording.reference: recording for recording in (*work.recordings, *recordings)}
    first = known.pop(work.reference, None)
    further = (known[reference] for reference in sorted(known))
    ordered = (*(() if first is None else (first,)), *further)
    return msgspec.structs.replace(work, recordings=ordered)
