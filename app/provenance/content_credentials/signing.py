"""Signing a file that leaves us: tags first, Content Credentials last.

CPU-bound and blocking; runs in a worker process. The library reads a whole WAV twice into memory:
count on twice the file's size.
"""

from __future__ import annotations

import io
import json
import logging
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import c2pa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from app.provenance.content_credentials import iscc, soft_binding
from app.provenance.content_credentials.containers import (
    EMBEDDING,
    MANIFEST_STORE_TYPE,
    embedded_type_of,
    media_type_of,
    sidecar_type_of,
)
from app.provenance.content_credentials.jumbf import active_manifest
from app.provenance.content_credentials.manifest import Claim, definition
from app.provenance.content_credentials.tags import Tags, TagsUnwritable, write_tags
from app.provenance.content_credentials.trust import TrustAnchors
from app.provenance.errors import CredentialsRefused, CredentialUnusable
from app.provenance.keys import Algorithm
from app.provenance.signer import PrivateKeySigner, Signer

logger = logging.getLogger(__name__)

_PARENT: Final = "parent.c2pa"
_ALGORITHMS: Final = {
    Algorithm.ED25519: c2pa.C2paSigningAlg.ED25519,
    Algorithm.ES256: c2pa.C2paSigningAlg.ES256,
}


@dataclass(frozen=True, slots=True)
class ClaimSigner:
    """What claims are signed with: the chain, leaf first, and the leaf's key or whoever holds it.

    ``key`` is PKCS#8 PEM, unencrypted, in memory only. A KMS gives ``remote`` instead, which must
    be picklable to reach the worker process.
    """

    chain: bytes
    algorithm: Algorithm
    anchors: TrustAnchors
    key: bytes | None
    remote: Signer | None = None

    def cose_sign(self, message: bytes) -> bytes:
        """The signature as COSE writes it: 64 bytes, r and s for ES256 (RFC 9053, 2.1)."""
        signature = self._holder().sign(message)
        if self.algorithm is Algorithm.ED25519:
            return signature
        r, s = decode_dss_signature(signature)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def _holder(self) -> Signer:
        if self.remote is not None:
            return self.remote
        if self.key is None:
            raise CredentialUnusable("There is no key to sign Content Credentials with.")
        return PrivateKeySigner.from_pem(self.key, None)

    def open(self) -> c2pa.Signer:
        """The library's signer; no time stamp is fetched, the transparency log tells the time."""
        algorithm = _ALGORITHMS[self.algorithm]
        if self.remote is not None:
            return c2pa.Signer.from_callback(self.remote.sign, algorithm, self.chain.decode(), None)
        return c2pa.Signer.from_info(c2pa.C2paSignerInfo(algorithm, self.chain, self.key, None))


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed file: its manifest store, its manifest's label (a URN), the claim's digest (hex).

    ``embedded``: the store lies in the file, not beside it. ``binding``: the ISCC-SEQ in it.
    """

    store: bytes
    label: str
    claim_sha256: str
    embedded: bool
    binding: bytes


@dataclass(frozen=True, slots=True)
class Release:
    """What a file leaves us as.

    ``opened``: it came with credentials of its maker that hold; they become the parent.
    ``sidecar``: where those lie, if not in the file.
    """

    container: str
    claim: Claim
    tags: Tags
    opened: bool = False
    sidecar: bytes | None = None


def sign_file(source: Path, target: Path, release: Release, signer: ClaimSigner) -> Signed:
    """Write ``source`` to ``target`` with tags and credentials; its sound stays what it is.

    A container that cannot embed, or a file that does not keep its container's rules, gets a
    sidecar: ``target`` is then the file as it came, and ``Signed.store`` all there is beside it.

    Raises:
        CredentialsRefused: the library signs neither way.
    """
    if release.container in EMBEDDING:
        try:
            return _sign(source, target, release, signer, embed=True)
        except (c2pa.C2paError, TagsUnwritable) as error:
            # Say, an RF64 file, or tags that are damaged.
            logger.warning("%s gets a sidecar: %s", release.claim.title, error)
    try:
        return _sign(source, target, release, signer, embed=False)
    except c2pa.C2paError as error:
        raise CredentialsRefused(f"The file cannot be signed: {error}.") from error


def _sign(
    source: Path, target: Path, release: Release, signer: ClaimSigner, *, embed: bool
) -> Signed:
    media_type = (media_type_of if embed else sidecar_type_of)(release.container)
    with ExitStack() as stack:
        tagged = target.with_suffix(target.suffix + ".tagged")
        stack.callback(tagged.unlink, missing_ok=True)
        shutil.copyfile(source, tagged)
        if embed:
            write_tags(tagged, release.container, release.tags)
        binding = iscc.value_of(tagged)
        claimed = definition(release.claim, binding, opened=release.opened)
        context = signer.anchors.context()
        builder = stack.enter_context(c2pa.Builder(claimed, context))
        if not embed:
            builder.set_no_embed()
        if release.opened:
            _open_parent(builder, source, release, context)
        file = stack.enter_context(tagged.open("rb"))
        out = stack.enter_context(target.open("w+b"))
        made = builder.sign(stack.enter_context(signer.open()), media_type, file, out)
    store = soft_binding.put_in_place(made, binding, signer.cose_sign)
    if embed:
        soft_binding.exchange_store(target, made, store)
    else:
        shutil.copyfile(source, target)
    active = active_manifest(store)
    _require_whole(target, media_type, None if embed else store, active.label, context)
    return Signed(store, active.label, active.claim_sha256, embed, binding)


def _require_whole(
    path: Path, media_type: str, sidecar: bytes | None, label: str, context: c2pa.Context
) -> None:
    with path.open("rb") as file, c2pa.Reader(media_type, file, sidecar, context) as reader:
        report = json.loads(reader.json())
    if report.get("active_manifest") != label or report.get("validation_state") == "Invalid":
        raise CredentialsRefused("What was signed does not hold when it is read again.")


def _open_parent(
    builder: c2pa.Builder, source: Path, release: Release, context: c2pa.Context
) -> None:
    builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
    parent: dict[str, Any] = {"title": release.claim.title, "relationship": "parentOf"}
    # From the file as it came: the tags that we add would break what its maker signed.
    if release.sidecar is None:
        with source.open("rb") as original:
            builder.add_ingredient(parent, embedded_type_of(source), original)
        return
    media_type = sidecar_type_of(release.container)
    with (
        source.open("rb") as original,
        c2pa.Reader(media_type, original, release.sidecar, context) as reader,
    ):
        found = json.loads(reader.json())
    builder.add_resource(_PARENT, io.BytesIO(release.sidecar))
    parent |= {
        "active_manifest": found["active_manifest"],
        "validation_results": found["validation_results"],
        "manifest_data": {"format": MANIFEST_STORE_TYPE, "identifier": _PARENT},
    }
    with source.open("rb") as original:
        builder.add_ingredient(parent, media_type, original)
