"""The melody index: scores in, ranked matches with their evidence out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from similarity.match import Match, MatchKind
from similarity.melody import storage
from similarity.melody.copies import copied_lines, is_copy
from similarity.melody.evidence import Passage, prove
from similarity.melody.model import MelodyModel
from similarity.melody.significance import band_of
from similarity.melody.thresholds import SCORE_HALF

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from similarity.melody.score import Melody, Score
    from similarity.melody.segments import Segments


class MelodyIndex:
    """Melodies of many works, found again in any key, at any tempo, changed here and there.

        index = MelodyIndex()
        index.add("tune.abc", read_score(Path("tune.abc")))
        index.build()
        matches = index.search(read_score(Path("upload.mid")), top=10)

    ``add`` and ``remove`` take effect at the next ``build``, which learns anew what depends on the
    whole corpus; it is a function of the works held, not of the order in which they came.
    """

    def __init__(self) -> None:
        self._works: dict[str, tuple[Melody, ...]] = {}
        self._built = _Built.of({}, None)
        self._stale = False

    def __len__(self) -> int:
        return len(self._works)

    def __contains__(self, reference: object) -> bool:
        return reference in self._works

    @property
    def references(self) -> tuple[str, ...]:
        """All references held, in order."""
        return tuple(sorted(self._works))

    def add(self, reference: str, score: Score) -> None:
        """Add a work, or replace it; searched after the next ``build``."""
        self._works[reference] = score.voices
        self._stale = True

    def remove(self, reference: str) -> None:
        """Remove a work; found no more after the next ``build``.

        Raises:
            KeyError: there is no such reference.
        """
        del self._works[reference]
        self._stale = True

    def build(self) -> None:
        """Learn n-grams, latent space, chance levels and null from all works, on all cores."""
        lines = [line for reference in self.references for line in self._works[reference]]
        self._built = _Built.of(self._works, MelodyModel.fit(lines) if lines else None)
        self._stale = False

    def search(self, score: Score, top: int = 10) -> list[Match]:
        """The ``top`` works most like the query, best first, those below the bands too.

        A note-for-note copy, in any key, has score 1 and comes first. Empty for an empty index.
        """
        model = self._built.model
        if model is None:
            return []
        query = model.cut_query(score.voices)
        found = sorted(
            self._built.best_pairs(query), key=lambda pair: self._rank(pair, query, score)
        )
        return [self._match(model, pair, query, score) for pair in found[: max(top, 0)]]

    def save(self, directory: Path) -> None:
        """Write the works and what is built from them, built now if it was not, into a folder."""
        if self._stale:
            self.build()
        storage.save(directory, self._works, self._built.model)

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read what ``save`` wrote, ready to search.

        Raises:
            ValueError, KeyError, OSError, EOFError: the files are damaged or missing.
        """
        index = cls()
        index._works, model = storage.load(directory)
        index._built = _Built.of(index._works, model)
        return index

    def _rank(
        self, pair: _Pair, query: Segments, score: Score
    ) -> tuple[bool, int, float, float, str]:
        voice, line = score.voices[query.lines[pair.query]], self._built.lines[pair.line]
        reference = self._built.references[pair.work]
        copied = is_copy(voice, line)
        lines = copied_lines(score.voices, self._built.works[reference]) if copied else 0
        return not copied, -lines, -pair.strength, abs(pair.transposition), reference

    def _match(self, model: MelodyModel, pair: _Pair, query: Segments, score: Score) -> Match:
        voice, line = score.voices[query.lines[pair.query]], self._built.lines[pair.line]
        proof = prove(
            Passage(voice, int(query.starts[pair.query])),
            Passage(line, int(model.segments.starts[pair.segment])),
            pair.transposition,
            pair.tempo,
            model.table,
        )
        evalue = model.null.evalue(pair.strength, len(query))
        return Match(
            kind=MatchKind.MELODY,
            reference=self._built.references[pair.work],
            score=1.0 if is_copy(voice, line) else _score_of(pair.strength),
            evalue=evalue,
            query_span=proof.query_span,
            reference_span=proof.reference_span,
            speed=proof.speed,
            pitch_semitones=pair.transposition,
            band=band_of(evalue),
            evidence=proof.evidence,
        )


@dataclass(frozen=True, slots=True)
class _Pair:
    """A query segment and the segment of one work that it resembles most, by their numbers."""

    query: int
    segment: int
    line: int
    work: int
    strength: float
    transposition: float
    tempo: float


@dataclass(frozen=True, slots=True, eq=False)
class _Built:
    """The works as they were at the last build, with the model learnt from them.

    ``lines`` are those of all works in order; ``owners`` the number of each line's work.
    """

    works: dict[str, tuple[Melody, ...]]
    references: tuple[str, ...]
    lines: tuple[Melody, ...]
    owners: NDArray[np.int64]
    model: MelodyModel | None

    @classmethod
    def of(cls, works: dict[str, tuple[Melody, ...]], model: MelodyModel | None) -> Self:
        references = tuple(sorted(works))
        counts = [len(works[reference]) for reference in references]
        lines = tuple(line for reference in references for line in works[reference])
        owners = np.repeat(np.arange(len(references), dtype=np.int64), counts)
        return cls(dict(works), references, lines, owners, model)

    def best_pairs(self, query: Segments) -> list[_Pair]:
        """The strongest pair of segments for each work that is a candidate."""
        best: dict[int, _Pair] = {}
        if self.model is None:
            return []
        for number, notes in enumerate(query.each()):
            hits = self.model.hits(notes)
            for k in np.argsort(-hits.strength, kind="stable").tolist():
                segment = int(hits.segments[k])
                line, strength = int(self.model.segments.lines[segment]), float(hits.strength[k])
                work = int(self.owners[line])
                if work in best and best[work].strength >= strength:
                    continue
                best[work] = _Pair(
                    number,
                    segment,
                    line,
                    work,
                    strength,
                    float(hits.transposition[k]),
                    float(hits.tempo[k]),
                )
        return list(best.values())


def _score_of(strength: float) -> float:
    """A score in (0, 1) that grows with strength and never saturates."""
    positive = float(np.logaddexp(0.0, strength))
    return positive / (positive + SCORE_HALF)
