"""A certificate authority of one's own for Content Credentials: root, issuing CA, leaves.

The leaves fit C2PA's certificate profile (C2PA 2.4, 14.5.1, and the conformance programme's
certificate policy 0.2): version 3, an organisation in the subject, no CA, digital signatures only,
the purpose ``c2pa-kp-claimSigning``, both key identifiers, at most 366 days. Self-signed leaves are
refused by every validator, so there is always a chain.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.provenance.keys import Algorithm

CLAIM_SIGNING: Final = x509.ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
"""``c2pa-kp-claimSigning``: the purpose that C2PA 2.4 asks of a leaf."""

LEAF_DAYS: Final = 366
"""The longest that assurance level 1 of the certificate policy allows."""

_ISSUING_DAYS: Final = 5 * 366
_ROOT_DAYS: Final = 20 * 366
_CLOCK_SKEW: Final = timedelta(minutes=5)

PrivateKey = ec.EllipticCurvePrivateKey | Ed25519PrivateKey
PublicKey = ec.EllipticCurvePublicKey | Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def key_pem(self, passphrase: str | None) -> bytes:
        """The private key as PKCS#8 PEM, encrypted where a passphrase is given."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(passphrase.encode())
            if passphrase
            else serialization.NoEncryption(),
        )

    @classmethod
    def from_pem(cls, certificate: bytes, key: bytes, passphrase: str | None) -> Certified:
        """
        Raises:
            ValueError: not PEM, a wrong passphrase, a key of another kind or another certificate.
            TypeError: a passphrase is given or missing in vain.
        """
        loaded = serialization.load_pem_private_key(
            key, passphrase.encode() if passphrase else None
        )
        if not isinstance(loaded, PrivateKey):
            raise ValueError("neither a P-256 nor an Ed25519 key")  # noqa: TRY004 (wrong content)
        parsed = x509.load_pem_x509_certificate(certificate)
        if parsed.public_key() != loaded.public_key():
            raise ValueError("the key is not that of the certificate")
        return cls(parsed, loaded)


@dataclass(frozen=True, slots=True)
class Authority:
    """What ``new_authority`` makes: keep the root's key where no network reaches it."""

    root: Certified
    issuing: Certified


def new_authority(organisation: str, at: datetime) -> Authority:
    """A root and an issuing CA below it, both P-256."""
    root_key = ec.generate_private_key(ec.SECP256R1())
    name = _name(organisation, f"{organisation} Content Credentials Root")
    draft = _draft(
        name, root_key.public_key(), _Issuer(name, root_key.public_key()), at, _ROOT_DAYS
    )
    root = Certified(_ca(draft, path_length=1).sign(root_key, hashes.SHA256()), root_key)

    issuing_key = ec.generate_private_key(ec.SECP256R1())
    below = _name(organisation, f"{organisation} Content Credentials Issuing CA")
    draft = _draft(below, issuing_key.public_key(), _Issuer.of(root), at, _ISSUING_DAYS)
    issuing = Certified(_ca(draft, path_length=0).sign(root_key, hashes.SHA256()), issuing_key)
    return Authority(root, issuing)


def issue_leaf(
    issuing: Certified,
    *,
    organisation: str,
    common_name: str,
    algorithm: Algorithm,
    at: datetime,
    days: int = LEAF_DAYS,
) -> Certified:
    """A leaf that may sign C2PA claims and nothing else.

    Raises:
        ValueError: more than ``LEAF_DAYS``, or longer than the issuing CA itself is valid.
    """
    key: PrivateKey = (
        Ed25519PrivateKey.generate()
        if algorithm is Algorithm.ED25519
        else ec.generate_private_key(ec.SECP256R1())
    )
    if not 0 < days <= LEAF_DAYS:
        raise ValueError(f"C2PA allows a leaf of 1 to {LEAF_DAYS} days, not {days}.")
    if at + timedelta(days=days) > issuing.certificate.not_valid_after_utc:
        raise ValueError("The issuing CA ends before the leaf would; make a new CA.")
    draft = _draft(
        _name(organisation, common_name), key.public_key(), _Issuer.of(issuing), at, days
    )
    certificate = (
        draft.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
        .add_extension(
            # Validators of the public trust list ask for one of the older purposes beside C2PA's.
            x509.ExtendedKeyUsage([CLAIM_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION]),
            critical=False,
        )
        .sign(issuing.key, hashes.SHA256())
    )
    return Certified(certificate, key)


@dataclass(frozen=True, slots=True)
class _Issuer:
    name: x509.Name
    key: PublicKey

    @classmethod
    def of(cls, certified: Certified) -> _Issuer:
        return cls(certified.certificate.subject, certified.key.public_key())


def _draft(
    subject: x509.Name, key: PublicKey, issuer: _Issuer, at: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.name)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _CLOCK_SKEW)
        .not_valid_after(at - _CLOCK_SKEW + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key), critical=False
        )
    )


def _ca(draft: x509.CertificateBuilder, path_length: int) -> x509.CertificateBuilder:
    return draft.add_extension(
        x509.BasicConstraints(ca=True, path_length=path_length), critical=True
    ).add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)


def _usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _name(organisation: str, common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 (hex) of the certificate's DER, as ``openssl x509 -fingerprint -sha256`` gives."""
    return hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()
