"""The predicate ``screening-countersignature/v1``: that a track was screened, and how it ended.

Shaped like SLSA's Verification Summary Attestation (https://slsa.dev/spec/v1.0/verification_summary):
a statement of its own about the same files, because the house vouches for its check and not for
what the generator said.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from importlib.metadata import version
from typing import Any

from app.provenance.statement import timestamp


class ScreeningVerdict(StrEnum):
    """The ways in which a track can pass. Those that do not are never countersigned."""

    CLEAR = "clear"
    CLEARED_BY_REVIEWER = "cleared-by-reviewer"


def predicate(
    *,
    verifier: str,
    resource: str,
    policy: str,
    verdict: ScreeningVerdict,
    evidence_sha256: str,
    statement_sha256: str,
    statement_uri: str,
    at: datetime,
) -> dict[str, Any]:
    """The predicate. ``policy``, ``verifier`` and the other addresses are URIs.

    The digest of the input attestation is that of its payload: envelopes are malleable.
    """
    return {
        "verifier": {"id": verifier, "version": {"countersign": version("countersign")}},
        "timeVerified": timestamp(at),
        "resourceUri": resource,
        "policy": {"uri": policy},
        "inputAttestations": [{"uri": statement_uri, "digest": {"sha256": statement_sha256}}],
        "verificationResult": "PASSED",
        "verifiedLevels": ["COUNTERSIGN_SCREENED"],
        "screening": {"verdict": verdict.value, "evidence": {"sha256": evidence_sha256}},
    }
