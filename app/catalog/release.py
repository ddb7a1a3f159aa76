"""A countersigned track's files as they leave us: tagged, with Content Credentials.

They are made once, after the countersignature, not at each sale: every buyer gets the same bytes,
and a certificate can name them. What the credentials say is what the log holds about the track.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.assets import claim_bytes, sidecar_of
from app.catalog.lifecycle import TrackState
from app.catalog.models import Asset, AssetRole, ReleasedFile, Track
from app.catalog.service import RELEASE_TRACK
from app.core.storage import StoredObject
from app.core.unit_of_work import UnitOfWork
from app.provenance import music_generation, release_statement
from app.provenance import service as provenance
from app.provenance import statement as in_toto
from app.provenance.content_credentials import bindings
from app.provenance.content_credentials.manifest import Claim, Component, digital_source_type
from app.provenance.content_credentials.signing import Release, Signed
from app.provenance.content_credentials.tags import AigcLabel, Tags
from app.provenance.house import HouseKeys
from app.provenance.models import Statement
from app.provenance.music_generation import MusicGeneration, TrainingMining
from app.provenance.statement import RELEASE, DigestSet, Subject, timestamp

RETRIED_AFTER: Final = timedelta(minutes=10)
"""A job that failed is tried again; one that still runs has not taken this long."""

_BATCH: Final = 50


@dataclass(frozen=True, slots=True)
class Publisher:
    """As whom the house releases: its keys and address, its name, whether it labels for China."""

    house: HouseKeys
    platform: str
    aigc_label: bool


async def unreleased(session: AsyncSession, track_id: str) -> list[str]:
    """The ids of a countersigned track's assets that have not been released yet."""
    query = (
        sa.select(Asset.id)
        .join(Track, Track.id == Asset.track_id)
        .where(
            Track.id == track_id,
            Track.state == TrackState.COUNTERSIGNED,
            ~sa.exists().where(ReleasedFile.asset_id == Asset.id),
        )
        .order_by(Asset.id)
    )
    return list(await session.scalars(query))


async def released_files(session: AsyncSession, track_id: str) -> dict[str, ReleasedFile]:
    """What leaves us of a track, by the id of the asset."""
    query = (
        sa.select(ReleasedFile)
        .join(Asset, Asset.id == ReleasedFile.asset_id)
        .where(Asset.track_id == track_id)
    )
    return {file.asset_id: file for file in await session.scalars(query)}


async def manifest_store_of(session: AsyncSession, asset_id: str) -> bytes:
    """The manifest store that an asset was released with."""
    query = sa.select(ReleasedFile.manifest_store).where(ReleasedFile.asset_id == asset_id)
    return (await session.scalars(query)).one()


async def is_released(session: AsyncSession, track_id: str) -> bool:
    """Whether every file of a countersigned track is ready to leave us."""
    return not await unreleased(session, track_id)


async def release_of(
    session: AsyncSession, publisher: Publisher, asset_id: str
) -> tuple[Asset, Release]:
    """What an asset is to leave us as, from what was signed about its track."""
    asset = await session.get_one(Asset, asset_id)
    track = await session.get_one(Track, asset.track_id)
    statement = await session.get_one(Statement, track.provenance_statement_id)
    countersignature = await session.get_one(Statement, track.countersignature_id)
    made = music_generation.parse(in_toto.parse(statement.payload))
    credentials = asset.credentials or {}
    title = track.title if asset.role is AssetRole.MIX else f"{track.title} ({asset.name})"
    url = publisher.house.url
    claim = Claim(
        title=title,
        artist=track.artist_name,
        software_agent=made.generator.name,
        software_version=made.generator.version,
        digital_source_type=digital_source_type(made.ai_facets),
        created_at=timestamp(made.created_at),
        statement_uri=f"{url}/v1/statements/{statement.id}",
        statement_sha256=statement.payload_sha256,
        countersignature_uri=f"{url}/v1/statements/{countersignature.id}",
        countersignature_sha256=countersignature.payload_sha256,
        policy=_policy_of(countersignature),
        rights_uri=f"{url}/tracks/{track.id}",
        training_mining=_uses(made.training_mining),
        redactions=tuple(credentials.get("prompts", ())),
        stems=tuple(_stems(made, track)) if asset.role is AssetRole.MIX else (),
        references=tuple(_references(made)) if asset.role is AssetRole.MIX else (),
    )
    label = _aigc_label(publisher, made, track, statement) if publisher.aigc_label else None
    tags = Tags(title=title, artist=track.artist_name, aigc=label)
    sidecar = await sidecar_of(session, asset.id)
    return asset, Release(asset.container, claim, tags, opened=bool(credentials), sidecar=sidecar)


