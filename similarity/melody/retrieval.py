"""Stage 1: which segments share n-grams with a query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from similarity.melody.latent import latent_basis, unit_rows
from similarity.melody.notes import Notes
from similarity.melody.postings import Postings, places
from similarity.melody.thresholds import (
    LATENT_DIMENSIONS,
    MIN_DOCUMENT_FREQUENCY,
    QUERY_WINDOW,
    QUERY_WINDOW_HOP,
)
from similarity.melody.tokens import token_spans, tokens

MAX_LATENT_TERMS: Final = 65_536
"""The most frequent n-grams carry the latent space; the rest would only add memory."""

Grams = NDArray[np.uint64]
"""The tokens of one stretch of notes, see ``similarity.melody.tokens``."""


class WeightedGrams(NamedTuple):
    """``k`` different tokens, ascending, each with (1 + ln tf) · idf."""

    grams: NDArray[np.uint64]
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class NgramModel:
    """What n-grams are worth, learnt once from the ``documents`` segments of a corpus.

    ``vocabulary`` ``(t,)`` uint64, ascending, are the tokens of the ``t`` n-grams that several
    segments have; ``idf`` ``(t,)`` float32; ``latent_terms`` those rows of the vocabulary that have
    a row in ``basis``, which spans the ``d`` latent dimensions (Deerwester et al. 1990).
    """

    vocabulary: NDArray[np.uint64]
    idf: NDArray[np.float32]
    latent_terms: NDArray[np.int64]
    basis: NDArray[np.float32]
    documents: int

    @classmethod
    def fit(cls, grams: Sequence[Grams], rng: np.random.Generator) -> Self:
        """Learn terms and latent space from the tokens of at least one segment."""
        vocabulary, idf = _vocabulary(grams)
        no_terms, no_basis = np.empty(0, np.int64), np.empty((0, 0), np.float32)
        bare = cls(vocabulary, idf, no_terms, no_basis, len(grams))
        documents, _ = bare._documents(grams, vocabulary)
        frequency = np.bincount(documents.indices, minlength=len(vocabulary))
        latent_terms = np.sort(np.argsort(-frequency, kind="stable")[:MAX_LATENT_TERMS])
        latent = sp.csr_array(documents.tocsc()[:, latent_terms])
        basis = latent_basis(latent, LATENT_DIMENSIONS, rng)
        return replace(bare, latent_terms=latent_terms, basis=basis)

    def postings(self, grams: Sequence[Grams]) -> Postings:
        """Index the segments that the model was fitted on by the n-grams that it kept."""
        return self._postings(grams, self.vocabulary)

    def new_postings(self, grams: Sequence[Grams]) -> Postings:
        """Index other segments by all n-grams they have: to the model many may be unknown."""
        return self._postings(grams, np.unique(np.concatenate([np.empty(0, np.uint64), *grams])))

    def stretches(self, query: Notes) -> Iterator[WeightedGrams]:
        """The tokens of a whole query, then of each of its windows of ``QUERY_WINDOW`` notes."""
        grams = tokens(query)
        order = np.argsort(grams, kind="stable")
        first, last = (ends[order] for ends in token_spans(len(query.pitches)))
        grams, idf = grams[order], self._idf_of(grams[order])
        yield _weighted(grams, idf)
        for start in _window_starts(len(query.pitches)):
            inside = (first >= start) & (last < start + QUERY_WINDOW)
            yield _weighted(grams[inside], idf[inside])

    def latent_vector(self, stretch: WeightedGrams) -> NDArray[np.float32]:
        """The unit latent vector of a stretch, ``(1, d)``."""
        rows = places(self.vocabulary[self.latent_terms], stretch.grams)
        known = rows >= 0
        return unit_rows((stretch.values[known] @ self.basis[rows[known]])[None, :])

    def _idf_of(self, grams: Grams) -> NDArray[np.float32]:
        """What tokens are worth; those that no two segments had are worth the most."""
        terms = places(self.vocabulary, grams)
        idf = np.full(len(grams), np.log(1 + self.documents), dtype=np.float32)
        idf[terms >= 0] = self.idf[terms[terms >= 0]]
        return idf

    def _postings(self, grams: Sequence[Grams], vocabulary: NDArray[np.uint64]) -> Postings:
        documents, norms = self._documents(grams, vocabulary)
        known = places(vocabulary, self.vocabulary[self.latent_terms])
        rows = np.flatnonzero(known >= 0)
        latent = sp.csr_array(documents.tocsc()[:, known[rows]]) @ self.basis[rows]
        return Postings.of(vocabulary, documents, norms, unit_rows(latent))

    def _documents(
        self, grams: Sequence[Grams], vocabulary: NDArray[np.uint64]
    ) -> tuple[sp.csr_array, NDArray[np.float32]]:
        """Rows of (1 + ln tf) · idf of length one, and their lengths before."""
        owners = np.repeat(np.arange(len(grams)), [len(of_segment) for of_segment in grams])
        terms = places(vocabulary, np.concatenate([np.empty(0, np.uint64), *grams]))
        known = terms >= 0
        ones = np.ones(int(known.sum()), dtype=np.float32)
        shape = (len(grams), len(vocabulary))
        counts = sp.csr_array(sp.coo_array((ones, (owners[known], terms[known])), shape=shape))
        counts.data = (1 + np.log(counts.data)) * self._idf_of(vocabulary)[counts.indices]
        norms = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1))).astype(np.float32)
        documents = sp.csr_array(sp.diags_array(1 / np.where(norms > 0, norms, 1)) @ counts)
        return documents.astype(np.float32), norms


def _weighted(grams: Grams, idf: NDArray[np.float32]) -> WeightedGrams:
    """Ascending tokens, repeated ones once."""
    first = np.flatnonzero(np.concatenate([np.ones(len(grams[:1]), bool), grams[1:] != grams[:-1]]))
    counts = np.diff(first, append=len(grams))
    return WeightedGrams(grams[first], (1 + np.log(counts)).astype(np.float32) * idf[first])


def _window_starts(notes: int) -> range:
    return range(0, notes - QUERY_WINDOW // 2 if notes > QUERY_WINDOW else 0, QUERY_WINDOW_HOP)


def _vocabulary(grams: Sequence[Grams]) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
    distinct = [np.unique(of_segment) for of_segment in grams]
    terms, frequency = np.unique(np.concatenate(distinct), return_counts=True)
    # A lone segment would be left without any term, so an index of one keeps them all.
    kept = frequency >= min(MIN_DOCUMENT_FREQUENCY, len(grams))
    idf = np.log(1 + len(grams) / frequency[kept]).astype(np.float32)
    return terms[kept], idf
