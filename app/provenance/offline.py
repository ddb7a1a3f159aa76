"""Verifying documents of ours with no database and no network: bytes and trusted keys in, a report
out.

A signature counts only under a key that the verifier named. Keys inside a document show that it is
intact, never that it is genuine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeVar

import msgspec

from app.core.errors import ServiceError, UnsupportedMediaType
from app.provenance import canonical, keys, music_generation
from app.provenance import statement as in_toto
from app.provenance.bundle import Bundle
from app.provenance.checkpoint import NoteKey
from app.provenance.disclosure import Disclosure
from app.provenance.dsse import INTOTO, MAX_ENVELOPE_BYTES, Envelope
from app.provenance.errors import ReceiptInvalid, StatementInvalid
from app.provenance.keys import PublicKey
from app.provenance.receipt import MAX_RECEIPT_CHARACTERS, Receipt
from app.provenance.statement import MUSIC_GENERATION, InTotoStatement

MAX_DOCUMENT_BYTES: Final = 2 * MAX_ENVELOPE_BYTES + MAX_RECEIPT_CHARACTERS
_RECEIPT_PREFIX: Final = b"c2sp.org/tlog-proof@"
_KNOWN: Final = "a DSSE envelope, a log receipt, a bundle of the two, or a disclosure"

Document = TypeVar("Document", Bundle, Disclosure)


class UnknownDocument(UnsupportedMediaType):
    """Neither an envelope, nor a receipt, nor a bundle of the two, nor a disclosure."""

    slug = "unknown-document"
    title = "This is not a document that can be verified"


class Outcome(StrEnum):
    """How one check ended."""

    PASSED = "passed"
    FAILED = "failed"
    UNCHECKED = "unchecked"
    """Nothing contradicts it, but a trusted key or a file to compare with is missing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check, how it ended, and a sentence about it."""

    check: str
    outcome: Outcome
    detail: str


@dataclass(frozen=True, slots=True)
class Trust:
    """What the verifier trusts: statement keys by kid, logs, and perhaps files to compare with.

    ``files`` maps SHA-256 (hex) to a name.
    """

    statement_keys: Mapping[str, PublicKey] = field(default_factory=dict)
    logs: tuple[NoteKey, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """What was found out about a document. ``decisive`` names the check that it stands on."""

    kind: str
    decisive: str
    findings: tuple[Finding, ...]
    predicate_type: str | None = None
    subjects: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Nothing failed, and the decisive signature is by a trusted key."""
        outcomes = {finding.check: finding.outcome for finding in self.findings}
        return Outcome.FAILED not in outcomes.values() and outcomes[self.decisive] is Outcome.PASSED


def verify(document: bytes, trust: Trust) -> Report:
    """Verify an envelope, a receipt, a bundle or a disclosure. What is wrong is in the report.

    Raises:
        UnknownDocument: it is none of them, or too large to be one.
        EnvelopeMalformed, ReceiptMalformed: it starts as one of them but cannot be read.
    """
    if len(document) > MAX_DOCUMENT_BYTES:
        raise UnknownDocument(f"Documents have at most {MAX_DOCUMENT_BYTES} bytes.")
    if document.startswith(_RECEIPT_PREFIX):
        return _verify_receipt(document, trust)
    members = _members(document)
    if "payload" in members:
        return _verify_envelope("envelope", Envelope.parse(document), trust, None, [])
    if "salt" in members:
        return _verify_disclosure(_decoded(document, Disclosure), trust)
    bundle = _decoded(document, Bundle)
    signed = Envelope.parse(msgspec.json.encode(bundle.envelope))
    logged = _check("log", lambda: _logged(bundle, signed, trust))
    return _verify_envelope("bundle", signed, trust, bundle.signer, [logged])


def _verify_receipt(document: bytes, trust: Trust) -> Report:
    receipt = Receipt.parse(_text(document))
    finding = _check("log", lambda: _prove(receipt, trust, None))
    return Report(kind="receipt", decisive="log", findings=(finding,))


def _verify_disclosure(disclosed: Disclosure, trust: Trust) -> Report:
    finding = _check(
        "log", lambda: _prove(disclosed.logged(), trust, NoteKey.from_vkey(disclosed.log))
    )
    said = msgspec.json.encode(disclosed.document, order="sorted").decode()
    return Report(kind="disclosure", decisive="log", findings=(finding,), subjects=(said,))


