"""HTTP of the catalogue: tracks, their files, attestations."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from app.catalog import lineage, service
from app.catalog.asset_api import AssetController
from app.catalog.release import released_files
from app.catalog.schemas import (
    AttestationView,
    DescendantView,
    NewTrack,
    ParentView,
    ReleasedFileView,
    RestrictionView,
    SignAttestations,
    TrackView,
)
from app.core.access import PUBLIC, SIGNED_IN, only
from app.core.actor import Role
from app.core.unit_of_work import UnitOfWork
from licensing.attestations import REQUIRED

PageSize = Annotated[int, Meta(ge=1, le=100)]


class TrackController(Controller):
    """Tracks on their way to the market."""

    path = "/v1/tracks"
    tags = ["Tracks"]

    @post("", opt=only(Role.CREATOR), operation_id="openTrack")
    async def open(self, data: JSONBody[NewTrack], uow: NamedDependency[UnitOfWork]) -> TrackView:
        """Open an empty track; its files are uploaded next."""
        track = await service.open_track(
            uow,
            title=data.title,
            artist_name=data.artist_name,
            derived_from={parent.track_id: parent.relation for parent in data.derived_from},
        )
        return TrackView.of(track)

    @get("", opt=SIGNED_IN, operation_id="listTracks")
    async def list_own(
        self,
        uow: NamedDependency[UnitOfWork],
        before: Annotated[str | None, QueryParameter()] = None,
        limit: Annotated[PageSize, QueryParameter()] = 50,
    ) -> list[TrackView]:
        """Your tracks, newest first; ``before`` is the last id of the page you have."""
        tracks = await service.tracks_of(
            uow.session, uow.actor.person_id, before=before, limit=limit
        )
        return [TrackView.of(track) for track in tracks]

    @get("/{track_id:str}", opt=SIGNED_IN, operation_id="readTrack")
    async def read(self, track_id: FromPath[str], uow: NamedDependency[UnitOfWork]) -> TrackView:
        """A track of yours, or any for staff."""
        return TrackView.of(await service.track_for(uow, track_id))

    @get("/{track_id:str}/lineage", opt=SIGNED_IN, operation_id="readLineage")
    async def parents(
        self, track_id: FromPath[str], uow: NamedDependency[UnitOfWork]
    ) -> list[ParentView]:
        """The tracks from which this one was made."""
        track = await service.track_for(uow, track_id)
        return [ParentView.of(row) for row in await lineage.parents_of(uow.session, track.id)]

    @get("/{track_id:str}/descendants", opt=SIGNED_IN, operation_id="listDescendants")
    async def descendants(
        self, track_id: FromPath[str], uow: NamedDependency[UnitOfWork]
    ) -> list[DescendantView]:
        """Every track that was made from this one, directly or not, the nearest first."""
        track = await service.track_for(uow, track_id)
        found = await lineage.descendants_of(uow.session, track.id)
        return [DescendantView.of(derivation) for derivation in found]

    @get("/{track_id:str}/release", opt=SIGNED_IN, operation_id="readRelease")
    async def release(
        self, track_id: FromPath[str], uow: NamedDependency[UnitOfWork]
    ) -> list[ReleasedFileView]:
        """The track's files as buyers get them: tagged, with Content Credentials.

        They are made within a minute of the countersignature; only then can it be published.
        """
        track = await service.track_for(uow, track_id)
        released = await released_files(uow.session, track.id)
        return [ReleasedFileView.of(released[key]) for key in sorted(released)]

    @get("/{track_id:str}/restrictions", opt=SIGNED_IN, operation_id="listRestrictions")
    async def restrictions(
        self, track_id: FromPath[str], uow: NamedDependency[UnitOfWork]
    ) -> list[RestrictionView]:
        """What cases withhold of the track at present."""
        track = await service.track_for(uow, track_id)
        in_force = await service.restrictions_in_force(uow.session, track.id, uow.now)
        return [RestrictionView.of(restriction) for restriction in in_force]

    @post("/{track_id:str}/attestations", opt=SIGNED_IN, operation_id="signAttestations")
    async def sign(
        self,
        track_id: FromPath[str],
        data: JSONBody[SignAttestations],
        uow: NamedDependency[UnitOfWork],
    ) -> list[AttestationView]:
        """Sign attestation texts for a track; answers with everything signed so far."""
        signed = await service.sign_attestations(uow, track_id=track_id, references=data.references)
        return [AttestationView.of(signature) for signature in signed]

    @get("/{track_id:str}/attestations", opt=SIGNED_IN, operation_id="listSignedAttestations")
    async def signed(
        self, track_id: FromPath[str], uow: NamedDependency[UnitOfWork]
    ) -> list[AttestationView]:
        """What was signed for the track."""
        track = await service.track_for(uow, track_id)
        signed = await service.attestations_of(uow.session, track.id)
        return [AttestationView.of(signature) for signature in signed]


class AttestationController(Controller):
    """The texts that creators sign before publishing."""

    path = "/v1/attestations"
    tags = ["Tracks"]

    @get("", opt=PUBLIC, operation_id="listAttestations")
    async def texts(self) -> list[AttestationView]:
        """Every text that must be signed, word for word."""
        return [
            AttestationView(reference=text.reference, text=text.text, text_sha256=text.text_sha256)
            for text in REQUIRED
        ]


CONTROLLERS = [TrackController, AttestationController, AssetController]
