"""The predicate ``release/v1``: which bytes leave us for an uploaded file, with which credentials.

It ties the delivered file to the one that was verified and screened, and puts the digest of our
C2PA claim into the log: the manifest's own bytes are malleable, the claim is not.
"""

from __future__ import annotations

from typing import Any

from app.provenance.content_credentials.signing import Signed


def predicate(*, resource: str, source_sha256: str, signed: Signed) -> dict[str, Any]:
    """The predicate. ``resource`` is the track's URI, ``source_sha256`` (hex) the uploaded file."""
    return {
        "resourceUri": resource,
        "source": {"sha256": source_sha256},
        "contentCredentials": {
            "manifest": signed.label,
            "claim": {"sha256": signed.claim_sha256},
            "embedded": signed.embedded,
        },
    }
