"""Signing a file that leaves us: tags first, Content Credentials last.

CPU-bound and blocking; runs in a worker process. The library reads a whole WAV twice into memory:
count on twice the file's size.
"""

from __future__ import annotations

import logging
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import c2pa

from app.provenance.content_credentials.containers import EMBEDDING, media_type_of, sidecar_type_of
from app.provenance.content_credentials.jumbf import active_manifest
from app.provenance.content_credentials.manifest import Claim, definition
from app.provenance.content_credentials.tags import Tags, TagsUnwritable, write_tags
from app.provenance.content_credentials.trust import TrustAnchors
from app.provenance.errors import CredentialsRefused
from app.provenance.keys import Algorithm
from app.provenance.signer import Signer

logger = logging.getLogger(__name__)

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

    def open(self) -> c2pa.Signer:
        """The library's signer; no time stamp is fetched, the transparency log tells the time."""
        algorithm = _ALGORITHMS[self.algorithm]
        if self.remote is not None:
            return c2pa.Signer.from_callback(self.remote.sign, algorithm, self.chain.decode(), None)
        return c2pa.Signer.from_info(c2pa.C2paSignerInfo(algorithm, self.chain, self.key, None))


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed file: its manifest store, its manifest's label (a URN), the claim's digest (hex).

    ``embedded``: the store lies in the file, not beside it.
    """

    store: bytes
    label: str
    claim_sha256: str
    embedded: bool


@dataclass(frozen=True, slots=True)
class Release:
    """What a file leaves us as.

    ``opened``: it came with credentials of its maker that hold; they become the parent.
    """

    container: str
    claim: Claim
    tags: Tags
    opened: bool = False


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
    opened = embed and release.opened
    with ExitStack() as stack:
        builder = stack.enter_context(
            c2pa.Builder(definition(release.claim, opened=opened), signer.anchors.context())
        )
        tagged = target.with_suffix(target.suffix + ".tagged")
        stack.callback(tagged.unlink, missing_ok=True)
        shutil.copyfile(source, tagged)
        if embed:
            write_tags(tagged, release.container, release.tags)
        else:
            builder.set_no_embed()
        if opened:
            original = stack.enter_context(source.open("rb"))
            _open_parent(builder, media_type, original, release.claim.title)
        file = stack.enter_context(tagged.open("rb"))
        out = stack.enter_context(target.open("w+b"))
        store = builder.sign(stack.enter_context(signer.open()), media_type, file, out)
    if not embed:
        shutil.copyfile(source, target)
    active = active_manifest(store)
    return Signed(store, active.label, active.claim_sha256, embed)


def _open_parent(builder: c2pa.Builder, media_type: str, original: BinaryIO, title: str) -> None:
    builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
    # From the file as it came: the tags that we add would break what its maker signed.
    builder.add_ingredient({"title": title, "relationship": "parentOf"}, media_type, original)
