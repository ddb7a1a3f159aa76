"""The port behind which a corpus is searched and changed, on this machine or on many.

``similarity.index.ReferenceIndex`` is the corpus in one folder. An engine that spreads references
over machines offers the same: it sends an addition to the shard that its reference hashes to, asks
all shards, and merges their matches by E-value. One thing is then its to do. The E-value of a shard
counts chance matches among that shard's references; in the whole corpus there are as many more as
it is larger, so each is multiplied by ``whole size / shard size``, and its band judged anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from similarity.match import MatchKind

if TYPE_CHECKING:
    from collections.abc import Collection

    from similarity.audio.decode import DecodedAudio
    from similarity.match import Match
    from similarity.melody.score import Score
    from similarity.recording.fingerprint import Fingerprint

RECORDINGS_ONLY: Final = frozenset({MatchKind.RECORDING})
"""What audio is compared with unless asked: its transcription is slow, and weak on dense mixes."""


class Corpus(Protocol):
    """References that can be searched: one consistent state until ``refresh``."""

    def search_audio(
        self, audio: DecodedAudio, *, kinds: Collection[MatchKind] = RECORDINGS_ONLY, top: int = 10
    ) -> list[Match]:
        """What this audio contains, best first, at most ``top``, weak matches too.

        Args:
            audio: mono samples at ``ANALYSIS_RATE``, as ``similarity.audio.decode`` makes them.
            kinds: with ``MatchKind.MELODY`` its tunes are transcribed and compared, too; matches of
                both lanes are ranked together.
            top: how many matches at most.
        """

    def search_score(self, score: Score, *, top: int = 10) -> list[Match]:
        """Works whose tunes this score contains, best first, at most ``top``, weak ones too."""

    def references(self) -> list[tuple[str, frozenset[MatchKind]]]:
        """Every reference with the lanes that know it, sorted by reference."""

    @property
    def size(self) -> int:
        """Number of references."""

    @property
    def corpus_digest(self) -> str:
        """Names exactly what is searched, for the evidence: changes with every commit."""

    def refresh(self) -> bool:
        """Search the newest committed state from now on; whether it had changed.

        Raises:
            ReferenceIndexError: it cannot be read; the state before stays in use.
        """


class EditableCorpus(Corpus, Protocol):
    """A corpus that can be changed. Searches see changes, and they are kept, after ``commit``.

    ``source`` is the SHA-256 (hex) of the file that a reference was made of, if the caller wants to
    ask for it later.
    """

    def add_recording(
        self, reference: str, audio: DecodedAudio, *, source: str | None = None
    ) -> None:
        """Add or replace the recording of a reference.

        Raises:
            MediaTooShort: too little audio to fingerprint.
            LibraryMissing: libchromaprint is not installed.
        """

    def add_fingerprint(
        self, reference: str, fingerprint: Fingerprint, *, source: str | None = None
    ) -> None:
        """Add or replace the recording of a reference by its fingerprint."""

    def add_score(self, reference: str, score: Score, *, source: str | None = None) -> None:
        """Add or replace the score of a reference."""

    def remove(self, reference: str) -> None:
        """Forget a reference in both lanes.

        Raises:
            KeyError: neither lane has it.
        """

    def source(self, kind: MatchKind, reference: str) -> str | None:
        """What was said when the reference was added; None where nothing was."""

    def commit(self) -> None:
        """Put all changes since the last commit in force at once.

        They are made on top of what other writers have committed meanwhile, and none of theirs is
        lost: of two changes to one reference, the one committed last holds.

        Raises:
            ReferenceIndexError: it cannot be written; the state before stays, and so do the
                changes, to be committed once the cause is gone.
        """
