"""HTTP of the transparency log, laid out as https://c2sp.org/tlog-tiles, and the house's keys."""

from __future__ import annotations

import base64
from pathlib import PurePosixPath
from typing import Annotated, Any, Final

from litestar import Controller, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter

from app.core.access import PUBLIC
from app.core.errors import NotFound
from app.core.unit_of_work import UnitOfWork
from app.provenance import log, tiles, time_stamps
from app.provenance.api import house_keys
from app.provenance.content_credentials.house_credential import HouseCredential
from app.provenance.house import HouseKeys
from app.provenance.schemas import ConsistencyProof, StampedCheckpoint
from app.provenance.tiles import TilePath

_TEXT: Final = "text/plain"  # the framework adds the charset
_BYTES: Final = "application/octet-stream"
_IMMUTABLE: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_BRIEF: Final = {"Cache-Control": "public, max-age=2"}  # a checkpoint may be stale by so much


class LogController(Controller):
    """The public, append-only log of everything that was signed here."""

    path = "/log"
    tags = ["Transparency log"]
    dependencies = {"house": Provide(house_keys, sync_to_thread=False)}

    @get("/checkpoint", opt=PUBLIC, operation_id="readCheckpoint", media_type=_TEXT)
    async def checkpoint(self, uow: NamedDependency[UnitOfWork]) -> Response[str]:
        """The newest signed tree head: https://c2sp.org/tlog-checkpoint."""
        newest = await log.latest_checkpoint(uow.session)
        return Response(newest.note, media_type=_TEXT, headers=_BRIEF)

    @get("/key", opt=PUBLIC, operation_id="readLogKey", media_type=_TEXT)
    async def key(self, house: NamedDependency[HouseKeys]) -> Response[str]:
        """What checkpoints are verified with, as the one-line vkey of signed notes."""
        return Response(house.log_key.vkey + "\n", media_type=_TEXT)

    @get("/stamped-checkpoint", opt=PUBLIC, operation_id="readStampedCheckpoint")
    async def stamped(self, uow: NamedDependency[UnitOfWork]) -> StampedCheckpoint:
        """The newest checkpoint that an RFC 3161 authority has stamped, with its answer."""
        signed = await time_stamps.latest(uow.session)
        return StampedCheckpoint(
            checkpoint=signed.note,
            time_stamp=base64.b64encode(signed.time_stamp or b"").decode(),
        )

    @get("/cosigner-key", opt=PUBLIC, operation_id="readCosignerKey", media_type=_TEXT)
    async def cosigner_key(self, house: NamedDependency[HouseKeys]) -> Response[str]:
        """What post-quantum signatures of checkpoints are verified with, where there are any."""
        if house.cosigner is None:
            raise NotFound("This log's checkpoints have one signature, by the key at /log/key.")
        return Response(house.cosigner.key.vkey + "\n", media_type=_TEXT)

    @get("/tile/{level:str}/{place:path}", opt=PUBLIC, operation_id="readTile", media_type=_BYTES)
    async def tile(
        self,
        level: FromPath[str],
        place: FromPath[PurePosixPath],
        uow: NamedDependency[UnitOfWork],
    ) -> Response[bytes]:
        """Hashes of the tree, or with the level ``entries`` the entries: c2sp.org/tlog-tiles."""
        tile = TilePath.parse(str(place).removeprefix("/"))
        if level == "entries":
            content = await tiles.entry_bundle(uow.session, tile)
        elif level.isascii() and level.isdecimal() and level == str(int(level)):
            content = await tiles.hash_tile(uow.session, int(level), tile)
        else:
            raise NotFound("The level of a tile is a number from 0 to 63, or the word entries.")
        return Response(content, media_type=_BYTES, headers=_IMMUTABLE)

    @get("/proof/consistency", opt=PUBLIC, operation_id="proveConsistency")
    async def consistency(
        self,
        first: Annotated[int, QueryParameter(name="from")],
        second: Annotated[int, QueryParameter(name="to")],
        uow: NamedDependency[UnitOfWork],
    ) -> ConsistencyProof:
        """That the tree of ``from`` entries is a prefix of the tree of ``to`` entries."""
        hashes = await log.consistency_proof(uow.session, first, second)
        return ConsistencyProof(
            first=first,
            second=second,
            hashes=[base64.b64encode(digest).decode() for digest in hashes],
        )


@get(
    "/.well-known/content-credentials.pem",
    opt=PUBLIC,
    operation_id="readContentCredentialsRoot",
    media_type="application/pem-certificate-chain",
    tags=["Statements"],
)
async def read_credentials_root(state: State) -> str:
    """The root certificate under which our Content Credentials are trusted (RFC 8555 type)."""
    credential: HouseCredential = state.credential
    return credential.signer.anchors.pem.decode()


@get(
    "/.well-known/jwks.json",
    opt=PUBLIC,
    operation_id="readHouseKeys",
    media_type="application/jwk-set+json",
    dependencies={"house": Provide(house_keys, sync_to_thread=False)},
    tags=["Statements"],
)
async def read_house_keys(house: NamedDependency[HouseKeys]) -> dict[str, Any]:
    """The keys with which the house signs statements (RFC 7517)."""
    return house.jwks()
