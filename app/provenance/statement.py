"""in-toto Statement v1: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md.

As in-toto's parsing rules ask, members that we do not know are ignored at this layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from app.provenance import canonical
from app.provenance.errors import StatementInvalid, SubjectMissing, SubjectUndeclared

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATES: Final = "https://countersign.example/predicates/"
"""Predicate types are names; ``docs/predicates/`` explains each."""

MUSIC_GENERATION: Final = PREDICATES + "music-generation/v1"
SCREENING_COUNTERSIGNATURE: Final = PREDICATES + "screening-countersignature/v1"
RELEASE: Final = PREDICATES + "release/v1"
LICENCE_GRANT: Final = PREDICATES + "licence-grant/v1"

END: Final = r"(?![\s\S])"
"""End of input in a pattern: ``$`` would let a final newline through."""

Sha256Hex = Annotated[str, msgspec.Meta(pattern=f"^[0-9a-f]{{64}}{END}")]


class DigestSet(msgspec.Struct, frozen=True):
    """Digests of one file; sha256 is the one that we compare."""

    sha256: Sha256Hex


class Subject(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file that the statement is about. ``name`` is for people; the digest decides."""

    digest: DigestSet
    name: str | None = None


class InTotoStatement(msgspec.Struct, frozen=True):
    """What is claimed (the predicate) about which files (the subjects)."""

    type: Annotated[Literal["https://in-toto.io/Statement/v1"], "spec v1"] = msgspec.field(
        name="_type"
    )
    subject: Annotated[tuple[Subject, ...], msgspec.Meta(min_length=1)]
    predicate_type: str = msgspec.field(name="predicateType")
    predicate: dict[str, Any]

    @property
    def digests(self) -> frozenset[str]:
        """SHA-256 (hex) of every subject."""
        return frozenset(subject.digest.sha256 for subject in self.subject)


def parse(payload: bytes) -> InTotoStatement:
    """The statement in a canonical payload.

    Raises:
        PayloadNotCanonical: the payload is not RFC 8785 canonical JSON.
        StatementInvalid: it is not an in-toto Statement v1 with SHA-256 subjects.
    """
    document = canonical.parse(payload)
    try:
        statement = msgspec.convert(document, InTotoStatement)
    except msgspec.ValidationError as error:
        raise StatementInvalid(f"The payload is not an in-toto Statement v1: {error}.") from error
    names = [subject.name for subject in statement.subject if subject.name is not None]
    if len(set(names)) != len(names):
        raise StatementInvalid("Two subjects of the statement have the same name.")
    return statement


def encode(subjects: Iterable[Subject], predicate_type: str, predicate: Mapping[str, Any]) -> bytes:
    """The canonical payload of a statement, ready to be signed.

    Raises:
        StatementInvalid: the predicate holds a value that canonical JSON cannot.
    """
    document = {
        "_type": STATEMENT_TYPE,
        "subject": msgspec.to_builtins(list(subjects)),
        "predicateType": predicate_type,
        "predicate": msgspec.to_builtins(predicate),
    }
    try:
        return canonical.encode(document)
    except ValueError as error:
        raise StatementInvalid(f"The statement cannot be written as JSON: {error}.") from error


def require_exactly(statement: InTotoStatement, uploaded: frozenset[str]) -> None:
    """The statement is about the uploaded files, all of them and no others (SHA-256, hex).

    Raises:
        SubjectMissing: it names a file that was not uploaded.
        SubjectUndeclared: an uploaded file is not among its subjects.
    """
    missing = statement.digests - uploaded
    if missing:
        names = [
            subject.name or subject.digest.sha256
            for subject in statement.subject
            if subject.digest.sha256 in missing
        ]
        raise SubjectMissing(
            "Upload exactly the files that the statement binds; not among the uploaded bytes: "
            f"{', '.join(names)}.",
            missing=sorted(missing),
        )
    undeclared = uploaded - statement.digests
    if undeclared:
        raise SubjectUndeclared(
            "The statement must bind every uploaded file; it does not name: "
            f"{', '.join(sorted(undeclared))}.",
            undeclared=sorted(undeclared),
        )


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC, as statements and log entries write it."""
    text: str = msgspec.to_builtins(moment.replace(microsecond=0))
    return text
