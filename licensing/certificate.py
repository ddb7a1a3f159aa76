"""The licence certificate: proof of a grant that anybody can check without asking us.

As a value here, and as the in-toto statement whose signing and verifying belong to the service. The
statement carries the terms themselves, so that it can be read offline, and their hash, which the
order pinned when the buyer agreed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from licensing.calendar import add_months, end_of_day
from licensing.certificate_wire import PREDICATE_TYPE, STATEMENT_TYPE, read_statement
from licensing.digests import JsonDocument, is_sha256
from licensing.errors import InvalidCertificate
from licensing.offers import agreement_document, terms_hash
from licensing.terms import LicenceTerms
from licensing.timestamps import from_rfc3339, require_aware, rfc3339


@dataclass(frozen=True, slots=True)
class CertificateParty:
    """Licensor or licensee, as named in the certificate."""

    party_id: str
    name: str


@dataclass(frozen=True, slots=True)
class LicensedFile:
    """One file that the licence covers, by its SHA-256 in hex."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class LicenceCertificate:
    """Who may do what with which files, since when, by which order.

    ``status_url`` tells whether the grant is active, suspended or revoked today.

    Raises InvalidCertificate for a blank field, no files, a file named twice or a digest that is
    none; NaiveTimestamp.
    """

    certificate_id: str
    licensor: CertificateParty
    licensee: CertificateParty
    track_id: str
    track_title: str
    files: tuple[LicensedFile, ...]
    template: str
    terms: LicenceTerms
    order_id: str
    issued_at: datetime
    status_url: str

    def __post_init__(self) -> None:
        require_aware(self.issued_at)
        named = {
            "certificate_id": self.certificate_id,
            "licensor": self.licensor.party_id,
            "licensee": self.licensee.party_id,
            "track_id": self.track_id,
            "order_id": self.order_id,
            "status_url": self.status_url,
        }
        for field, text in named.items():
            if not text.strip():
                raise InvalidCertificate(field, "is blank")
        if not self.files or len({file.name for file in self.files}) < len(self.files):
            raise InvalidCertificate("files", "must be at least one, each named once")
        for file in self.files:
            if not is_sha256(file.sha256):
                raise InvalidCertificate("files", f"give no SHA-256 for {file.name!r}")

    @property
    def terms_hash(self) -> str:
        """Hash of the agreement, see ``offers.terms_hash``. Raises UnknownTemplate."""
        return terms_hash(self.template, self.terms)

    @property
    def expires_at(self) -> datetime | None:
        """The first moment after the term, at the end of a UTC day; None where it does not end."""
        if self.terms.term_months is None:
            return None
        last_day = add_months(self.issued_at.astimezone(UTC).date(), self.terms.term_months)
        return end_of_day(last_day, UTC)

    def statement(self) -> JsonDocument:
        """The in-toto Statement v1 of this grant; the files are its subjects.

        Raises UnknownTemplate.
        """
        return {
            "_type": STATEMENT_TYPE,
            "subject": [
                {"name": file.name, "digest": {"sha256": file.sha256}} for file in self.files
            ],
            "predicateType": PREDICATE_TYPE,
            "predicate": {
                "certificate_id": self.certificate_id,
                "licensor": {"party_id": self.licensor.party_id, "name": self.licensor.name},
                "licensee": {"party_id": self.licensee.party_id, "name": self.licensee.name},
                "track": {"track_id": self.track_id, "title": self.track_title},
                "order_id": self.order_id,
                "agreement": agreement_document(self.template, self.terms),
                "terms_hash": self.terms_hash,
                "issued_at": rfc3339(self.issued_at),
                "expires_at": rfc3339(self.expires_at) if self.expires_at else None,
                "status_url": self.status_url,
            },
        }

    @classmethod
    def from_statement(cls, document: Mapping[str, object]) -> LicenceCertificate:
        """Read a statement whose signature was verified, and check that it agrees with itself.

        Raises InvalidCertificate where a field is missing, unknown or contradicts another (terms
        and their hash, term and expiry, text and template), UnknownTemplate, InvalidTerms,
        NaiveTimestamp.
        """
        statement = read_statement(document)
        predicate = statement.predicate
        certificate = cls(
            certificate_id=predicate.certificate_id,
            licensor=CertificateParty(predicate.licensor.party_id, predicate.licensor.name),
            licensee=CertificateParty(predicate.licensee.party_id, predicate.licensee.name),
            track_id=predicate.track.track_id,
            track_title=predicate.track.title,
            files=tuple(
                LicensedFile(subject.name, subject.digest.sha256) for subject in statement.subject
            ),
            template=predicate.agreement.template,
            terms=LicenceTerms.from_document(predicate.agreement.terms),
            order_id=predicate.order_id,
            issued_at=from_rfc3339(predicate.issued_at),
            status_url=predicate.status_url,
        )
        if certificate.terms_hash != predicate.terms_hash:
            raise InvalidCertificate("terms_hash", "is not the hash of the terms it carries")
        if certificate.statement() != document:
            raise InvalidCertificate("the statement", "contradicts itself")
        return certificate
