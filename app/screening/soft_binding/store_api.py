"""HTTP of manifests: fetching them with their proof, and storing others' with their bindings."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Controller, Request, Response, delete, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter

from app.core.access import PUBLIC, only
from app.core.actor import Role
from app.core.errors import BadRequest, ServiceError
from app.core.unit_of_work import UnitOfWork
from app.provenance import log
from app.provenance.api import house_keys, render_not_yet_sealed
from app.provenance.content_credentials.containers import MANIFEST_STORE_TYPE
from app.provenance.content_credentials.jumbf import MAX_STORE_BYTES, only_active
from app.provenance.errors import NoteInvalid, NotYetSealed, ReceiptInvalid, ReceiptMalformed
from app.provenance.house import HouseKeys
from app.screening.soft_binding import manifests, resolution
from app.screening.soft_binding.manifests import Known
from app.screening.soft_binding.schemas import (
    RECEIPT_TYPE,
    TLOG_PROOF,
    Anchor,
    ManifestReceipt,
    NewBinding,
    Proof,
    Repository,
    StoredManifestView,
)

_IMMUTABLE: Final = {"Cache-Control": "public, max-age=31536000, immutable"}


class ManifestController(Controller):
    """Manifests by their URN, and what leads to them."""

    path = "/c2pa"
    tags = ["Content Credentials"]
    dependencies = {"house": Provide(house_keys, sync_to_thread=False)}
    exception_handlers = {NotYetSealed: render_not_yet_sealed}

    @get(
        "/manifests/{manifest_id:str}",
        opt=PUBLIC,
        operation_id="getManifestById",
        media_type=MANIFEST_STORE_TYPE,
    )
    async def manifest(
        self,
        manifest_id: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        only_this: Annotated[bool, QueryParameter(name="returnActiveManifest")] = False,  # noqa: FBT002 -- C2PA's
    ) -> Response[bytes]:
        """The manifest store whose active manifest has this URN, or that manifest alone."""
        store = await manifests.store_of(uow.session, manifest_id)
        content = only_active(store) if only_this else store
        return Response(content, media_type=MANIFEST_STORE_TYPE, headers=_IMMUTABLE)

    @post(
        "/manifests",
        opt=only(Role.OPERATOR),
        operation_id="storeManifest",
        status_code=200,
        request_max_body_size=MAX_STORE_BYTES,
    )
    async def store(
        self,
        request: Request[Any, Any, State],
        uow: NamedDependency[UnitOfWork],
        house: NamedDependency[HouseKeys],
        with_receipt: Annotated[bool, QueryParameter(name="returnReceipt")] = False,  # noqa: FBT002 -- C2PA's
    ) -> StoredManifestView:
        """Store a manifest store, sent as ``application/c2pa``; it enters the log at once."""
        stored = await manifests.keep(uow, await request.body())
        if not with_receipt:
            return StoredManifestView(manifest_id=stored.label)
        known = await manifests.find(uow.session, stored.label)
        while not await manifests.is_sealed(uow.session, known):
            await log.seal(uow, house)
        receipt = await _receipt(uow, house, known)
        return StoredManifestView(manifest_id=stored.label, receipt=receipt)

    @delete(
        "/manifests/{manifest_id:str}", opt=only(Role.OPERATOR), operation_id="deleteManifestById"
    )
    async def discard(self, manifest_id: FromPath[str], uow: NamedDependency[UnitOfWork]) -> None:
        """Delete a stored manifest and what leads to it; those of files that we released stay."""
        await manifests.discard(uow, manifest_id)

    @get("/manifests/{manifest_id:str}/receipts", opt=PUBLIC, operation_id="getManifestReceipt")
    async def receipt(
        self,
        manifest_id: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        house: NamedDependency[HouseKeys],
    ) -> ManifestReceipt:
        """That the manifest is in our transparency log. 409 until the log is next sealed."""
        return await _receipt(uow, house, await manifests.find(uow.session, manifest_id))

    @post(
        "/manifests/{manifest_id:str}/receipts",
        opt=PUBLIC,
        operation_id="verifyManifestReceipt",
        status_code=200,
    )
    async def verify(
        self,
        manifest_id: FromPath[str],
        data: JSONBody[ManifestReceipt],
        uow: NamedDependency[UnitOfWork],
        house: NamedDependency[HouseKeys],
    ) -> ManifestReceipt:
        """Whether a receipt that you hold proves this manifest; ``error`` says what is wrong."""
        known = await manifests.find(uow.session, manifest_id)
        if data.type != RECEIPT_TYPE:
            raise BadRequest(f"A receipt has the @type {RECEIPT_TYPE}.")
        data.verified, data.error = True, None
        try:
            if data.repository.manifest_id != manifest_id or data.anchor.proof.alg != TLOG_PROOF:
                raise ReceiptInvalid(f"It is for another manifest, or is no {TLOG_PROOF}.")
            await manifests.require_proved(uow.session, house, known, data.anchor.proof.value)
        except (ReceiptInvalid, ReceiptMalformed, NoteInvalid) as refusal:
            data.verified, data.error = False, _words(refusal)
        return data

    @post("/bindings", opt=only(Role.OPERATOR), operation_id="createBinding", status_code=204)
    async def bind(self, data: JSONBody[NewBinding], uow: NamedDependency[UnitOfWork]) -> None:
        """Let a soft binding lead to a stored manifest."""
        resolution.require_known(data.alg)
        value = resolution.decoded(data.binding_value)
        await manifests.bind(uow, manifest_id=data.manifest_id, value=value)

    @put("/bindings", opt=only(Role.OPERATOR), operation_id="updateBinding", status_code=204)
    async def rebind(self, data: JSONBody[NewBinding], uow: NamedDependency[UnitOfWork]) -> None:
        """Let a soft binding lead to this stored manifest, and to no other any more."""
        resolution.require_known(data.alg)
        value = resolution.decoded(data.binding_value)
        await manifests.rebind(uow, manifest_id=data.manifest_id, value=value)


async def _receipt(uow: UnitOfWork, house: HouseKeys, known: Known) -> ManifestReceipt:
    receipt = await manifests.receipt_for(uow.session, known)
    return ManifestReceipt(
        type=RECEIPT_TYPE,
        repository=Repository(uri=f"{house.url}/c2pa", manifest_id=known.manifest_id),
        anchor=Anchor(
            uri=f"{house.url}/c2pa/manifests/{known.manifest_id}/receipts",
            proof=Proof(alg=TLOG_PROOF, value=receipt.text()),
        ),
        verified=True,
    )


def _words(refusal: ServiceError) -> str:
    return f"{refusal.title}. {refusal.detail}"
