"""What the house signs Content Credentials with, and whom it believes.

By default a private authority is made at first use below ``home/keys``, and its leaf is renewed in
time. A house with a certificate from elsewhere names a folder (``credentials_dir``). Makers are
believed under our own root and the anchors in ``trust_anchors``, such as the C2PA trust list.
"""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.core.secrets import house_secret
from app.core.settings import Settings
from app.provenance.content_credentials import authority_files as files
from app.provenance.content_credentials.authority import (
    LEAF_DAYS,
    Certified,
    issue_leaf,
    new_authority,
)
from app.provenance.content_credentials.signing import ClaimSigner
from app.provenance.content_credentials.trust import TrustAnchors
from app.provenance.errors import CredentialUnusable
from app.provenance.keys import Algorithm

_RENEWED_BEFORE: Final = timedelta(days=60)
"""The end of a leaf: whoever restarts once a month never signs with an expired one."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HouseCredential:
    """``signer`` signs our claims; ``anchors`` are whom we believe, our own root among them."""

    signer: ClaimSigner
    anchors: TrustAnchors

    @classmethod
    def load(cls, settings: Settings, at: datetime) -> HouseCredential:
        """The credential of this installation; made where there is none yet.

        Raises:
            CredentialUnusable: files that are missing, damaged, expired, or not each other's.
        """
        if settings.credentials_dir:
            folder, secret = Path(settings.credentials_dir), settings.key_passphrase or None
        else:
            folder = settings.home / "keys" / "credentials"
            secret = settings.key_passphrase or house_secret(settings, "keys.passphrase").hex()
            _make_once(folder, settings.platform_name, secret, at)
        leaf = _leaf_in_force(folder, settings.platform_name, secret, at)
        root = files.read_certificate(folder, files.ROOT)
        try:
            own = TrustAnchors.of([root])
            added = [Path(settings.trust_anchors).read_bytes()] if settings.trust_anchors else []
            anchors = TrustAnchors.of([root, *added])
        except (OSError, ValueError) as error:
            raise CredentialUnusable(
                f"The trust anchors in {settings.trust_anchors} cannot be used: {error}."
            ) from error
        chain = leaf.pem + files.read_certificate(folder, files.ISSUING)
        return cls(ClaimSigner(chain, _algorithm(leaf), own, leaf.key_pem(None)), anchors)


def _make_once(folder: Path, organisation: str, secret: str, at: datetime) -> None:
    if folder.exists():
        return
    authority = new_authority(organisation, at)
    leaf = _new_leaf(authority.issuing, organisation, at)
    with contextlib.suppress(FileExistsError):  # another node was first; its set is the one
        files.write_authority(folder, authority, leaf, secret)


def _leaf_in_force(folder: Path, organisation: str, secret: str | None, at: datetime) -> Certified:
    leaf = files.read_certified(folder, files.LEAF, secret)
    ends = leaf.certificate.not_valid_after_utc
    if ends - at > _RENEWED_BEFORE:
        return leaf
    if (folder / f"{files.ISSUING}.key").exists():
        leaf = _new_leaf(files.read_certified(folder, files.ISSUING, secret), organisation, at)
        files.write_certified(folder, files.LEAF, leaf, secret)
        return leaf
    if ends <= at:
        raise CredentialUnusable(
            f"The certificate in {folder} expired on {ends:%Y-%m-%d}; put a new leaf.pem and "
            "leaf.key there (`countersign ca issue`)."
        )
    logger.warning("The certificate in %s expires on %s; renew it.", folder, ends.date())
    return leaf


def _new_leaf(issuing: Certified, organisation: str, at: datetime) -> Certified:
    return issue_leaf(
        issuing,
        organisation=organisation,
        common_name=f"{organisation} claim signer",
        algorithm=Algorithm.ES256,
        at=at,
        days=LEAF_DAYS,
    )


def _algorithm(leaf: Certified) -> Algorithm:
    return Algorithm.ED25519 if isinstance(leaf.key, Ed25519PrivateKey) else Algorithm.ES256
