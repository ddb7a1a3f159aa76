"""Latent semantic indexing: a short dense vector for each segment's n-grams."""

from __future__ import annotations

from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

_OVERSAMPLING: Final = 16
_POWER_ITERATIONS: Final = 2


def latent_basis(
    documents: sp.csr_array, dimensions: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """The leading right singular vectors of a documents-by-terms matrix, ``(terms, dimensions)``.

    Randomised SVD (Halko, Martinsson & Tropp 2011, algorithms 4.4 and 5.1). Fewer dimensions come
    back where the matrix has no more, none for a single document.
    """
    rank = min(dimensions, min(documents.shape) - 1)
    if rank < 1:
        return np.empty((documents.shape[1], 0), dtype=np.float32)
    width = min(rank + _OVERSAMPLING, *documents.shape)
    transposed = documents.T.tocsr()
    sample = documents @ rng.standard_normal((documents.shape[1], width), dtype=np.float32)
    basis, _ = np.linalg.qr(sample)
    for _ in range(_POWER_ITERATIONS):
        terms, _ = np.linalg.qr(transposed @ basis)
        basis, _ = np.linalg.qr(documents @ terms)
    _, _, right = np.linalg.svd((transposed @ basis).T, full_matrices=False)
    return np.ascontiguousarray(right[:rank].T, dtype=np.float32)


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows scaled to length one; rows of zeros stay as they are."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.where(norms > 0, norms, 1), dtype=np.float32)
