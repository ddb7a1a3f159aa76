"""Latent semantic indexing: a short dense vector for each segment's n-grams."""

from __future__ import annotations

from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

_OVERSAMPLING: Final = 16
_POWER_ITERATIONS: Final = 1
_NOISE: Final = 1e-6
"""Share of the largest squared singular value below which single precision knows no direction."""


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
    for _ in range(_POWER_ITERATIONS):
        basis, _ = np.linalg.qr(sample)
        sample = documents @ (transposed @ basis)
    basis, _ = np.linalg.qr(sample)
    # The right vectors from the small Gram matrix: a QR of all terms would cost the most.
    projected = transposed @ basis
    squared, turn = np.linalg.eigh(projected.T @ projected)
    leading = np.argsort(-squared)[:rank]
    leading = leading[squared[leading] > _NOISE * squared.max(initial=0.0)]
    right = projected @ (turn[:, leading] / np.sqrt(squared[leading]))
    return np.ascontiguousarray(right, dtype=np.float32)


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows scaled to length one; rows of zeros stay as they are."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.where(norms > 0, norms, 1), dtype=np.float32)
