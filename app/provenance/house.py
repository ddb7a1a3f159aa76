"""The keys that the house itself signs with: one for statements, one for the log.

Files by default, encrypted at rest and made at first use below ``home/keys``. A KMS takes part by
putting its own ``Signer`` into ``HouseKeys``. Several nodes of one house need the same keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.secrets import house_secret, kept_once
from app.core.settings import Settings
from app.provenance.checkpoint import NoteKey
from app.provenance.cosignature import Cosigner
from app.provenance.keys import Algorithm
from app.provenance.signer import PrivateKeySigner, Signer


@dataclass(frozen=True, slots=True)
class HouseKeys:
    """What the house signs with, and under which names.

    ``cosigner`` adds a post-quantum signature to checkpoints. ``origin`` names the log and is part
    of every checkpoint; it never changes, even when the service moves to another address
    (``url``).
    """

    statements: Signer
    log: Signer
    origin: str
    url: str
    cosigner: Cosigner | None = None

    @classmethod
    def load(cls, settings: Settings) -> HouseKeys:
        """The keys of this installation; made where there are none yet.

        Raises:
            KeyUnsupported: a key file cannot be read with the configured passphrase.
        """
        folder = settings.home / "keys"
        passphrase = settings.key_passphrase or house_secret(settings, "keys.passphrase").hex()
        url = settings.public_url.rstrip("/")
        origin = kept_once(folder / "log.origin", lambda: _schemeless(url).encode() + b"/log")
        return cls(
            statements=_signer(folder / "statements.pem", passphrase),
            log=_signer(folder / "log.pem", passphrase),
            origin=origin.decode(),
            url=url,
            cosigner=_cosigner(folder, origin.decode(), passphrase)
            if settings.post_quantum
            else None,
        )

    @property
    def log_key(self) -> NoteKey:
        """What checkpoints are verified with."""
        return NoteKey(self.origin, self.log.public_key)

    def jwks(self) -> dict[str, Any]:
        """The JWK Set (RFC 7517) that our statements are verified with."""
        key = self.statements.public_key
        published = {**key.jwk, "kid": key.kid, "alg": key.algorithm.value, "use": "sig"}
        return {"keys": [published]}


def _signer(path: Path, passphrase: str) -> Signer:
    pem = kept_once(path, lambda: PrivateKeySigner.generate(Algorithm.ED25519).pem(passphrase))
    return PrivateKeySigner.from_pem(pem, passphrase)


def _cosigner(folder: Path, origin: str, passphrase: str) -> Cosigner:
    path = folder / "log-ml-dsa-44.pem"
    pem = kept_once(path, lambda: Cosigner.generate(origin).pem(passphrase))
    return Cosigner.from_pem(origin, pem, passphrase)


def _schemeless(url: str) -> str:
    return url.partition("://")[2] or url
