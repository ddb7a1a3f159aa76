"""What a creator signs before publishing, word for word.

A text is never edited once somebody signed it: a change is a new version, and publishing then asks
for the new signature. What was signed is told by the digest of the text, not by its name alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from licensing.digests import text_sha256
from licensing.errors import AttestationsMissing, UnknownAttestation
from licensing.timestamps import require_aware


@dataclass(frozen=True, slots=True)
class Attestation:
    """One statement in one version."""

    attestation_id: str
    version: int
    text: str

    @property
    def reference(self) -> str:
        """``att:<id>@<version>``."""
        return f"att:{self.attestation_id}@{self.version}"

    @property
    def text_sha256(self) -> str:
        """Hex digest of the statement."""
        return text_sha256(self.text)


INPUTS: Final = Attestation(
    "inputs",
    1,
    "Everything I put into this track besides the generator's own output (lyrics, melodies,"
    " recordings, scores, reference audio) is my own, in the public domain, or licensed to me for"
    " this use. I can show the licences.",
)
SAMPLES: Final = Attestation(
    "samples",
    1,
    "The track contains no sample of a recording and no part of a composition of somebody else"
    " that is not cleared for sale in the licences I offer.",
)
VOICE: Final = Attestation(
    "voice",
    1,
    "The track does not imitate the voice or likeness of a real person, living or dead, unless that"
    " person, or whoever holds their rights, has consented in writing. I can show the consent.",
)
GENERATOR_PLAN: Final = Attestation(
    "generator-plan",
    1,
    "When I generated the track, my plan with the generator's vendor allowed me to use it"
    " commercially and to license it to others as I offer it. I have stated generator, model"
    " version and plan truthfully.",
)
AI_DISCLOSURE: Final = Attestation(
    "ai-disclosure",
    1,
    "I have stated truthfully which parts of the track (vocals, instruments, composition, lyrics,"
    " post-production) were made with AI, fully or in part. I agree that the track is labelled so"
    " wherever it is offered, and that marks of it in the files are kept.",
)

REQUIRED: Final = (INPUTS, SAMPLES, VOICE, GENERATOR_PLAN, AI_DISCLOSURE)


@dataclass(frozen=True, slots=True)
class SignedAttestation:
    """That a party signed a text at a time. Raises NaiveTimestamp."""

    reference: str
    text_sha256: str
    signer_id: str
    signed_at: datetime

    def __post_init__(self) -> None:
        require_aware(self.signed_at)


def attestation_of(reference: str) -> Attestation:
    """The attestation in force behind ``att:<id>@<version>``. Raises UnknownAttestation."""
    for attestation in REQUIRED:
        if attestation.reference == reference:
            return attestation
    raise UnknownAttestation(reference)


def sign(reference: str, signer_id: str, signed_at: datetime) -> SignedAttestation:
    """Sign the text in force. Raises UnknownAttestation, NaiveTimestamp."""
    attestation = attestation_of(reference)
    return SignedAttestation(reference, attestation.text_sha256, signer_id, signed_at)


def missing(signed: Iterable[SignedAttestation]) -> tuple[Attestation, ...]:
    """The required attestations that nobody signed in their present text."""
    texts = {(signature.reference, signature.text_sha256) for signature in signed}
    return tuple(
        attestation
        for attestation in REQUIRED
        if (attestation.reference, attestation.text_sha256) not in texts
    )


def require_signed(signed: Iterable[SignedAttestation]) -> None:
    """Raise AttestationsMissing unless nothing is ``missing``."""
    absent = missing(signed)
    if absent:
        raise AttestationsMissing(tuple(attestation.reference for attestation in absent))