def _verify_envelope(
    kind: str,
    signed: Envelope,
    trust: Trust,
    signer: Mapping[str, Any] | None,
    further: list[Finding],
) -> Report:
    findings = [_check("signature", lambda: _signature(signed, trust, signer))]
    statement: list[InTotoStatement] = []
    findings.append(_check("statement", lambda: _statement(signed, statement)))
    if trust.files and statement:
        findings.append(_check("files", lambda: _files(statement[0], trust)))
    return Report(
        kind=kind,
        decisive="signature",
        findings=(*findings, *further),
        predicate_type=statement[0].predicate_type if statement else None,
        subjects=tuple(
            f"{subject.name or 'unnamed'} sha256:{subject.digest.sha256}"
            for claim in statement
            for subject in claim.subject
        ),
    )


def _check(name: str, check: Callable[[], tuple[Outcome, str]]) -> Finding:
    try:
        outcome, detail = check()
    except ServiceError as refusal:
        outcome, detail = Outcome.FAILED, refusal.detail
    return Finding(name, outcome, detail)


def _signature(
    signed: Envelope, trust: Trust, signer: Mapping[str, Any] | None
) -> tuple[Outcome, str]:
    trusted = trust.statement_keys.get(signed.keyid)
    if trusted is not None:
        signed.verify(trusted)
        return Outcome.PASSED, f"Signed by the trusted key {signed.keyid}."
    if signer is None:
        return Outcome.UNCHECKED, f"Signed by {signed.keyid}, which is not among the trusted keys."
    signed.verify(keys.from_jwk(signer))
    return Outcome.UNCHECKED, (
        f"Intact, but {signed.keyid} is only the key that the document itself brings along; "
        "get the signer's key from the signer and name it as trusted."
    )


def _statement(signed: Envelope, parsed: list[InTotoStatement]) -> tuple[Outcome, str]:
    if signed.payload_type != INTOTO:
        raise StatementInvalid(f"The payload type is {signed.payload_type!r}, not {INTOTO}.")
    statement = in_toto.parse(signed.payload)
    if statement.predicate_type == MUSIC_GENERATION:
        music_generation.parse(statement)
    parsed.append(statement)
    return Outcome.PASSED, f"An in-toto statement about {len(statement.subject)} file(s)."


def _files(statement: InTotoStatement, trust: Trust) -> tuple[Outcome, str]:
    strangers = sorted(
        name for sha256, name in trust.files.items() if sha256 not in statement.digests
    )
    if strangers:
        return Outcome.FAILED, f"The statement is not about these files: {', '.join(strangers)}."
    return Outcome.PASSED, f"The statement is about {', '.join(sorted(trust.files.values()))}."


def _logged(bundle: Bundle, signed: Envelope, trust: Trust) -> tuple[Outcome, str]:
    receipt = Receipt.parse(bundle.receipt)
    entry = canonical.parse(receipt.entry)
    digest = hashlib.sha256(signed.payload).hexdigest()
    if entry.get("payloadSha256") != digest or entry.get("kid") != signed.keyid:
        raise ReceiptInvalid("The receipt is for another statement.")
    return _prove(receipt, trust, NoteKey.from_vkey(bundle.log))


def _prove(receipt: Receipt, trust: Trust, brought: NoteKey | None) -> tuple[Outcome, str]:
    origin = receipt.note.partition("\n")[0]
    trusted = next((key for key in trust.logs if key.name == origin), None)
    if trusted is not None:
        head = receipt.verify(trusted)
        return (
            Outcome.PASSED,
            f"Entry {receipt.index} of the log {origin}, in its tree of {head.size} entries.",
        )
    if brought is None:
        return Outcome.UNCHECKED, f"The log {origin} is not among the trusted logs."
    receipt.verify(brought)
    return (
        Outcome.UNCHECKED,
        f"Fits the log {origin}, whose key only the document itself brings along.",
    )


def _decoded(document: bytes, kind: type[Document]) -> Document:
    try:
        return msgspec.json.decode(document, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnknownDocument(f"Give {_KNOWN}: {error}.") from error


def _members(document: bytes) -> Mapping[str, Any]:
    try:
        parsed = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise UnknownDocument(f"Give {_KNOWN}.") from error
    return parsed if isinstance(parsed, dict) else {}


def _text(document: bytes) -> str:
    try:
        return document.decode()
    except UnicodeDecodeError as error:
        raise UnknownDocument("A log receipt is UTF-8 text.") from error
