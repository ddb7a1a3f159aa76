"""The predicate ``music-generation/v1``: what a generator declares about a piece it made.

Unlike the statement around it this document is closed: a misspelt declaration must not pass for
an absent one. Vendors put what is theirs under ``extensions``. Documented with its JSON schema in
``docs/predicates/``.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from app.provenance.errors import StatementInvalid
from app.provenance.statement import END, MUSIC_GENERATION, InTotoStatement, Sha256Hex

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
Share = Literal["none", "partial", "full"]
Use = Literal["allowed", "notAllowed", "constrained"]
Seed = Annotated[str, msgspec.Meta(pattern=f"^-?(0|[1-9][0-9]{{0,38}}){END}", examples=["42"])]
"""Decimal digits in a string: JSON numbers lose seeds beyond 2**53."""

MAX_PROMPT_CHARACTERS: Final = 20_000


class _Closed(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename="camel",
):
    pass


class GeneratorName(_Closed, frozen=True):
    """The product as its provider registered it, and the version that ran."""

    name: Text
    version: Text
    provider: Text


class Model(_Closed, frozen=True):
    """The model that ran; ``sha256`` of its weights where the provider publishes it."""

    name: Text
    version: Text
    sha256: Sha256Hex | None = None


class Prompt(_Closed, frozen=True):
    """What was asked for. ``salted_sha256`` is HMAC-SHA-256 of the text under the salt.

    Leave text and salt out and the prompt stays private; hand both out later and anyone can check
    them. Discarding the salt erases it.
    """

    salted_sha256: Sha256Hex
    salt: Annotated[str, msgspec.Meta(pattern=f"^[0-9a-f]{{32,128}}{END}")] | None = None
    text: Annotated[str, msgspec.Meta(max_length=MAX_PROMPT_CHARACTERS)] | None = None
    language: Text | None = None


class Step(_Closed, frozen=True):
    """One thing that was done, in order; digests name the files that went in and came out."""

    operation: Text
    tool: Text
    version: Text
    parameters_sha256: Sha256Hex | None = None
    inputs: tuple[Sha256Hex, ...] = ()
    outputs: tuple[Sha256Hex, ...] = ()


class Stem(_Closed, frozen=True):
    """Which of the subjects is a stem, and what plays or sings on it."""

    sha256: Sha256Hex
    role: Text


class Reference(_Closed, frozen=True):
    """Audio that the generator was given to follow, and the licence to do so."""

    sha256: Sha256Hex
    licence: Text


class TrainingData(_Closed, frozen=True):
    """Where the provider declares what the model was trained on."""

    declaration_uri: Text
    opt_outs_respected: bool
    sha256: Sha256Hex | None = None


class VoiceConsent(_Closed, frozen=True):
    """A signed consent to use a voice: its digest, and what it covers."""

    sha256: Sha256Hex
    scope: Text


class VoiceLikeness(_Closed, frozen=True):
    """Whether a real person's voice is imitated; if so, with whose consent."""

    used: bool
    consents: tuple[VoiceConsent, ...] = ()


class Attestation(_Closed, frozen=True):
    """A declaration that a party signed elsewhere, by the digest of its text."""

    type: Text
    party: Text
    statement_sha256: Sha256Hex


class AiFacets(_Closed, frozen=True):
    """How much of each part of the work was generated (the facets of DDEX's AI disclosure)."""

    vocals: Share
    instrumentation: Share
    composition: Share
    lyrics: Share
    post_production: Share


class TrainingMining(_Closed, frozen=True):
    """May others learn from this recording (the entries of ``cawg.training-mining``)?"""

    data_mining: Use
    ai_training: Use
    ai_generative_training: Use
    ai_inference: Use


class MusicGeneration(_Closed, frozen=True):
    """Everything that a generator declares about one piece."""

    generator: GeneratorName
    model: Model
    seed: Seed
    created_at: Annotated[datetime, msgspec.Meta(tz=True)]
    prompt: Prompt
    steps: tuple[Step, ...]
    voice_likeness: VoiceLikeness
    attestations: tuple[Attestation, ...]
    ai_facets: AiFacets
    stems: tuple[Stem, ...] = ()
    references: tuple[Reference, ...] = ()
    training_data: TrainingData | None = None
    training_mining: TrainingMining | None = None
    extensions: dict[str, Any] = {}


def parse(statement: InTotoStatement) -> MusicGeneration:
    """The predicate of a music-generation statement.

    Raises:
        StatementInvalid: another predicate type, a malformed member, a stem that is no subject, a
            voice without consent, or a prompt that does not fit its salted hash.
    """
    if statement.predicate_type != MUSIC_GENERATION:
        raise StatementInvalid(f"The predicate type must be {MUSIC_GENERATION}.")
    try:
        predicate = msgspec.convert(statement.predicate, MusicGeneration)
    except msgspec.ValidationError as error:
        raise StatementInvalid(f"The predicate is not music-generation/v1: {error}.") from error
    strays = {stem.sha256 for stem in predicate.stems} - statement.digests
    if strays:
        raise StatementInvalid(
            f"These stems are not among the statement's subjects: {', '.join(sorted(strays))}."
        )
    if predicate.voice_likeness.used and not predicate.voice_likeness.consents:
        raise StatementInvalid("A voice likeness is declared as used, but no consent to it.")
    _check_prompt(predicate.prompt)
    return predicate


def salted_sha256(text: str, salt: bytes) -> str:
    """HMAC-SHA-256 (hex) of a prompt under its salt."""
    return hmac.new(salt, text.encode(), hashlib.sha256).hexdigest()


def _check_prompt(prompt: Prompt) -> None:
    if prompt.text is None and prompt.salt is None:
        return
    if prompt.text is None or prompt.salt is None:
        raise StatementInvalid("A disclosed prompt needs both its text and its salt.")
    if len(prompt.salt) % 2 or salted_sha256(prompt.text, bytes.fromhex(prompt.salt)) != (
        prompt.salted_sha256
    ):
        raise StatementInvalid("The prompt's text and salt do not give its saltedSha256.")
