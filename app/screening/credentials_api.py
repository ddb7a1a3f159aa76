"""HTTP of durable credentials: C2PA's Soft Binding Resolution API 2.4, the part that reads.

A file that lost its manifest is found by its sound, and the manifest is given back with the receipt
of our log. Nothing is fetched from addresses that callers name (``byReference``), and nobody stores
manifests here but the house itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter

from app.catalog.release import manifest_store_of
from app.core.access import PUBLIC, SIGNED_IN
from app.core.runtime import Runtime
from app.core.unit_of_work import UnitOfWork
from app.provenance import service as provenance
from app.provenance.api import house_keys, render_not_yet_sealed
from app.provenance.content_credentials.containers import MANIFEST_STORE_TYPE
from app.provenance.errors import NotYetSealed
from app.provenance.house import HouseKeys
from app.provenance.models import Statement
from app.screening.credential_search import (
    MOST_RESULTS,
    FoundCredentials,
    manifests_of,
    released_with,
    search_sound,
)

MAX_SOUND_BYTES: Final = 256 * 2**20
"""Of a file that is asked about: an hour of FLAC, far more than a copy needs to be found."""

_IMMUTABLE: Final = {"Cache-Control": "public, max-age=31536000, immutable"}

Results = Annotated[int, QueryParameter(name="maxResults", ge=1, le=MOST_RESULTS)]


class Matches(msgspec.Struct, kw_only=True):
    """Manifests that belong to what was asked about, the likeliest first."""

    matches: list[FoundCredentials]


class ReceiptAnchor(msgspec.Struct, kw_only=True):
    """Where it can be checked that the manifest was recorded: our log and its proof."""

    uri: str
    proof: dict[str, str]


class ManifestReceipt(msgspec.Struct, kw_only=True):
    """``org.c2pa.manifest-receipt``: the house's signed word about a manifest, with its proof."""

    type: str
    repository: str
    manifest_id: str = msgspec.field(name="manifestId")
    anchor: ReceiptAnchor


class CredentialController(Controller):
    """Credentials that survive what strips them."""

    path = "/c2pa"
    tags = ["Content Credentials"]
    dependencies = {"house": Provide(house_keys, sync_to_thread=False)}
    exception_handlers = {NotYetSealed: render_not_yet_sealed}

    @post(
        "/matches/byContent",
        opt=SIGNED_IN,
        operation_id="findCredentialsByContent",
        status_code=200,
        request_max_body_size=MAX_SOUND_BYTES,
    )
    async def by_content(
        self, request: Request[Any, Any, State], max_results: Results = 5
    ) -> Matches:
        """Send audio as the request body; answers with the manifests of tracks that it sounds like.

        Re-encoded, cut, sped up or stripped of its metadata: what counts is the sound.
        """
        runtime: Runtime = request.app.state.runtime
        stream: AsyncIterator[bytes] = request.stream()
        root = runtime.settings.catalogue_path.absolute()
        async with (
            runtime.storage.arriving(stream, limit=MAX_SOUND_BYTES) as arrival,
            arrival.as_file() as path,
        ):
            found = await runtime.pool.run(search_sound, root, path, MOST_RESULTS)
        async with request.app.state.units.look(request.user) as uow:
            matches = await manifests_of(uow.session, [(name, score) for name, score in found])
        return Matches(matches=matches[:max_results])

    @get(
        "/manifests/{manifest_id:str}",
        opt=PUBLIC,
        operation_id="readManifest",
        media_type=MANIFEST_STORE_TYPE,
    )
    async def manifest(
        self, manifest_id: FromPath[str], uow: NamedDependency[UnitOfWork]
    ) -> Response[bytes]:
        """A manifest store that we released a file with, by the URN of its active manifest."""
        released = await released_with(uow.session, manifest_id)
        store = await manifest_store_of(uow.session, released.asset_id)
        return Response(store, media_type=MANIFEST_STORE_TYPE, headers=_IMMUTABLE)

    @get("/manifests/{manifest_id:str}/receipts", opt=PUBLIC, operation_id="readManifestReceipts")
    async def receipts(
        self,
        manifest_id: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        house: NamedDependency[HouseKeys],
    ) -> list[ManifestReceipt]:
        """That the manifest is in our transparency log. 409 until the log is next sealed."""
        released = await released_with(uow.session, manifest_id)
        statement = await uow.session.get_one(Statement, released.statement_id)
        receipt = await provenance.receipt_for(uow.session, statement.id)
        return [
            ManifestReceipt(
                type="org.c2pa.manifest-receipt",
                repository=f"{house.url}/c2pa",
                manifest_id=released.manifest,
                anchor=ReceiptAnchor(
                    uri=f"{house.url}/v1/statements/{statement.id}/receipt",
                    proof={"alg": "c2sp.org/tlog-proof@v1", "value": receipt.text()},
                ),
            )
        ]

    @get("/services/supportedAlgorithms", opt=PUBLIC, operation_id="listBindingAlgorithms")
    async def algorithms(self) -> dict[str, list[dict[str, str]]]:
        """None of C2PA's list: sounds are compared by our own index, with ``byContent``."""
        return {"watermarks": [], "fingerprints": []}

    @get("/services/status", opt=PUBLIC, operation_id="readCredentialService")
    async def status(self) -> dict[str, str]:
        """Whether this answers."""
        return {"status": "ok"}
