"""A track's files as screening processes open them: at rest, with what each of them holds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.models import Asset, Track
from app.catalog.sniffing import is_audio
from app.core.storage import ObjectStorage
from app.provenance import music_generation
from app.provenance.models import Statement
from app.provenance.statement import parse
from app.screening.reading import FileToScreen
from similarity.media import MediaKind


async def stem_roles(session: AsyncSession, track: Track) -> Mapping[str, str]:
    """What plays on each stem, by the stem's SHA-256, as the generator declared it."""
    if track.provenance_statement_id is None:
        return {}
    statement = await session.get_one(Statement, track.provenance_statement_id)
    declared = music_generation.parse(parse(statement.payload))
    return {stem.sha256: stem.role for stem in declared.stems}


@asynccontextmanager
async def opened(
    storage: ObjectStorage, assets: Iterable[Asset], roles: Mapping[str, str]
) -> AsyncIterator[tuple[FileToScreen, ...]]:
    """The files, with paths that are valid inside the block only.

    Raises:
        NotFound: the storage has lost one.
    """
    async with AsyncExitStack() as stack:
        yield tuple([await _opened(stack, storage, asset, roles) for asset in assets])


async def _opened(
    stack: AsyncExitStack, storage: ObjectStorage, asset: Asset, roles: Mapping[str, str]
) -> FileToScreen:
    path = await stack.enter_async_context(storage.as_file(asset.sha256))
    return FileToScreen(
        asset_id=asset.id,
        role=asset.role,
        name=asset.name,
        sha256=asset.sha256,
        kind=MediaKind.AUDIO if is_audio(asset.container) else MediaKind.SCORE,
        path=path,
        plays=roles.get(asset.sha256, ""),
    )
