"""The reference index: a folder with both lanes, safe against crashes and corruption.

    index = ReferenceIndex.create(directory)
    index.add_recording("song", decode(path))
    index.commit()
    ReferenceIndex.open(directory).search_audio(decode(upload))

Each ``commit`` writes a whole new snapshot aside and then moves one manifest into place, so that a
crash at any moment leaves the snapshot before. See ``similarity.snapshot``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from similarity import snapshot
from similarity.errors import IndexCorrupt
from similarity.match import MatchKind
from similarity.melody.index import MelodyIndex
from similarity.recording.fingerprint import fingerprint
from similarity.recording.index import RecordingIndex

if TYPE_CHECKING:
    from pathlib import Path

    from similarity.audio.decode import DecodedAudio
    from similarity.match import Match
    from similarity.melody.score import Score
    from similarity.recording.fingerprint import Fingerprint


_STATE: Final = "state.json"


@dataclass(frozen=True, slots=True)
class _OneFolder:
    """Parts as subfolders of one folder of a snapshot."""

    path: Path

    def folder(self, name: str) -> Path:
        """Where a part lies."""
        if not (self.path / name).is_dir():
            raise IndexCorrupt(f"The index lacks its part {name}.")
        return self.path / name

    def new(self) -> tuple[str, Path]:
        """A new part."""
        name = f"part-{sum(1 for _ in self.path.iterdir()):03d}"
        (self.path / name).mkdir()
        return name, self.path / name


class ReferenceIndex:
    """References of both lanes. One writer at a time; any number of readers.

    A reference is any string that means something to the caller; it may have a recording, a score,
    or both. Additions and removals are seen by searches, and kept, after ``commit``.
    """

    def __init__(
        self,
        directory: Path,
        recordings: RecordingIndex,
        melodies: MelodyIndex,
        manifest: snapshot.Manifest,
    ) -> None:
        self._directory = directory
        self._recordings = recordings
        self._melodies = melodies
        self._manifest = manifest

    @classmethod
    def create(cls, directory: Path) -> Self:
        """A new, empty index, already committed.

        Raises:
            ReferenceIndexError: the folder holds an index already.
        """
        manifest = snapshot.begin(directory)
        index = cls(directory, RecordingIndex(), MelodyIndex(), manifest)
        index.commit()
        return index

    @classmethod
    def open(cls, directory: Path) -> Self:
        """The last committed state, every part verified against its checksum.

        Raises:
            IndexMissing, IndexCorrupt, IndexVersionMismatch
        """
        manifest, parts = snapshot.open_verified(directory)
        try:
            recordings = RecordingIndex.load(parts / MatchKind.RECORDING)
            folder = parts / MatchKind.MELODY
            state = json.loads((folder / _STATE).read_text(encoding="utf-8"))
            melodies = MelodyIndex.load(_OneFolder(folder), state)
        except (ValueError, KeyError, OSError, EOFError) as error:
            raise IndexCorrupt(f"The index in {directory} is damaged: {error}.") from error
        return cls(directory, recordings, melodies, manifest)

    def add_recording(self, reference: str, audio: DecodedAudio) -> None:
        """Add or replace the recording of a reference.

        Raises:
            MediaTooShort: too little audio to fingerprint.
            LibraryMissing: libchromaprint is not installed.
        """
        self.add_fingerprint(reference, fingerprint(audio.samples, audio.rate))

    def add_fingerprint(self, reference: str, fingerprint: Fingerprint) -> None:
        """Add or replace the recording of a reference by its fingerprint."""
        self._recordings.add(reference, fingerprint)

    def add_score(self, reference: str, score: Score) -> None:
        """Add or replace the score of a reference."""
        self._melodies.add(reference, score)

    def remove(self, reference: str) -> None:
        """Forget a reference in both lanes.

        Raises:
            KeyError: neither lane has it.
        """
        kinds = dict(self.references()).get(reference, frozenset())
        if not kinds:
            raise KeyError(reference)
        if MatchKind.RECORDING in kinds:
            self._recordings.remove(reference)
        if MatchKind.MELODY in kinds:
            self._melodies.remove(reference)

    def commit(self) -> None:
        """Rebuild what depends on the whole corpus and make it the index's new state.

        Raises:
            ReferenceIndexError: another process has committed since this index was opened.
        """
        self._recordings.build()
        with snapshot.replace(self._directory, self._manifest) as pending:
            self._recordings.save(pending.part(MatchKind.RECORDING))
            melodies = pending.part(MatchKind.MELODY)
            state = self._melodies.save(_OneFolder(melodies))
            (melodies / _STATE).write_text(json.dumps(state), encoding="utf-8")
        self._manifest = pending.manifest

    def search_audio(self, audio: DecodedAudio, *, top: int = 10) -> list[Match]:
        """Recordings that this audio contains, best first, at most ``top``, weak ones too."""
        return self._recordings.search(audio.samples, top=top)

    def search_score(self, score: Score, *, top: int = 10) -> list[Match]:
        """Works whose tunes this score contains, best first, at most ``top``, weak ones too."""
        return self._melodies.search(score, top=top)

    def references(self) -> list[tuple[str, frozenset[MatchKind]]]:
        """Every reference with the lanes that know it, sorted by reference."""
        recordings, melodies = set(self._recordings.references), set(self._melodies.references)
        return [
            (
                reference,
                frozenset(
                    kind
                    for kind, known in (
                        (MatchKind.RECORDING, recordings),
                        (MatchKind.MELODY, melodies),
                    )
                    if reference in known
                ),
            )
            for reference in sorted(recordings | melodies)
        ]

    @property
    def size(self) -> int:
        """Number of references."""
        return len(set(self._recordings.references) | set(self._melodies.references))

    @property
    def corpus_digest(self) -> str:
        """SHA-256 (hex) of the manifest: names exactly what was searched, for the evidence."""
        return self._manifest.digest
