"""How a corpus takes in works: by a new part beside the others, or by learning anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from similarity.melody.corpus import Corpus
from similarity.melody.fitting import fit
from similarity.melody.part import CorpusPart
from similarity.melody.score import Melody

REFIT_SHARE: Final = 0.25
"""Changed works per work that the model was fitted on, at which it is fitted again. Until then
n-grams that only new works have are not found by, and the null is extrapolated."""

ALWAYS_REFIT_WORKS: Final = 100
"""A corpus up to this size is always learnt anew, which takes seconds: its model knows too little
to be kept."""


def grow(
    corpus: Corpus | None, added: Mapping[str, tuple[Melody, ...]], removed: Collection[str]
) -> Corpus | None:
    """The corpus without ``removed``, with ``added``, which replaces works of the same reference.

    None when no work is left. The parts of the given corpus are shared, not changed.
    """
    if corpus is None:
        return fit(added) if added else None
    dropped = {corpus.works[name] for name in {*added, *removed} if name in corpus.works}
    smaller = replace(corpus, removed=corpus.removed | dropped)
    size = len(smaller) + len(added)
    if not size:
        return None
    base, *deltas = corpus.parts
    changed = sum(len(delta) for delta in deltas) + len(added) + len(smaller.removed)
    if size <= ALWAYS_REFIT_WORKS or changed > REFIT_SHARE * len(base):
        return fit({**smaller.held(), **added})
    if not added:
        return smaller
    return replace(smaller, parts=_appended(corpus.parts, corpus.model.part(added)))


def _appended(parts: tuple[CorpusPart, ...], new: CorpusPart) -> tuple[CorpusPart, ...]:
    """The parts with a new one, joined with those at the end that are no larger.

    So each part after the base is larger than the next, there are few of them, and a work is
    rewritten a logarithmic number of times (Bentley & Saxe 1980).
    """
    base, *deltas = parts
    while deltas and len(deltas[-1]) <= len(new):
        new = CorpusPart.joined(deltas.pop(), new)
    return (base, *deltas, new)
