"""Matches in the catalogue, read with the database: whose they are, and whether they count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.models import Asset, Track
from app.catalog.sniffing import is_audio
from app.screening.evidence import (
    CatalogueFile,
    EvidenceDocument,
    FoundMatch,
    ReferenceWork,
    ScreenedFile,
)
from app.screening.lanes import Corpus
from app.screening.lifecycle import EntryState
from app.screening.models import CatalogueEntry, Screening
from similarity.match import Band, MatchKind


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A file of an accepted track."""

    asset: Asset
    track: Track
    entry: CatalogueEntry


async def assets_of_owner(session: AsyncSession, track_id: str) -> frozenset[str]:
    """The owner's own files in the catalogue corpus: resembling oneself is no match."""
    owner = sa.select(Track.owner_id).where(Track.id == track_id).scalar_subquery()
    query = (
        sa.select(Asset.id)
        .join(Track, Track.id == Asset.track_id)
        .outerjoin(CatalogueEntry, CatalogueEntry.track_id == Track.id)
        .where(
            Track.owner_id == owner,
            sa.or_(Track.id == track_id, CatalogueEntry.track_id.is_not(None)),
        )
    )
    return frozenset(await session.scalars(query))


async def counting(
    session: AsyncSession, track_id: str, matches: Iterable[FoundMatch]
) -> list[FoundMatch]:
    """The matches that count, those of the catalogue with the track's name and outline.

    A track that has left the catalogue counts no more, and of two accepted tracks only the one
    that was admitted first counts against the other. What is below the threshold is left out: no
    seller needs to read of strangers' tracks that do not resemble theirs.
    """
    matches = list(matches)
    found = {match.work.reference for match in matches if match.corpus is Corpus.CATALOGUE}
    near = await _neighbours(session, found)
    own = await session.get(CatalogueEntry, track_id)
    outlines = await _outlines(session, {neighbour.track.id for neighbour in near.values()})
    kept = []
    for match in matches:
        if match.corpus is not Corpus.CATALOGUE:
            kept.append(match)
            continue
        neighbour = near.get(match.work.reference)
        counts = match.band is not Band.NONE
        if counts and neighbour is not None and _came_first(neighbour.entry, own):
            kept.append(_named(match, neighbour, outlines.get(neighbour.asset.id)))
    return kept


async def others_first(session: AsyncSession, track_id: str, asset_ids: Iterable[str]) -> set[str]:
    """Those of the assets that are another seller's and were here before this track."""
    near = await _neighbours(session, asset_ids)
    track = await session.get_one(Track, track_id)
    own = await session.get(CatalogueEntry, track_id)
    return {
        asset_id
        for asset_id, neighbour in near.items()
        if neighbour.track.owner_id != track.owner_id and _came_first(neighbour.entry, own)
    }


def _came_first(entry: CatalogueEntry, own: CatalogueEntry | None) -> bool:
    return own is None or (entry.admitted_at, entry.track_id) < (own.admitted_at, own.track_id)


async def _neighbours(session: AsyncSession, asset_ids: Iterable[str]) -> dict[str, Neighbour]:
    query = (
        sa.select(Asset, Track, CatalogueEntry)
        .join(Track, Track.id == Asset.track_id)
        .join(CatalogueEntry, CatalogueEntry.track_id == Track.id)
        .where(
            Asset.id.in_(sorted(asset_ids)),
            CatalogueEntry.state.in_((EntryState.ADDING, EntryState.PRESENT)),
        )
    )
    return {
        asset.id: Neighbour(asset, track, entry)
        for asset, track, entry in await session.execute(query)
    }


async def _outlines(session: AsyncSession, track_ids: Iterable[str]) -> dict[str, ScreenedFile]:
    """What their own screenings kept of these tracks' files, by asset."""
    query = (
        sa.select(Screening.evidence)
        .where(Screening.track_id.in_(sorted(track_ids)), Screening.evidence.is_not(None))
        .order_by(Screening.id)
    )
    return {
        file.asset_id: file
        for document in await session.scalars(query)
        for file in msgspec.json.decode(document or b"", type=EvidenceDocument).files
    }


def _named(match: FoundMatch, neighbour: Neighbour, outline: ScreenedFile | None) -> FoundMatch:
    asset, track = neighbour.asset, neighbour.track
    audible = is_audio(asset.container)
    work = ReferenceWork(
        reference=asset.id,
        title=track.title,
        composer=track.artist_name,
        source=f"{asset.role.value} of {track.id}",
        rights=f"Another seller's track, accepted here on {neighbour.entry.admitted_at:%Y-%m-%d}",
        duration_s=outline.duration_s if outline else None,
        instrumentation=asset.name if audible else None,
        peaks=outline.peaks if outline else [],
        file=CatalogueFile(track_id=track.id, role=asset.role.value, name=asset.name),
    )
    written_down = match.kind is MatchKind.MELODY and audible
    return replace(match, work=work, transcribed=match.transcribed or written_down)
