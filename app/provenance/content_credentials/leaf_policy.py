"""Which certificates we let sign a claim: the profile of C2PA 2.4, 14.5.1, enforced by ourselves.

The library that reads manifests takes leaves that the profile forbids: a key usage without digital
signatures, a purpose of time stamping alone, or of e-mail alone. So each chain is judged again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, TypeVar

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from app.provenance.content_credentials.authority import CLAIM_SIGNING

_MAX_DEPTH: Final = 3
_FORBIDDEN_BESIDE: Final = frozenset(
    {
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
        ExtendedKeyUsageOID.TIME_STAMPING,
        ExtendedKeyUsageOID.OCSP_SIGNING,
        ExtendedKeyUsageOID.CODE_SIGNING,
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CLIENT_AUTH,
    }
)

E = TypeVar("E", bound=x509.ExtensionType)


def refusal_of(
    chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], at: datetime
) -> str | None:
    """Why a chain, leaf first, may not sign a claim at that time, in a sentence; None: it may.

    ``roots`` are the trust anchors, ``at`` is when the claim was signed or else now (UTC).
    """
    if not chain:
        return "The manifest carries no certificate."
    if not roots:
        return "No trust anchors are configured, so nobody is trusted."
    try:
        return _profile_refusal(chain[0], at) or _path_refusal(chain, roots, at)
    except (
        ValueError,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ) as error:
        return f"The certificate cannot be read: {error}."


def _profile_refusal(leaf: x509.Certificate, at: datetime) -> str | None:
    return next(_profile_refusals(leaf, at), None)


def _profile_refusals(leaf: x509.Certificate, at: datetime) -> Iterator[str]:
    if at < leaf.not_valid_before_utc:
        yield f"The certificate is valid only from {leaf.not_valid_before_utc:%Y-%m-%d} on."
    if at > leaf.not_valid_after_utc:
        yield f"The certificate expired on {leaf.not_valid_after_utc:%Y-%m-%d}."
    constraints = _extension(leaf, x509.BasicConstraints)
    if constraints is None or constraints.value.ca:
        yield "The certificate is that of an authority, or does not say that it is not."
    usage = _extension(leaf, x509.KeyUsage)
    if usage is None or not usage.critical:
        yield "The certificate does not limit its key's usage."
    elif not usage.value.digital_signature or usage.value.key_cert_sign:
        yield "The certificate's key is not for digital signatures."
    purposes = _extension(leaf, x509.ExtendedKeyUsage)
    named = frozenset(purposes.value) if purposes else frozenset()
    if CLAIM_SIGNING not in named:
        yield "Signing claims (c2pa-kp-claimSigning) is not among the certificate's purposes."
    if named & _FORBIDDEN_BESIDE:
        yield "The certificate has a purpose that no claim signer may have."
    if _extension(leaf, x509.AuthorityKeyIdentifier) is None:
        yield "The certificate does not name its issuer's key."


def _path_refusal(
    chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], at: datetime
) -> str | None:
    verifier = (
        PolicyBuilder()
        .store(Store(list(roots)))
        .time(at)
        .max_chain_depth(_MAX_DEPTH)
        .extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
        )
        .build_client_verifier()
    )
    try:
        verifier.verify(chain[0], list(chain[1:]))
    except VerificationError:
        return "The certificate does not lead to one of the trust anchors."
    return None


def _extension(certificate: x509.Certificate, kind: type[E]) -> x509.Extension[E] | None:
    try:
        return certificate.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None
