"""From a sound or a soft binding to the manifests that belong to it."""

from __future__ import annotations

import base64
import binascii
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.models import ReleasedFile
from app.provenance.content_credentials import bindings, iscc
from app.provenance.errors import AlgorithmUnsupported, BindingMalformed

MOST_RESULTS: Final = 20
_WHOLE: Final = 100


class Match(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A manifest that belongs to what was asked about: its URN, and how alike, 0 to 100."""

    manifest_id: str
    similarity_score: int


def require_known(algorithm: str) -> None:
    """
    Raises:
        AlgorithmUnsupported: not one that we compute and compare.
    """
    if algorithm != iscc.ALGORITHM:
        raise AlgorithmUnsupported(
            f"Ask with {iscc.ALGORITHM}, or by content without naming an algorithm."
        )


def decoded(value: str) -> bytes:
    """A soft binding's value from base64 (RFC 4648, 4).

    Raises:
        BindingMalformed: it is not base64, or no ISCC-SEQ with units that count.
    """
    try:
        found = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BindingMalformed("Send the value in base64, with padding.") from error
    iscc.units_of(found)
    return found


async def by_binding(session: AsyncSession, value: bytes) -> list[Match]:
    """Manifests that a soft binding leads to, the likest first.

    Raises:
        BindingMalformed: no ISCC-SEQ with units that count.
    """
    found = await bindings.matches(session, iscc.units_of(value), MOST_RESULTS)
    return [_match(manifest_id, share) for manifest_id, share in found]


async def by_sound(
    session: AsyncSession, alike: list[tuple[str, float]], value: bytes
) -> list[Match]:
    """Manifests of the catalogue's assets that sound alike, then those that the ISCC leads to."""
    query = sa.select(ReleasedFile.asset_id, ReleasedFile.manifest).where(
        ReleasedFile.asset_id.in_([asset_id for asset_id, _ in alike])
    )
    manifests: dict[str, str] = dict((await session.execute(query)).all())
    heard = [
        _match(manifests[asset_id], score) for asset_id, score in alike if asset_id in manifests
    ]
    known = {match.manifest_id for match in heard}
    bound = await by_binding(session, value) if value else []
    return [*heard, *(match for match in bound if match.manifest_id not in known)]


def _match(manifest_id: str, share: float) -> Match:
    return Match(manifest_id=manifest_id, similarity_score=round(_WHOLE * share))
