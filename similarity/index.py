"""The reference index: a folder with both lanes, safe against crashes and corruption.

    index = ReferenceIndex.create(directory)
    index.add_recording("song", decode(path))
    index.commit()
    ReferenceIndex.open(directory).search_audio(decode(upload))

Each ``commit`` writes what is new aside and then moves one manifest into place, so that a crash at
any moment leaves the snapshot before. See ``similarity.snapshot``.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

from similarity.errors import IndexMissing, MediaTooShort, ReferenceIndexError
from similarity.match import MatchKind
from similarity.melody.index import MelodyIndex
from similarity.melody.transcription import transcribe
from similarity.port import RECORDINGS_ONLY, EditableCorpus
from similarity.recording.fingerprint import EXTRACTOR, Fingerprint, fingerprint
from similarity.recording.index import RecordingIndex
from similarity.snapshot import Snapshot, digest_in_force, read_newest, writing
from similarity.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from similarity.audio.decode import DecodedAudio
    from similarity.match import Match
    from similarity.melody.score import Score
    from similarity.parts import NewParts, State
    from similarity.snapshot import Writing

EXTRACTORS: Final = {MatchKind.RECORDING.value: EXTRACTOR, MatchKind.MELODY.value: "voices-1"}
"""Changes whenever what was extracted before and after could not be compared."""

_SOURCES: Final = "sources"


@dataclass(frozen=True, slots=True)
class _Change:
    """What a reference of one lane becomes: its new content, or None to forget it."""

    content: Fingerprint | Score | None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class _Held:
    """One committed state in memory."""

    recordings: RecordingIndex
    melodies: MelodyIndex
    sources: Sources
    snapshot: Snapshot

    @classmethod
    def load(cls, found: Snapshot) -> Self:
        states = found.manifest.lanes
        return cls(
            RecordingIndex.load(found, states[MatchKind.RECORDING]),
            MelodyIndex.load(found, states[MatchKind.MELODY]),
            Sources.load(found, states[_SOURCES]),
            found,
        )

    def save(self, parts: NewParts) -> dict[str, State]:
        return {
            MatchKind.RECORDING.value: self.recordings.save(parts),
            MatchKind.MELODY.value: self.melodies.save(parts),
            _SOURCES: self.sources.save(parts),
        }

    def apply(self, changes: dict[tuple[MatchKind, str], _Change]) -> None:
        """Make the changes, and build anew the lanes that they touch."""
        for (kind, reference), change in changes.items():
            self.sources.set(kind, reference, change.source)
            match change.content:
                case None:
                    # Another process may have removed it since.
                    with contextlib.suppress(KeyError):
                        self._lane(kind).remove(reference)
                case Fingerprint():
                    self.recordings.add(reference, change.content)
                case score:
                    self.melodies.add(reference, score)
        for kind in {kind for kind, _ in changes}:
            self._lane(kind).build()

    def _lane(self, kind: MatchKind) -> RecordingIndex | MelodyIndex:
        return self.recordings if kind is MatchKind.RECORDING else self.melodies


class ReferenceIndex(EditableCorpus):
    """References of both lanes in one folder, for any number of readers and writers.

    A reference is any string that means something to the caller; it may have a recording, a score,
    or both. An object is one reader: it searches one snapshot until ``refresh`` or ``commit``,
    whatever others write meanwhile. Writers take turns.
    """

    def __init__(self, directory: Path, held: _Held) -> None:
        self._directory = directory
        self._held = held
        self._changes: dict[tuple[MatchKind, str], _Change] = {}

    @classmethod
    def create(cls, directory: Path) -> Self:
        """A new, empty index, already committed.

        Raises:
            ReferenceIndexError: the folder holds an index already, or cannot be made.
        """
        with writing(directory, EXTRACTORS, create=True) as new:
            if new.snapshot.manifest.generation:
                raise ReferenceIndexError(f"There is an index in {directory} already.")
            _put_first_in_force(new)
        return cls.open(directory)

    @classmethod
    def open_or_create(cls, directory: Path) -> Self:
        """The last committed state, or a new, empty index where there is none.

        Raises:
            IndexCorrupt, IndexVersionMismatch
            ReferenceIndexError: the folder cannot be made.
        """
        try:
            return cls.open(directory)
        except IndexMissing:
            with writing(directory, EXTRACTORS, create=True) as new:
                # Another process may have been faster.
                if not new.snapshot.manifest.generation:
                    _put_first_in_force(new)
            return cls.open(directory)

    @classmethod
    def open(cls, directory: Path) -> Self:
        """The last committed state, every part verified against its checksum.

        Raises:
            IndexMissing, IndexCorrupt, IndexVersionMismatch
        """
        return cls(directory, read_newest(directory, EXTRACTORS, _Held.load))

    def refresh(self) -> bool:
        """Move to the newest committed state; whether there was one. Changes stay pending.

        Asking costs the reading of one small file; only parts not yet held are verified.

        Raises:
            IndexMissing, IndexCorrupt, IndexVersionMismatch: the state before stays in use.
        """
        if digest_in_force(self._directory) == self.corpus_digest:
            return False
        self._held = self._newest()
        return True

    def add_recording(
        self, reference: str, audio: DecodedAudio, *, source: str | None = None
    ) -> None:
        """Add or replace the recording of a reference.

        Raises:
            MediaTooShort: too little audio to fingerprint.
            LibraryMissing: libchromaprint is not installed.
        """
        made = fingerprint(audio.samples, audio.rate)
        self.add_fingerprint(reference, made, source=source)

    def add_fingerprint(
        self, reference: str, fingerprint: Fingerprint, *, source: str | None = None
    ) -> None:
        """Add or replace the recording of a reference by its fingerprint."""
        self._changes[MatchKind.RECORDING, reference] = _Change(fingerprint, source)

    def add_score(self, reference: str, score: Score, *, source: str | None = None) -> None:
        """Add or replace the score of a reference."""
        self._changes[MatchKind.MELODY, reference] = _Change(score, source)

    def remove(self, reference: str) -> None:
        """Forget a reference in both lanes.

        Raises:
            KeyError: neither lane has it.
        """
        kinds = dict(self.references()).get(reference, frozenset())
        if not kinds:
            raise KeyError(reference)
        for kind in kinds:
            self._changes[kind, reference] = _Change(None)

    def source(self, kind: MatchKind, reference: str) -> str | None:
        """SHA-256 (hex) of the file that the reference was made of, if that was said."""
        change = self._changes.get((kind, reference))
        return change.source if change else self._held.sources.get(kind, reference)

    def commit(self) -> None:
        """Put all changes in force at once, on top of what others have committed meanwhile.

        Waits while another process commits. Without changes nothing is written.

        Raises:
            ReferenceIndexError: the folder cannot be written or is damaged. What was in force stays
                so, and the changes stay pending.
        """
        if not self._changes:
            return
        with writing(self._directory, EXTRACTORS) as new:
            if new.snapshot.manifest.digest != self.corpus_digest:
                self._held = self._newest()
            try:
                self._held.apply(self._changes)
                committed = new.put_in_force(self._held.save(new))
                self._held = replace(self._held, snapshot=committed)
            except BaseException:
                # The lanes hold changes that are in no snapshot.
                self._held = self._newest()
                raise
        self._changes.clear()

    def search_audio(
        self, audio: DecodedAudio, *, kinds: Collection[MatchKind] = RECORDINGS_ONLY, top: int = 10
    ) -> list[Match]:
        """What this audio contains, best first, at most ``top``, weak matches too.

        Matches of both lanes are ranked together by their E-values, which mean the same in both.
        Tunes are compared only where the index has any; audio in which none are heard has none.
        """
        held, found = self._held, []
        if MatchKind.RECORDING in kinds:
            found += held.recordings.search(audio.samples, top=top)
        if MatchKind.MELODY in kinds and held.melodies.references:
            with contextlib.suppress(MediaTooShort):
                found += held.melodies.search(transcribe(audio.samples, audio.rate), top=top)
        return sorted(found, key=lambda match: match.evalue)[:top]

    def search_score(self, score: Score, *, top: int = 10) -> list[Match]:
        """Works whose tunes this score contains, best first, at most ``top``, weak ones too."""
        return self._held.melodies.search(score, top=top)

    def references(self) -> list[tuple[str, frozenset[MatchKind]]]:
        """Every reference with the lanes that know it, pending changes counted, in order."""
        known = {
            **{(MatchKind.RECORDING, held): True for held in self._held.recordings.references},
            **{(MatchKind.MELODY, held): True for held in self._held.melodies.references},
            **{key: change.content is not None for key, change in self._changes.items()},
        }
        kinds: dict[str, set[MatchKind]] = {}
        for (kind, reference), there in known.items():
            if there:
                kinds.setdefault(reference, set()).add(kind)
        return [(reference, frozenset(kinds[reference])) for reference in sorted(kinds)]

    @property
    def size(self) -> int:
        """Number of references, pending changes counted."""
        return len(self.references())

    @property
    def corpus_digest(self) -> str:
        """SHA-256 (hex) of the manifest: names exactly what was searched, for the evidence."""
        return self._held.snapshot.manifest.digest

    def _newest(self) -> _Held:
        return read_newest(self._directory, EXTRACTORS, _Held.load, trusted=self._held.snapshot)


def _put_first_in_force(new: Writing) -> None:
    empty = _Held(RecordingIndex(), MelodyIndex(), Sources(), new.snapshot)
    empty.recordings.build()
    new.put_in_force(empty.save(new))
