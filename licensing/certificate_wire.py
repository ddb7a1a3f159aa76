"""The shape of a licence certificate on the wire: an in-toto Statement v1 and our predicate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from licensing.errors import InvalidCertificate

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "https://countersign.example/predicates/licence-grant/v1"


class Digest(msgspec.Struct, forbid_unknown_fields=True):
    sha256: str


class Subject(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    digest: Digest


class Party(msgspec.Struct, forbid_unknown_fields=True):
    party_id: str
    name: str


class Track(msgspec.Struct, forbid_unknown_fields=True):
    track_id: str
    title: str


class Agreement(msgspec.Struct, forbid_unknown_fields=True):
    template: str
    text_sha256: str
    terms: dict[str, Any]  # read by LicenceTerms.from_document


class Predicate(msgspec.Struct, forbid_unknown_fields=True):
    certificate_id: str
    licensor: Party
    licensee: Party
    track: Track
    order_id: str
    agreement: Agreement
    terms_hash: str
    issued_at: str
    expires_at: str | None
    status_url: str


class Statement(msgspec.Struct, forbid_unknown_fields=True):
    type: str = msgspec.field(name="_type")
    subject: list[Subject]
    predicate_type: str = msgspec.field(name="predicateType")
    predicate: Predicate


def read_statement(document: Mapping[str, object]) -> Statement:
    """The statement as typed parts. Raises InvalidCertificate where it has another shape."""
    try:
        statement = msgspec.convert(document, Statement)
    except msgspec.ValidationError as problem:
        raise InvalidCertificate("the statement", f"has another shape: {problem}") from problem
    if statement.type != STATEMENT_TYPE:
        raise InvalidCertificate("_type", f"is not {STATEMENT_TYPE}")
    if statement.predicate_type != PREDICATE_TYPE:
        raise InvalidCertificate("predicateType", f"is not {PREDICATE_TYPE}")
    return statement