async def record_released(
    uow: UnitOfWork, publisher: Publisher, *, asset_id: str, stored: StoredObject, signed: Signed
) -> ReleasedFile:
    """The asset leaves us as these bytes from now on; the first time counts."""
    known = await uow.session.get(ReleasedFile, asset_id)
    if known is not None:
        return known
    await claim_bytes(uow, stored)
    asset = await uow.session.get_one(Asset, asset_id)
    name = f"{asset.role.value}/{asset.name}"
    statement = await provenance.issue_statement(
        uow,
        publisher.house,
        subject_id=asset.track_id,
        predicate_type=RELEASE,
        subjects=[Subject(name=name, digest=DigestSet(sha256=stored.sha256))],
        predicate=release_statement.predicate(
            resource=f"{publisher.house.url}/v1/tracks/{asset.track_id}",
            source_sha256=asset.sha256,
            signed=signed,
        ),
    )
    released = ReleasedFile(
        asset_id=asset.id,
        sha256=stored.sha256,
        size=stored.size,
        embedded=signed.embedded,
        manifest=signed.label,
        claim_sha256=signed.claim_sha256,
        manifest_store=signed.store,
        statement_id=statement.id,
        released_at=uow.now,
    )
    uow.session.add(released)
    await uow.session.flush()
    await bindings.bind(uow, manifest_id=signed.label, value=signed.binding)
    uow.record(
        "asset.released",
        asset.track_id,
        asset=asset.id,
        sha256=stored.sha256,
        manifest=signed.label,
    )
    return released


async def retry_unreleased(uow: UnitOfWork) -> int:
    """Start the jobs again of tracks whose files should have been released; how many."""
    waiting = (
        sa.select(Track.id)
        .join(Statement, Statement.id == Track.countersignature_id)
        .where(
            Track.state == TrackState.COUNTERSIGNED,
            Statement.created_at < uow.now - RETRIED_AFTER,
            sa.exists().where(
                Asset.track_id == Track.id,
                ~sa.exists().where(ReleasedFile.asset_id == Asset.id),
            ),
        )
        .order_by(Track.id)
        .limit(_BATCH)
    )
    tracks = list(await uow.session.scalars(waiting))
    attempt = int(uow.now.timestamp() // RETRIED_AFTER.total_seconds())
    for track_id in tracks:
        await uow.enqueue(RELEASE_TRACK, f"{track_id}:{attempt}", track_id)
    return len(tracks)


def _policy_of(countersignature: Statement) -> str:
    policy: str = in_toto.parse(countersignature.payload).predicate["policy"]["uri"]
    return policy


def _stems(made: MusicGeneration, track: Track) -> Iterator[Component]:
    names = {asset.sha256: asset.name for asset in track.assets}
    for stem in made.stems:
        yield Component(
            title=names.get(stem.sha256, stem.role),
            sha256=stem.sha256,
            description=f"Stem: {stem.role}",
        )


def _references(made: MusicGeneration) -> Iterator[Component]:
    for reference in made.references:
        yield Component(
            title="Reference audio",
            sha256=reference.sha256,
            description=f"Licence: {reference.licence}",
        )


def _uses(declared: TrainingMining | None) -> Mapping[str, str]:
    if declared is None:
        return {}
    return {
        "cawg.data_mining": declared.data_mining,
        "cawg.ai_training": declared.ai_training,
        "cawg.ai_generative_training": declared.ai_generative_training,
        "cawg.ai_inference": declared.ai_inference,
    }


def _aigc_label(
    publisher: Publisher, made: MusicGeneration, track: Track, statement: Statement
) -> AigcLabel:
    return AigcLabel(
        content_producer=made.generator.provider,
        produce_id=statement.id,
        content_propagator=publisher.platform,
        propagate_id=track.id,
    )
