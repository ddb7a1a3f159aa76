"""HTTP of a track's files: raw bytes in, raw bytes out, and credentials beside them."""

from __future__ import annotations

from typing import Any, Final

from litestar import Controller, Request, delete, get, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response, Stream

from app.catalog import assets, uploaded_credentials
from app.catalog.assets import Upload
from app.catalog.content import Content, serve
from app.catalog.errors import AssetReplaced
from app.catalog.models import Asset, AssetRole
from app.catalog.names import file_name
from app.catalog.schemas import AssetView
from app.catalog.upload import UploadStream
from app.core.access import SIGNED_IN
from app.core.runtime import Runtime
from app.core.unit_of_work import UnitOfWork

_MAX_SIDECAR_BYTES: Final = 16 * 2**20
"""Of a manifest store: thirty hands with thumbnails make some ten."""


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
            credentials = await uploaded_credentials.inside(
                request.app.state, arrival, stream.media.container
            )
            upload = Upload(role, file_name(name), arrival.stored, stream.media, credentials)
            async with units.begin(request.user) as uow:
                await assets.claim_file(uow, track_id=track_id, upload=upload)
            async with units.begin(request.user) as uow:
                asset, new = await assets.add_asset(uow, track_id=track_id, upload=upload)
                await arrival.keep()
        return Response(AssetView.of(asset), status_code=201 if new else 200)

    @put(
        "/credentials",
        opt=SIGNED_IN,
        operation_id="attachCredentials",
        request_max_body_size=_MAX_SIDECAR_BYTES,
        status_code=200,
    )
    async def attach(
        self,
        request: Request[Any, Any, State],
        track_id: FromPath[str],
        role: FromPath[AssetRole],
        name: FromPath[str],
    ) -> AssetView:
        """Send the Content Credentials that lie beside a file: its ``.c2pa`` sidecar.

        They must hold for the file as it was uploaded; at its release they become the parent of
        ours. Other bytes of the file drop them.
        """
        runtime: Runtime = request.app.state.runtime
        units = request.app.state.units
        sidecar = await request.body()
        async with units.look(request.user) as uow:
            asset = await assets.asset_for_sidecar(uow, track_id=track_id, role=role, name=name)
        async with runtime.storage.as_file(asset.sha256) as path:
            credentials = await uploaded_credentials.beside(
                request.app.state, path, asset.container, sidecar
            )
        async with units.begin(request.user) as uow:
            current = await assets.asset_for_sidecar(uow, track_id=track_id, role=role, name=name)
            if current.sha256 != asset.sha256:
                raise AssetReplaced("Send the credentials of the file that is there now.")
            await assets.attach_sidecar(uow, current, sidecar, credentials)
            return AssetView.of(current)

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
