"""What generators' own terms let a creator sell: policy as data.

Each rule is our reading of a vendor's terms on a date; vendors change them without asking, so rules
carry the date and where it was read, and a new reading replaces the row. Plans count as they were
*when the track was generated*: no vendor below makes an upgrade retroactive.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from licensing.templates import OfferKind

NON_EXCLUSIVE_KINDS: Final = frozenset(
    {OfferKind.NON_EXCLUSIVE_SYNC, OfferKind.COMMERCIAL_NON_EXCLUSIVE}
)


@dataclass(frozen=True, slots=True)
class GeneratorRule:
    """What may be sold of music made with ``generator`` on one of ``plans`` (None: on any).

    Names are lower case. ``permitted`` may be sold as it is; ``with_ownership_evidence`` only with
    a document showing that the creator owns the track. ``reason`` is a sentence for the creator.
    """

    generator: str
    plans: frozenset[str] | None
    permitted: frozenset[OfferKind]
    with_ownership_evidence: frozenset[OfferKind]
    reason: str
    read_on: date
    source: str


GENERATOR_RULES: Final = (
    GeneratorRule(
        generator="suno",
        plans=frozenset({"free", "basic"}),
        permitted=frozenset(),
        with_ownership_evidence=frozenset(),
        reason="Songs made on its free plan are never for commercial use, also after an upgrade.",
        read_on=date(2026, 1, 31),
        source="vendor's help pages and their press, January 2026",
    ),
    GeneratorRule(
        generator="suno",
        plans=frozenset({"pro", "premier"}),
        permitted=NON_EXCLUSIVE_KINDS,
        with_ownership_evidence=frozenset({OfferKind.EXCLUSIVE}),
        reason=(
            "Its paid plans give commercial use, but users are generally not considered the owner:"
            " an exclusive licence needs evidence of ownership."
        ),
        read_on=date(2026, 1, 31),
        source="vendor's help pages and their press, January 2026",
    ),
    GeneratorRule(
        generator="udio",
        plans=None,
        permitted=frozenset(),
        with_ownership_evidence=frozenset(),
        reason="Its terms give personal, non-commercial use only, and the vendor owns the output.",
        read_on=date(2026, 6, 15),
        source="terms as revised on 12 November 2025",
    ),
    GeneratorRule(
        generator="aiva",
        plans=frozenset({"free", "standard"}),
        permitted=frozenset(),
        with_ownership_evidence=frozenset(),
        reason="On its free and standard plans the vendor owns the copyright.",
        read_on=date(2021, 12, 31),
        source="vendor's licence page of 2021, the newest we have",
    ),
    GeneratorRule(
        generator="aiva",
        plans=frozenset({"pro"}),
        permitted=NON_EXCLUSIVE_KINDS,
        with_ownership_evidence=frozenset({OfferKind.EXCLUSIVE}),
        reason=(
            "Its pro plan makes the user the owner within limits of size: an exclusive licence"
            " needs evidence that they are met."
        ),
        read_on=date(2021, 12, 31),
        source="vendor's licence page of 2021, the newest we have",
    ),
    GeneratorRule(
        generator="soundraw",
        plans=frozenset({"creator"}),
        permitted=frozenset(),
        with_ownership_evidence=frozenset(),
        reason="Its creator plan covers background music in one's own videos and forbids resale.",
        read_on=date(2026, 11, 1),
        source="vendor's licence page",
    ),
    GeneratorRule(
        generator="elevenlabs",
        plans=None,
        permitted=NON_EXCLUSIVE_KINDS,
        with_ownership_evidence=frozenset(),
        reason="It does not guarantee that its output is exclusive to anybody.",
        read_on=date(2026, 5, 26),
        source="vendor's music terms, which differ by model version",
    ),
)

DEFAULT_RULE: Final = GeneratorRule(
    generator="",
    plans=None,
    permitted=NON_EXCLUSIVE_KINDS,
    with_ownership_evidence=frozenset({OfferKind.EXCLUSIVE}),
    reason=(
        "We have no reading of its terms: the creator's attestation covers non-exclusive licences,"
        " an exclusive licence needs evidence of ownership."
    ),
    read_on=date(2026, 11, 20),
    source="our own policy",
)
