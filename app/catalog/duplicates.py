"""The same bytes in somebody else's track: the plainest case of resemblance."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.errors import DuplicateRecording
from app.catalog.lifecycle import TrackState
from app.catalog.models import Asset, Track
from app.catalog.sniffing import is_audio


async def find_duplicate(session: AsyncSession, *, sha256: str, owner_id: str) -> Asset | None:
    """The same bytes in a track of another owner, refused tracks aside."""
    query = (
        sa.select(Asset)
        .join(Track, Track.id == Asset.track_id)
        .where(
            Asset.sha256 == sha256,
            Track.owner_id != owner_id,
            Track.state != TrackState.REFUSED,
        )
        .limit(1)
    )
    found: Asset | None = await session.scalar(query)
    return found


async def require_no_duplicate(
    session: AsyncSession, track: Track, sha256: str, container: str
) -> None:
    """
    Raises:
        DuplicateRecording: another seller's track has the same recording.
    """
    if not is_audio(container):
        return
    if await find_duplicate(session, sha256=sha256, owner_id=track.owner_id) is not None:
        raise DuplicateRecording(
            "If the recording is yours, tell us: a reviewer settles who came first.",
            sha256=sha256,
        )
