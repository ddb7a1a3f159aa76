"""Certificates of our own, and which certificates of others we let sign."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import c2pa
import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.cli import main
from app.provenance.content_credentials import leaf_policy
from app.provenance.content_credentials.authority import (
    CLAIM_SIGNING,
    Authority,
    Certified,
    issue_leaf,
    new_authority,
)
from app.provenance.content_credentials.reading import CredentialState, read_credentials
from app.provenance.keys import Algorithm
from tests.provenance.content_credentials.world import (
    NOW,
    new_signer,
    release,
    signer_of,
    sound,
)

EMAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION
STAMPING = ExtendedKeyUsageOID.TIME_STAMPING


@pytest.fixture(scope="module")
def authority() -> Authority:
    return new_authority("Example Music", NOW)


def leaf(
    authority: Authority,
    *,
    digital_signature: bool = True,
    purposes: tuple[x509.ObjectIdentifier, ...] = (CLAIM_SIGNING, EMAIL),
    ca: bool = False,
    days: int = 30,
    names_issuer: bool = True,
) -> Certified:
    """A leaf that need not fit the profile."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    start = NOW - timedelta(days=10)
    name = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Mallory")]
    draft = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(name))
        .issuer_name(authority.issuing.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if names_issuer:
        issuer = authority.issuing.key.public_key()
        draft = draft.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False
        )
    return Certified(draft.sign(authority.issuing.key, hashes.SHA256()), key)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_our_own_leaf_may_sign(authority: Authority, algorithm: Algorithm) -> None:
    made = issue_leaf(
        authority.issuing, organisation="A", common_name="A", algorithm=algorithm, at=NOW
    )
    chain = [made.certificate, authority.issuing.certificate]
    assert leaf_policy.refusal_of(chain, [authority.root.certificate], NOW) is None


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda a: leaf(a, digital_signature=False), "not for digital signatures"),
        (lambda a: leaf(a, purposes=(STAMPING,)), "not among the certificate's purposes"),
        (lambda a: leaf(a, purposes=(EMAIL,)), "not among the certificate's purposes"),
        (lambda a: leaf(a, purposes=(CLAIM_SIGNING, STAMPING)), "no claim signer may have"),
        (lambda a: leaf(a, ca=True), "that of an authority"),
        (lambda a: leaf(a, days=5), "expired on"),
        (lambda a: leaf(a, names_issuer=False), "name its issuer's key"),
    ],
)
def test_a_leaf_outside_the_profile_may_not(
    authority: Authority, make: Callable[[Authority], Certified], why: str
) -> None:
    chain = [make(authority).certificate, authority.issuing.certificate]
    refusal = leaf_policy.refusal_of(chain, [authority.root.certificate], NOW)
    assert refusal is not None
    assert why in refusal


def test_nobody_is_believed_without_a_way_to_an_anchor(authority: Authority) -> None:
    made = leaf(authority).certificate
    other = new_authority("Other", NOW).root.certificate
    whole = [made, authority.issuing.certificate]
    assert leaf_policy.refusal_of(whole, [authority.root.certificate], NOW) is None
    for chain, roots in (
        (whole, [other]),
        ([made], [authority.root.certificate]),
        (whole, []),
        ([], [authority.root.certificate]),
    ):
        assert leaf_policy.refusal_of(chain, roots, NOW) is not None


@pytest.mark.parametrize(
    "made",
    [
        lambda a: leaf(a, digital_signature=False),
        lambda a: leaf(a, purposes=(STAMPING,)),
        lambda a: leaf(a, purposes=(EMAIL,)),
    ],
)
def test_a_forbidden_leaf_that_the_library_trusts_is_not_trusted(
    authority: Authority, tmp_path: Path, made: Callable[[Authority], Certified]
) -> None:
    signer = signer_of(authority, made(authority), Algorithm.ES256)
    signed = tmp_path / "signed.wav"
    release(sound(tmp_path, "wav"), signed, signer)
    with signed.open("rb") as file:
        library = c2pa.Reader("audio/wav", file, context=signer.anchors.context())
        assert library.get_validation_state() == "Trusted"
        library.close()
    read = read_credentials(signed, "wav", signer.anchors, NOW)
    assert read is not None
    assert read.state is CredentialState.UNTRUSTED
    assert [one.code for one in read.findings] == ["countersign.leafRefused"]


def test_init_and_issue_make_what_openssl_and_we_accept(tmp_path: Path) -> None:
    run = CliRunner()
    first, second = tmp_path / "first", tmp_path / "second"
    made = run.invoke(main, ["ca", "init", "--out", str(first), "--organisation", "Example"])
    assert made.exit_code == 0, made.output
    assert "NOT encrypted" in made.output
    assert {path.name for path in first.iterdir()} == {
        f"{name}.{kind}" for name in ("root", "issuing", "leaf") for kind in ("pem", "key")
    }
    assert (first / "root.key").stat().st_mode & 0o077 == 0
    more = ["ca", "issue", "--ca", str(first), "--out", str(second), "--organisation", "Example"]
    assert run.invoke(main, [*more, "--algorithm", "Ed25519"]).exit_code == 0
    for folder in (first, second):
        trust = ["-CAfile", first / "root.pem", "-untrusted", first / "issuing.pem"]
        command = ["openssl", "verify", "-x509_strict", *trust, folder / "leaf.pem"]
        assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    again = run.invoke(main, ["ca", "init", "--out", str(first), "--organisation", "Example"])
    assert again.exit_code == 1
    assert "Choose another folder" in again.output


def test_a_leaf_is_not_issued_for_longer_than_allowed(authority: Authority) -> None:
    for at, days in ((NOW, 367), (NOW + timedelta(days=1_700), 366)):
        with pytest.raises(ValueError, match=r"366 days|ends before"):
            issue_leaf(
                authority.issuing,
                organisation="A",
                common_name="A",
                algorithm=Algorithm.ES256,
                at=at,
                days=days,
            )


def test_an_expired_leaf_signs_nothing_that_is_trusted_later(tmp_path: Path) -> None:
    signer = new_signer()
    signed = tmp_path / "signed.wav"
    release(sound(tmp_path, "wav"), signed, signer)
    read = read_credentials(signed, "wav", signer.anchors, NOW + timedelta(days=400))
    assert read is not None
    assert read.state is CredentialState.UNTRUSTED
    assert "expired" in read.findings[-1].words
