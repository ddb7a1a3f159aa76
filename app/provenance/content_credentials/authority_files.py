"""An authority as files in a folder, as ``countersign ca init`` makes them.

``root.pem issuing.pem leaf.pem`` are certificates, ``root.key issuing.key leaf.key`` their private
keys (PKCS#8 PEM, encrypted where a passphrase is given). A service needs neither ``root.key`` nor
``issuing.key``; with ``issuing.key`` it renews its leaf by itself.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import Final

from cryptography import x509

from app.provenance.content_credentials.authority import Authority, Certified
from app.provenance.errors import CredentialUnusable

ROOT: Final = "root"
ISSUING: Final = "issuing"
LEAF: Final = "leaf"


def write_authority(
    folder: Path, authority: Authority, leaf: Certified, secret: str | None
) -> None:
    """All six files at once: the folder appears whole or not at all.

    Raises:
        FileExistsError: the folder is there already, and not empty.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.with_name(f".{folder.name}.{secrets.token_hex(8)}")
    aside.mkdir(mode=0o700)
    try:
        for name, certified in (
            (ROOT, authority.root),
            (ISSUING, authority.issuing),
            (LEAF, leaf),
        ):
            write_certified(aside, name, certified, secret)
        try:
            aside.rename(folder)
        except OSError as error:
            raise FileExistsError(f"{folder} is there already, and not empty.") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def write_certified(folder: Path, name: str, certified: Certified, secret: str | None) -> None:
    """``name.pem`` and ``name.key``; what is there under these names is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    # The key first: a certificate without its key would be refused at the next start.
    _replace(folder / f"{name}.key", certified.key_pem(secret), 0o600)
    _replace(folder / f"{name}.pem", certified.pem, 0o644)


def read_certified(folder: Path, name: str, secret: str | None) -> Certified:
    """
    Raises:
        CredentialUnusable: missing, damaged, a wrong passphrase, or not each other's.
    """
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    try:
        return Certified.from_pem(certificate.read_bytes(), key.read_bytes(), secret)
    except (OSError, ValueError, TypeError) as error:
        raise CredentialUnusable(
            f"{certificate} and {key} cannot be used: {error}. `countersign ca init` makes a set."
        ) from error


def read_certificate(folder: Path, name: str) -> bytes:
    """A certificate as PEM.

    Raises:
        CredentialUnusable: missing or damaged.
    """
    path = folder / f"{name}.pem"
    try:
        pem = path.read_bytes()
        x509.load_pem_x509_certificate(pem)
    except (OSError, ValueError) as error:
        raise CredentialUnusable(f"{path} cannot be used: {error}.") from error
    return pem


def _replace(path: Path, content: bytes, mode: int) -> None:
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
