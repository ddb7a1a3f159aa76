"""An inverted index of n-grams, with a latent vector for each segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Self

import faiss
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from similarity.compiled import compiled


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """``s`` segments under ``t`` n-grams.

    ``vocabulary`` ``(t,)`` uint64, ascending, are the n-grams' tokens. ``bounds`` ``(t + 1,)``
    int64 bounds each one's entries in ``segments`` int32 and ``weights`` float32, both ``(p,)``:
    TF-IDF, of length one over each segment. ``norms`` ``(s,)`` are the lengths before;
    ``vectors`` ``(s, d)`` unit latent vectors.
    """

    vocabulary: NDArray[np.uint64]
    bounds: NDArray[np.int64]
    segments: NDArray[np.int32]
    weights: NDArray[np.float32]
    norms: NDArray[np.float32]
    vectors: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        vocabulary: NDArray[np.uint64],
        documents: sp.csr_array,
        norms: NDArray[np.float32],
        vectors: NDArray[np.float32],
    ) -> Self:
        """Turn rows ``(s, t)`` of weights of length one into entries of terms."""
        by_term = sp.csr_array(documents.T)
        return cls(
            vocabulary,
            by_term.indptr.astype(np.int64),
            by_term.indices.astype(np.int32),
            by_term.data.astype(np.float32),
            norms,
            vectors,
        )

    @classmethod
    def joined(cls, first: Postings, second: Postings) -> Self:
        """The entries of two sets of segments, the second numbered after the first."""
        vocabulary = np.union1d(first.vocabulary, second.vocabulary)
        documents = sp.vstack(
            [first._documents(vocabulary), second._documents(vocabulary)], format="csr"
        )
        return cls.of(
            vocabulary,
            documents,
            np.concatenate([first.norms, second.norms]),
            np.concatenate([first.vectors, second.vectors]),
        )

    def __len__(self) -> int:
        return len(self.norms)

    def likeness(
        self, terms: NDArray[np.int64], values: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Inner product of each segment with weighted n-grams ``(k,)``; shape ``(s,)``.

        ``terms`` are their places in the vocabulary, -1 for n-grams that are not in it.
        """
        entries = _Entries(self.bounds, self.segments, self.weights)
        return _likeness(terms, values, entries, len(self))

    def nearest(
        self, vector: NDArray[np.float32], count: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Inner products and numbers of the ``count`` segments nearest to a vector ``(1, d)``."""
        if not len(self) or not vector.shape[1]:
            return np.empty(0, np.float32), np.empty(0, np.int64)
        # Exact search over the array as it lies, mapped or not: FAISS keeps no copy of its own.
        likeness, near = faiss.knn(
            vector, self.vectors, min(count, len(self)), faiss.METRIC_INNER_PRODUCT
        )
        return likeness[0], near[0]

    def _documents(self, vocabulary: NDArray[np.uint64]) -> sp.csr_array:
        """Rows of segments under a vocabulary that contains this one."""
        terms = np.repeat(np.searchsorted(vocabulary, self.vocabulary), np.diff(self.bounds))
        shape = (len(self), len(vocabulary))
        return sp.csr_array(sp.coo_array((self.weights, (self.segments, terms)), shape=shape))


def places(vocabulary: NDArray[np.uint64], grams: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The place of each token in an ascending vocabulary, -1 where it has none."""
    if not len(vocabulary):
        return np.full(len(grams), -1, dtype=np.int64)
    found = np.minimum(np.searchsorted(vocabulary, grams), len(vocabulary) - 1)
    return np.where(vocabulary[found] == grams, found, -1).astype(np.int64)


class _Entries(NamedTuple):
    """The arrays of the same names, in the form that compiled code takes."""

    bounds: NDArray[np.int64]
    segments: NDArray[np.int32]
    weights: NDArray[np.float32]


@compiled
def _likeness(
    terms: NDArray[np.int64], values: NDArray[np.float32], entries: _Entries, segments: int
) -> NDArray[np.float32]:
    found = np.zeros(segments, dtype=np.float32)
    for k in range(len(terms)):
        if terms[k] < 0:
            continue
        for entry in range(entries.bounds[terms[k]], entries.bounds[terms[k] + 1]):
            found[entries.segments[entry]] += values[k] * entries.weights[entry]
    return found
