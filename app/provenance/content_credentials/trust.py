"""Whom we believe: the anchors that claims may lead to, and the library's settings that follow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import c2pa
from cryptography import x509

from app.provenance.content_credentials.authority import CLAIM_SIGNING


@dataclass(frozen=True, slots=True)
class TrustAnchors:
    """Root certificates as PEM. A value that can be sent to another process."""

    pem: bytes

    @classmethod
    def of(cls, certificates: Iterable[bytes]) -> TrustAnchors:
        """Anchors put together from several PEM files.

        Raises:
            ValueError: one of them holds no certificate; the library would take it in silence.
        """
        joined = b"\n".join(certificates)
        x509.load_pem_x509_certificates(joined)
        return cls(joined)

    @classmethod
    def read(cls, paths: Iterable[Path]) -> TrustAnchors:
        """
        Raises:
            ValueError, OSError: a file that is missing or holds no certificate.
        """
        return cls.of(path.read_bytes() for path in paths)

    @classmethod
    def nobody(cls) -> TrustAnchors:
        """No anchors: what is whole can be told from what is not, and that is all."""
        return cls(b"")

    @property
    def certificates(self) -> list[x509.Certificate]:
        return x509.load_pem_x509_certificates(self.pem) if self.pem else []

    def context(self) -> c2pa.Context:
        """The library set up to believe these anchors and to fetch nothing, ever.

        One per process: a context does not survive a fork. Settings it does not know are ignored
        in silence, which is why ``self_test`` looks at what comes of them.
        """
        settings: dict[str, Any] = {
            "version": 1,
            "trust": {
                **({"trust_anchors": self.pem.decode()} if self.pem else {}),
                # Without it the library refuses leaves with C2PA's own purpose.
                "trust_config": f"{CLAIM_SIGNING.dotted_string}\n",
            },
            "verify": {
                "verify_trust": bool(self.pem),
                "verify_after_sign": True,
                "ocsp_fetch": False,
                "remote_manifest_fetch": False,
            },
            "builder": {"thumbnail": {"enabled": False}},
        }
        return c2pa.Context.from_dict(settings)
