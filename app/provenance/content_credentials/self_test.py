"""Proof at start-up that credentials are judged as they should be.

The library takes misspelt settings and unreadable anchors in silence, and would then trust
everybody or nobody. So a small file of ours must be trusted, and one of a stranger must not.
"""

from __future__ import annotations

import io
import tempfile
import wave
from datetime import datetime
from pathlib import Path
from typing import Final

from app.provenance.content_credentials.authority import issue_leaf, new_authority
from app.provenance.content_credentials.house_credential import HouseCredential
from app.provenance.content_credentials.manifest import GENERATED, Claim
from app.provenance.content_credentials.reading import CredentialState, read_credentials
from app.provenance.content_credentials.signing import ClaimSigner, Release, sign_file
from app.provenance.content_credentials.tags import Tags
from app.provenance.content_credentials.trust import TrustAnchors
from app.provenance.errors import CredentialUnusable
from app.provenance.keys import Algorithm

SAMPLE: Final = Claim(
    title="Self-test",
    artist="Countersign",
    software_agent="Countersign",
    software_version="0",
    digital_source_type=GENERATED,
    created_at="2026-01-01T00:00:00Z",
    statement_uri="urn:self-test",
    statement_sha256="0" * 64,
    countersignature_uri="urn:self-test",
    countersignature_sha256="0" * 64,
    policy="urn:self-test",
    rights_uri="urn:self-test",
)
"""A claim about nothing, for tests of signing itself."""


def require_sound_judgement(credential: HouseCredential, at: datetime) -> None:
    """
    Raises:
        CredentialUnusable: our own file is not trusted, or a stranger's is.
    """
    own = _state_of(credential.signer, credential.anchors, at)
    if own is not CredentialState.TRUSTED:
        raise CredentialUnusable(
            f"A file signed with our own certificate is {own}, not trusted: it does not fit the "
            "root beside it, or C2PA's certificate profile. `countersign ca init` makes a set "
            "that fits."
        )
    stranger = _state_of(_stranger(at), credential.anchors, at)
    if stranger is not CredentialState.UNTRUSTED:
        raise CredentialUnusable(f"A file signed under an unknown root is {stranger}.")


def _state_of(signer: ClaimSigner, anchors: TrustAnchors, at: datetime) -> CredentialState:
    with tempfile.TemporaryDirectory(prefix="countersign-") as folder:
        source, target = Path(folder, "source.wav"), Path(folder, "signed.wav")
        source.write_bytes(_silence())
        release = Release("wav", SAMPLE, Tags(title="Self-test", artist="Countersign"))
        sign_file(source, target, release, signer)
        read = read_credentials(target, "wav", anchors, at)
        return read.state if read else CredentialState.BROKEN


def _stranger(at: datetime) -> ClaimSigner:
    authority = new_authority("Stranger", at)
    leaf = issue_leaf(
        authority.issuing,
        organisation="Stranger",
        common_name="Stranger",
        algorithm=Algorithm.ES256,
        at=at,
    )
    return ClaimSigner(
        leaf.pem + authority.issuing.pem,
        Algorithm.ES256,
        TrustAnchors.of([authority.root.pem]),
        leaf.key_pem(None),
    )


def _silence() -> bytes:
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(bytes(1_600))
    return data.getvalue()
