"""What provenance refuses, each under its own name.

BadRequest 400
├── BindingMalformed        not a value of the soft binding's algorithm
└── AlgorithmUnsupported    not an algorithm of soft bindings that we know
NotFound 404
└── BindingUnknown          no manifest is bound to the value
Unprocessable 422
├── EnvelopeMalformed       not a DSSE envelope
├── SignatureInvalid        the signature does not fit the payload and the registered key
├── KeyUnknown              nobody registered the key that the envelope names
├── KeyNotActive            the key is pending or retired
├── KeyRevoked              the key is no longer trusted
├── KeyUnsupported          neither an Ed25519 nor a P-256 public key
├── PayloadNotCanonical     the payload is not RFC 8785 canonical JSON
├── StatementInvalid        not an in-toto statement of a kind we take
├── GeneratorMismatch       the key belongs to another generator than the statement names
├── SubjectMissing          the statement names a file that was not uploaded
├── SubjectUndeclared       an uploaded file is not in the statement
├── ProofOfPossessionFailed the challenge was not signed by the proposed key, or too late
├── ReceiptMalformed        not a C2SP tlog-proof
├── ReceiptInvalid          the receipt does not prove that the entry is in the log
├── NoteInvalid             not a signed note, or not signed by the expected key
├── TimeStampInvalid        a time stamp does not hold, or its authority does not answer
├── CredentialsBroken       the Content Credentials in a file do not fit it
└── CredentialsRefused      a file cannot be given Content Credentials
Conflict 409
├── StatementReplayed       the statement was accepted for another thing before
├── KeyAlreadyRegistered    the key belongs to a generator already
├── GeneratorExists         the provider has a generator of this name already
├── ManifestExists          another manifest store has this label
└── NotYetSealed            the entry waits for the next checkpoint
ServiceError 500
├── LogInconsistent         the log contradicts what was signed: an alarm
│   ├── LogRolledBack       it is shorter than it was
│   └── LogSplitView        it shows another past than the one that was seen
├── AuditTampered           audit events are not what was written: an alarm
└── CredentialUnusable      the certificate that we sign Content Credentials with is no good
"""

from __future__ import annotations

from app.core.errors import BadRequest, Conflict, NotFound, ServiceError, Unprocessable


class EnvelopeMalformed(Unprocessable):
    """Not a DSSE envelope."""

    slug = "envelope-malformed"
    title = "That is not a DSSE envelope"


class SignatureInvalid(Unprocessable):
    """The signature does not fit the payload and the registered key."""

    slug = "signature-invalid"
    title = "The signature is wrong"


class KeyUnknown(Unprocessable):
    """Nobody registered the key that the envelope names."""

    slug = "key-unknown"
    title = "The signing key is not registered"


class KeyNotActive(Unprocessable):
    """The key is registered but may not sign anything new."""

    slug = "key-not-active"
    title = "The signing key is not active"


class KeyRevoked(Unprocessable):
    """The key is no longer trusted."""

    slug = "key-revoked"
    title = "The signing key was revoked"


class KeyUnsupported(Unprocessable):
    """Neither an Ed25519 nor a P-256 public key."""

    slug = "key-unsupported"
    title = "We do not take this kind of key"


class PayloadNotCanonical(Unprocessable):
    """The payload is not RFC 8785 canonical JSON."""

    slug = "payload-not-canonical"
    title = "The payload is not canonical JSON"


class StatementInvalid(Unprocessable):
    """Not an in-toto statement of a kind we take."""

    slug = "statement-invalid"
    title = "The provenance statement is not valid"


class GeneratorMismatch(Unprocessable):
    """The key belongs to another generator than the statement names."""

    slug = "generator-mismatch"
    title = "The statement names another generator than the key"


class SubjectMissing(Unprocessable):
    """The statement names a file that was not uploaded."""

    slug = "subject-missing"
    title = "The statement names a file that was not uploaded"


class SubjectUndeclared(Unprocessable):
    """An uploaded file is not in the statement."""

    slug = "subject-undeclared"
    title = "An uploaded file is not in the statement"


class ProofOfPossessionFailed(Unprocessable):
    """The challenge was not signed by the proposed key, or too late."""

    slug = "proof-of-possession-failed"
    title = "The proof of possession is not valid"


class ReceiptMalformed(Unprocessable):
    """Not a C2SP tlog-proof."""

    slug = "receipt-malformed"
    title = "That is not a log receipt"


class ReceiptInvalid(Unprocessable):
    """The receipt does not prove that the entry is in the log."""

    slug = "receipt-invalid"
    title = "The receipt does not prove the entry"


class NoteInvalid(Unprocessable):
    """Not a signed note, or not signed by the expected key."""

    slug = "note-invalid"
    title = "The checkpoint is not signed by the log"


class BindingMalformed(BadRequest):
    """Not a value of the soft binding's algorithm."""

    slug = "binding-malformed"
    title = "That is not a soft binding"


class AlgorithmUnsupported(BadRequest):
    """Not an algorithm of soft bindings that we know."""

    slug = "binding-algorithm-unsupported"
    title = "We do not know this algorithm of soft bindings"


class BindingUnknown(NotFound):
    """No manifest is bound to the value."""

    slug = "binding-unknown"
    title = "No manifest is bound to this value"


class ManifestExists(Conflict):
    """Another manifest store has this label."""

    slug = "manifest-exists"
    title = "There is another manifest with this label"


class StatementReplayed(Conflict):
    """The statement was accepted for another thing before."""

    slug = "statement-replayed"
    title = "This statement belongs to another track"


class KeyAlreadyRegistered(Conflict):
    """The key belongs to a generator already."""

    slug = "key-already-registered"
    title = "This key is registered already"


class GeneratorExists(Conflict):
    """The provider has a generator of this name already."""

    slug = "generator-exists"
    title = "This generator is registered already"


class NotYetSealed(Conflict):
    """The entry waits for the next checkpoint of the log."""

    slug = "not-yet-sealed"
    title = "The entry is not in a signed checkpoint yet"


class LogInconsistent(ServiceError):
    """The stored log contradicts what was signed. Nothing more is signed until it is resolved."""

    slug = "log-inconsistent"
    title = "The transparency log contradicts itself"


class AuditTampered(ServiceError):
    """Audit events are not what was written: somebody changed the database."""

    slug = "audit-tampered"
    title = "The audit events were tampered with"


class LogRolledBack(LogInconsistent):
    """The log is shorter than it was."""

    slug = "log-rolled-back"
    title = "The log was rolled back"


class LogSplitView(LogInconsistent):
    """The log shows another past than the one that was seen."""

    slug = "log-split-view"
    title = "The log shows two pasts"


class TimeStampInvalid(Unprocessable):
    """A time stamp does not hold, or its authority does not answer."""

    slug = "time-stamp-invalid"
    title = "The time stamp is not valid"


class CredentialsBroken(Unprocessable):
    """The Content Credentials in a file do not fit it."""

    slug = "credentials-broken"
    title = "The file's Content Credentials do not hold"


class CredentialsRefused(Unprocessable):
    """A file cannot be given Content Credentials."""

    slug = "credentials-refused"
    title = "The file cannot be given Content Credentials"


class CredentialUnusable(ServiceError):
    """The certificate that we sign Content Credentials with is no good."""

    slug = "credential-unusable"
    title = "The signing certificate cannot be used"
