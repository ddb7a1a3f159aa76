"""What the findings mean: which band, in which lane, against which corpus, does what to which sale.

Data, so that a marketplace's lawyers can read it. A table is never edited once a verdict was given
under it: a change is a new version beside the old one, so that every verdict can be explained with
the words of its day. Each table is checked when made, so a wrong one cannot be imported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from types import MappingProxyType
from typing import Final

import rfc8785

from app.core.errors import NotFound
from app.screening.lanes import Corpus, Lane
from licensing.templates import OfferKind
from similarity.match import Band, Verdict

SEVERITY: Final = (Verdict.CLEAR, Verdict.REVIEW, Verdict.BLOCK)
"""Mildest first."""

STRENGTH: Final = (Band.NONE, Band.REVIEW, Band.BLOCK)
"""Weakest first."""

DEMANDS: Final = (
    OfferKind.NON_EXCLUSIVE_SYNC,
    OfferKind.COMMERCIAL_NON_EXCLUSIVE,
    OfferKind.EXCLUSIVE,
)
"""Licences by how much they promise, least first: an exclusive one says that nobody else has it."""

Row = tuple[Verdict, Verdict, Verdict]
"""A verdict for each of ``DEMANDS``."""

Rules = Mapping[tuple[Lane, Corpus, Band], Row]


class PolicyUnknown(NotFound):
    """No policy of ours has this name."""

    slug = "policy-unknown"
    title = "There is no such screening policy"


class MalformedPolicy(ValueError):
    """A table with a hole, or one that punishes weakness."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the table.

    Raises MalformedPolicy unless every combination has a row; a stronger band never gets a milder
    verdict; a licence that promises more never gets a milder one; what matched nothing is clear;
    and a transcription alone never blocks.
    """

    uri: str
    rules: Rules

    def __post_init__(self) -> None:
        missing = set(product(Lane, Corpus, Band)) - set(self.rules)
        if missing:
            raise MalformedPolicy(f"{self.uri} says nothing of {sorted(missing)}")
        for lane, corpus in product(Lane, Corpus):
            self._check(lane, corpus)

    def verdict(self, lane: Lane, corpus: Corpus, band: Band, licence: OfferKind) -> Verdict:
        """What one match does to one kind of licence."""
        return self.rules[lane, corpus, band][DEMANDS.index(licence)]

    @property
    def sha256(self) -> str:
        """Digest (hex) of the table in canonical JSON: goes into the evidence beside its name."""
        return hashlib.sha256(rfc8785.dumps(list(self.rows()))).hexdigest()

    def rows(self) -> Iterator[dict[str, str]]:
        """The table as plain values, in a fixed order."""
        for lane, corpus, band in product(Lane, Corpus, Band):
            verdicts = {
                licence.value: self.verdict(lane, corpus, band, licence).value
                for licence in DEMANDS
            }
            yield {"lane": lane.value, "corpus": corpus.value, "band": band.value, **verdicts}

    def _check(self, lane: Lane, corpus: Corpus) -> None:
        where = f"{self.uri}, {lane} against {corpus}"
        rows = [self.rules[lane, corpus, band] for band in STRENGTH]
        if set(rows[0]) != {Verdict.CLEAR}:
            raise MalformedPolicy(f"{where}: no match is no reason")
        if not all(_rises(row) for row in rows):
            raise MalformedPolicy(f"{where}: a licence that promises more is judged more mildly")
        if not all(_rises(verdicts) for verdicts in zip(*rows, strict=True)):
            raise MalformedPolicy(f"{where}: a stronger match is judged more mildly")
        if lane is Lane.TRANSCRIPTION and Verdict.BLOCK in rows[-1]:
            raise MalformedPolicy(f"{where}: a transcription alone may not block")


def _rises(verdicts: Sequence[Verdict]) -> bool:
    return all(
        SEVERITY.index(milder) <= SEVERITY.index(harsher) for milder, harsher in pairwise(verdicts)
    )


_CLEAR: Final = (Verdict.CLEAR,) * 3
_REVIEW: Final = (Verdict.REVIEW,) * 3
_BLOCK: Final = (Verdict.BLOCK,) * 3
_R, _C = Corpus.REFERENCES, Corpus.CATALOGUE

POLICY_1: Final = Policy(
    uri="https://countersign.example/policies/screening/v1",
    rules=MappingProxyType(
        {
            **{(lane, corpus, Band.NONE): _CLEAR for lane, corpus in product(Lane, Corpus)},
            **{(lane, corpus, Band.REVIEW): _REVIEW for lane, corpus in product(Lane, Corpus)},
            **{(lane, corpus, Band.BLOCK): _BLOCK for lane, corpus in product(Lane, Corpus)},
            # Nothing was transcribed under it.
            (Lane.TRANSCRIPTION, _R, Band.BLOCK): _REVIEW,
            (Lane.TRANSCRIPTION, _C, Band.BLOCK): _REVIEW,
        }
    ),
)

POLICY_2: Final = Policy(
    uri="https://countersign.example/policies/screening/v2",
    rules=MappingProxyType(
        {
            (Lane.RECORDING, _R, Band.NONE): _CLEAR,
            (Lane.RECORDING, _R, Band.REVIEW): _REVIEW,
            (Lane.RECORDING, _R, Band.BLOCK): _BLOCK,
            (Lane.RECORDING, _C, Band.NONE): _CLEAR,
            (Lane.RECORDING, _C, Band.REVIEW): _REVIEW,
            (Lane.RECORDING, _C, Band.BLOCK): _BLOCK,
            (Lane.MELODY, _R, Band.NONE): _CLEAR,
            (Lane.MELODY, _R, Band.REVIEW): _REVIEW,
            (Lane.MELODY, _R, Band.BLOCK): _BLOCK,
            # Two sellers may have set the same old tune: a person looks before anybody is stopped,
            # but what another sells cannot be promised to one buyer alone.
            (Lane.MELODY, _C, Band.NONE): _CLEAR,
            (Lane.MELODY, _C, Band.REVIEW): _REVIEW,
            (Lane.MELODY, _C, Band.BLOCK): (Verdict.REVIEW, Verdict.REVIEW, Verdict.BLOCK),
            # An estimate in doubt delays no ordinary sale; exclusivity is promised without doubt.
            (Lane.TRANSCRIPTION, _R, Band.NONE): _CLEAR,
            (Lane.TRANSCRIPTION, _R, Band.REVIEW): (Verdict.CLEAR, Verdict.CLEAR, Verdict.REVIEW),
            (Lane.TRANSCRIPTION, _R, Band.BLOCK): _REVIEW,
            (Lane.TRANSCRIPTION, _C, Band.NONE): _CLEAR,
            (Lane.TRANSCRIPTION, _C, Band.REVIEW): (Verdict.CLEAR, Verdict.CLEAR, Verdict.REVIEW),
            (Lane.TRANSCRIPTION, _C, Band.BLOCK): _REVIEW,
        }
    ),
)

POLICIES: Final = MappingProxyType({policy.uri: policy for policy in (POLICY_1, POLICY_2)})
"""Every policy that verdicts were ever given under, by the name in their evidence."""

CURRENT: Final = POLICY_2


def policy_of(uri: str) -> Policy:
    """The policy that a verdict names.

    Raises:
        PolicyUnknown
    """
    try:
        return POLICIES[uri]
    except KeyError:
        raise PolicyUnknown("Policies are listed at /v1/screening-policies.") from None
