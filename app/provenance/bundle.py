"""A statement with its receipt in one JSON document that can be verified offline.

The keys inside are there for information: whoever verifies says which keys they trust.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

BUNDLE_MEDIA_TYPE: Final = "application/vnd.countersign.bundle.v1+json"


class Bundle(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """DSSE ``envelope``, its ``signer`` (JWK), its ``receipt`` (tlog-proof), the ``log`` (vkey)."""

    media_type: Literal["application/vnd.countersign.bundle.v1+json"] = BUNDLE_MEDIA_TYPE
    envelope: dict[str, Any]
    signer: dict[str, Any]
    receipt: str
    log: str
