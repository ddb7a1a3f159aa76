"""Finding the Content Credentials of a file that lost them: by its sound, in the catalogue's index.

What platforms strip from a file they cannot strip from its sound. This half runs in a screening
process; what the found files were released with is in the database.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.models import ReleasedFile
from app.core.errors import NotFound
from app.screening.catalogue_corpus import open_catalogue
from app.screening.errors import SoundUnusable
from similarity.audio.decode import decode
from similarity.errors import MediaError
from similarity.match import Band

MOST_RESULTS: Final = 20
_WHOLE: Final = 100


class FoundCredentials(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A manifest that belongs to the sound: its URN, and how alike the two are, 0 to 100."""

    manifest_id: str
    similarity_score: int


def search_sound(root: Path, path: Path, top: int) -> Any:
    """Assets of the catalogue that a file sounds like, and how much: ``[[asset id, 0..1]]``.

    Only what a screening would call a match is named: a score alone says little.

    Raises:
        SoundUnusable: the file cannot be decoded.
        CatalogueLost: the index is being made again.
    """
    try:
        audio = decode(path)
        found = open_catalogue(root).search_audio(audio, top=top)
    except MediaError as error:
        raise SoundUnusable(error.message) from error
    return [[match.reference, match.score] for match in found if match.band is not Band.NONE]


async def manifests_of(
    session: AsyncSession, found: list[tuple[str, float]]
) -> list[FoundCredentials]:
    """The manifests that these assets were released with, in the same order."""
    query = sa.select(ReleasedFile.asset_id, ReleasedFile.manifest).where(
        ReleasedFile.asset_id.in_([asset_id for asset_id, _ in found])
    )
    manifests: dict[str, str] = dict((await session.execute(query)).all())
    return [
        FoundCredentials(manifest_id=manifests[asset_id], similarity_score=round(_WHOLE * score))
        for asset_id, score in found
        if asset_id in manifests
    ]


async def released_with(session: AsyncSession, manifest_id: str) -> ReleasedFile:
    """The released file whose manifest has this URN.

    Raises:
        NotFound: it is none of ours.
    """
    query = sa.select(ReleasedFile).where(ReleasedFile.manifest == manifest_id)
    released: ReleasedFile | None = await session.scalar(query)
    if released is None:
        raise NotFound("We have released nothing with a manifest of this URN.")
    return released
