"""HTTP of the catalogue: tracks, their files, attestations."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, delete, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Response, Stream
from msgspec import Meta

from app.catalog import assets, lineage, service
from app.catalog.assets import Upload
from app.catalog.content import Content, serve
from app.catalog.models import Asset, AssetRole
from app.catalog.names import file_name
from app.catalog.release import released_files
from app.catalog.schemas import (
    AssetView,
    AttestationView,
    DescendantView,
    NewTrack,
    ParentView,
    ReleasedFileView,
    RestrictionView,
    SignAttestations,
    TrackView,
)
from app.catalog.upload import UploadStream
from app.core.access import PUBLIC, SIGNED_IN, only
from app.core.actor import Role
from app.core.clock import SystemClock
from app.core.runtime import Runtime
from app.core.storage import Arrival
from app.core.unit_of_work import UnitOfWork
from app.provenance.content_credentials.containers import EMBEDDING
from app.provenance.content_credentials.house_credential import HouseCredential
from app.provenance.content_credentials.jumbf import find_store
from app.provenance.content_credentials.reading import (
    ContentCredentials,
    CredentialState,
    read_credentials,
)
from app.provenance.errors import CredentialsBroken
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


class AssetController(Controller):
    """The files of a track: raw bytes in, raw bytes out."""

    path = "/v1/tracks/{track_id:str}/assets/{role:str}/{name:str}"
    tags = ["Files"]

    @put(
        "",
        opt=SIGNED_IN,
        operation_id="uploadAsset",
        # Our own limit applies while the bytes stream, and says what it is.
        request_max_body_size=None,
        status_code=200,
    )
    async def upload(
        self,
        request: Request[Any, Any, State],
        track_id: FromPath[str],
        role: FromPath[AssetRole],
        name: FromPath[str],
    ) -> Response[AssetView]:
        """Send a file as the request body, in one piece.

        ``Content-Digest: sha-256=:…:`` (RFC 9530), if sent, is checked, and so are Content
        Credentials in the file: what was changed after signing is refused. The same bytes again
        change nothing; other bytes replace the file as long as the track is open. Answers 201
        for a new file, 200 otherwise.
        """
        runtime: Runtime = request.app.state.runtime
        units, limit = request.app.state.units, runtime.settings.max_upload_bytes
        # Short transactions around the long stream: an upload must not hold the database.
        async with units.look(request.user) as uow:
            await assets.require_open(uow, track_id=track_id)
        stream = UploadStream(
            request.stream(), request.headers, role=role, name=file_name(name), limit=limit
        )
        async with runtime.storage.arriving(aiter(stream), limit=limit) as arrival:
            credentials = await _credentials(request, arrival, stream.media.container)
            upload = Upload(role, file_name(name), arrival.stored, stream.media, credentials)
            async with units.begin(request.user) as uow:
                await assets.claim_file(uow, track_id=track_id, upload=upload)
            async with units.begin(request.user) as uow:
                asset, new = await assets.add_asset(uow, track_id=track_id, upload=upload)
                await arrival.keep()
        return Response(AssetView.of(asset), status_code=201 if new else 200)

    @delete("", opt=SIGNED_IN, operation_id="deleteAsset")
    async def remove(
        self,
        track_id: FromPath[str],
        role: FromPath[AssetRole],
        name: FromPath[str],
        uow: NamedDependency[UnitOfWork],
    ) -> None:
        """Take a file out of an open track."""
        await assets.remove_asset(uow, track_id=track_id, role=role, name=name)

    @get("", opt=SIGNED_IN, operation_id="downloadAsset")
    async def download(
        self,
        request: Request[Any, Any, State],
        track_id: FromPath[str],
        role: FromPath[AssetRole],
        name: FromPath[str],
    ) -> Response[None] | Stream:
        """The file's bytes, for its owner and staff; one byte range and ``If-None-Match`` work."""
        runtime: Runtime = request.app.state.runtime
        async with request.app.state.units.look(request.user) as uow:
            asset = await assets.asset_for(uow, track_id=track_id, role=role, name=name)
        return serve(runtime.storage, content_of(asset), request.headers)


def content_of(asset: Asset) -> Content:
    """An asset as bytes to be served."""
    return Content(asset.sha256, asset.size, asset.media_type, asset.name)


async def _credentials(
    request: Request[Any, Any, State], arrival: Arrival, container: str
) -> ContentCredentials | None:
    runtime: Runtime = request.app.state.runtime
    if container not in EMBEDDING:
        return None
    async with arrival.as_file() as path:
        # Most files have none, and looking is quick; judging them is work for another process.
        if await asyncio.to_thread(find_store, path) is None:
            return None
        credential: HouseCredential = request.app.state.credential
        found = await runtime.pool.run(
            # Certificates are judged by the machine's time: the library knows no other.
            read_credentials,
            path,
            container,
            credential.anchors,
            SystemClock().now(),
        )
    if found is not None and found.state is CredentialState.BROKEN:
        raise CredentialsBroken(
            f"{found.in_words} Export the file again from where it was signed, or remove them.",
            findings=[msgspec.to_builtins(one) for one in found.findings],
        )
    return found


CONTROLLERS = [TrackController, AttestationController, AssetController]
