"""Stage 1: which segments of the index share n-grams with a query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import faiss
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from similarity.melody.latent import latent_basis, unit_rows
from similarity.melody.notes import Notes
from similarity.melody.segments import Segments
from similarity.melody.thresholds import (
    CANDIDATES_WHOLE,
    CANDIDATES_WINDOW,
    LATENT_DIMENSIONS,
    MIN_DOCUMENT_FREQUENCY,
    QUERY_WINDOW,
    QUERY_WINDOW_HOP,
)
from similarity.melody.tokens import tokens

MAX_LATENT_TERMS: Final = 65_536
"""The most frequent n-grams carry the latent space; the rest would only add memory."""

_WINDOW_LENGTH_PIVOT: Final = 0.5
"""A fragment must be found in a long segment as well: windows see half of the length norm."""


@dataclass(frozen=True, slots=True, eq=False)
class NgramIndex:
    """TF-IDF postings and latent vectors of ``s`` segments over ``t`` terms.

    ``vocabulary`` ``(t,)`` uint64, ascending; ``idf`` ``(t,)``; ``postings`` sparse ``(t, s)`` of
    unit columns; ``norms`` ``(s,)`` their lengths before; ``latent_terms`` rows of the vocabulary
    with a row in ``basis``; ``vectors`` ``(s, d)`` unit rows, searched by inner product.
    """

    vocabulary: NDArray[np.uint64]
    idf: NDArray[np.float32]
    postings: sp.csr_array
    norms: NDArray[np.float32]
    latent_terms: NDArray[np.int64]
    basis: NDArray[np.float32]
    vectors: NDArray[np.float32]

    @classmethod
    def fit(cls, segments: Segments, rng: np.random.Generator) -> Self:
        """Learn terms and latent space from the segments of an index, and index them."""
        grams = [tokens(notes) for notes in segments.each()]
        vocabulary, idf = _vocabulary(grams)
        weighted = _weigh(grams, vocabulary, idf)
        norms = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1))).astype(np.float32)
        documents = sp.csr_array(sp.diags_array(1 / np.where(norms > 0, norms, 1)) @ weighted)
        documents = documents.astype(np.float32)
        frequency = np.bincount(documents.indices, minlength=len(vocabulary))
        latent_terms = np.sort(np.argsort(-frequency, kind="stable")[:MAX_LATENT_TERMS])
        latent = sp.csr_array(documents.tocsc()[:, latent_terms])
        basis = latent_basis(latent, LATENT_DIMENSIONS, rng)
        return cls(
            vocabulary,
            idf,
            sp.csr_array(documents.T),
            norms,
            latent_terms,
            basis,
            unit_rows(latent @ basis),
        )

    def dense(self) -> faiss.IndexFlatIP | None:
        """The FAISS index over ``vectors``; None where there is no latent space."""
        if not self.vectors.shape[1]:
            return None
        index = faiss.IndexFlatIP(self.vectors.shape[1])
        index.add(self.vectors)
        return index

    def candidates(self, query: Notes, dense: faiss.IndexFlatIP | None) -> NDArray[np.int64]:
        """Numbers of the segments that one query segment might share a passage with, ascending.

        The union of the best by n-grams and by latent vector for the whole query, and the best by
        n-grams for each window of ``QUERY_WINDOW`` notes.
        """
        stretches = [query, *_windows(query)]
        queries = _weigh([tokens(notes) for notes in stretches], self.vocabulary, self.idf)
        scores = (queries @ self.postings).toarray()
        scores[1:] *= self.norms**_WINDOW_LENGTH_PIVOT
        found = [_best(scores[0], CANDIDATES_WHOLE)]
        found += [_best(row, CANDIDATES_WINDOW) for row in scores[1:]]
        if dense is not None:
            vector = unit_rows(queries[:1].tocsc()[:, self.latent_terms] @ self.basis)
            _, near = dense.search(vector, min(CANDIDATES_WHOLE, len(self.norms)))
            found.append(near[0][near[0] >= 0])
        return np.unique(np.concatenate(found)).astype(np.int64)


def _windows(query: Notes) -> list[Notes]:
    length = len(query.pitches)
    starts = range(0, length - QUERY_WINDOW // 2, QUERY_WINDOW_HOP) if length > QUERY_WINDOW else ()
    return [query.part(a, a + QUERY_WINDOW) for a in starts]


def _vocabulary(
    grams: list[NDArray[np.uint64]],
) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
    distinct = [np.unique(of_segment) for of_segment in grams]
    terms, frequency = np.unique(np.concatenate(distinct), return_counts=True)
    # A lone segment would be left without any term, so an index of one keeps them all.
    kept = frequency >= min(MIN_DOCUMENT_FREQUENCY, len(grams))
    idf = np.log(1 + len(grams) / frequency[kept]).astype(np.float32)
    return terms[kept], idf


def _weigh(
    grams: list[NDArray[np.uint64]],
    vocabulary: NDArray[np.uint64],
    idf: NDArray[np.float32],
) -> sp.csr_array:
    """Rows of (1 + ln tf) · idf over the vocabulary."""
    owners = np.repeat(np.arange(len(grams)), [len(of_segment) for of_segment in grams])
    flat = np.concatenate(grams)
    places = np.minimum(np.searchsorted(vocabulary, flat), max(len(vocabulary) - 1, 0))
    known = vocabulary[places] == flat if len(vocabulary) else np.zeros(len(flat), dtype=np.bool_)
    shape = (len(grams), len(vocabulary))
    ones = np.ones(int(known.sum()), dtype=np.float32)
    counts = sp.coo_array((ones, (owners[known], places[known])), shape=shape).tocsr()
    counts.data = (1 + np.log(counts.data)) * idf[counts.indices]
    return sp.csr_array(counts)


def _best(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    positive = np.flatnonzero(scores > 0)
    if len(positive) <= count:
        return positive
    return positive[np.argpartition(-scores[positive], count)[:count]]
