"""The melody index: scores in, ranked matches with their evidence out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from similarity.errors import IndexCorrupt
from similarity.melody import storage
from similarity.melody.corpus import Corpus
from similarity.melody.growth import grow
from similarity.melody.search import search

if TYPE_CHECKING:
    from similarity.match import Match
    from similarity.melody.part import CorpusPart
    from similarity.melody.score import Melody, Score
    from similarity.parts import NewParts, Parts, State


class MelodyIndex:
    """Melodies of many works, found again in any key, at any tempo, changed here and there.

        index = MelodyIndex()
        index.add("tune.abc", read_score(Path("tune.abc")))
        index.build()
        matches = index.search(read_score(Path("upload.mid")), top=10)

    ``add`` and ``remove`` take effect at the next ``build`` (or ``save``, which builds). A lane of
    ``ReferenceIndex``, see ``similarity.parts``. One thread may change it while others search.
    """

    def __init__(self) -> None:
        self._corpus: Corpus | None = None
        self._names: dict[CorpusPart, str] = {}
        self._added: dict[str, tuple[Melody, ...]] = {}
        self._removed: set[str] = set()

    def __len__(self) -> int:
        return len(self.references)

    def __contains__(self, reference: object) -> bool:
        return reference in self._added or (
            self._corpus is not None
            and reference in self._corpus.works
            and reference not in self._removed
        )

    @property
    def references(self) -> tuple[str, ...]:
        """All references held, in order."""
        built = self._corpus.works.keys() if self._corpus else set()
        return tuple(sorted((built - self._removed) | self._added.keys()))

    def add(self, reference: str, score: Score) -> None:
        """Add a work, or replace it; searched after the next ``build``."""
        self._added[reference] = score.voices

    def remove(self, reference: str) -> None:
        """Remove a work; found no more after the next ``build``.

        Raises:
            KeyError: there is no such reference.
        """
        if reference not in self:
            raise KeyError(reference)
        self._added.pop(reference, None)
        self._removed.add(reference)

    def build(self) -> None:
        """Make what was added and removed searchable, on all cores.

        A few works beside many are indexed by what is known already; when a good part of the corpus
        has changed, all that depends on it is learnt anew. See ``similarity.melody.growth``.
        """
        if self._added or self._removed:
            self._corpus = grow(self._corpus, self._added, self._removed)
            self._added, self._removed = {}, set()

    def search(self, score: Score, top: int = 10) -> list[Match]:
        """The ``top`` works most like the query, best first, those below the bands too.

        A note-for-note copy, in any key, has score 1 and comes first. Empty for an empty index.
        """
        corpus = self._corpus
        return search(corpus, score, top) if corpus else []

    def save(self, parts: NewParts) -> State:
        """Build, write what is in none of the parts yet, and name the parts in force."""
        self.build()
        if self._corpus is None:
            return storage.state_of((), frozenset())
        self._names = {
            part: self._kept(part, parts) or self._written(part, parts)
            for part in self._corpus.parts
        }
        return storage.state_of(tuple(self._names.values()), self._corpus.removed)

    @classmethod
    def load(cls, parts: Parts, state: State) -> Self:
        """Read what ``save`` wrote, ready to search; arrays stay in their files until needed.

        Raises:
            ValueError, KeyError, OSError, EOFError: the files are damaged or missing.
            IndexCorrupt: a part is missing.
        """
        index = cls()
        index._corpus, names = storage.read(parts, state)
        if index._corpus:
            index._names = dict(zip(index._corpus.parts, names, strict=True))
        return index

    def _kept(self, part: CorpusPart, parts: NewParts) -> str | None:
        """The name of a part that was written already, unless its snapshot never came to be."""
        name = self._names.get(part)
        if name is None:
            return None
        try:
            parts.folder(name)
        except IndexCorrupt:
            return None
        return name

    def _written(self, part: CorpusPart, parts: NewParts) -> str:
        name, folder = parts.new()
        storage.write_part(folder, part)
        if self._corpus and part is self._corpus.parts[0]:
            storage.write_model(folder, self._corpus.model)
        return name
