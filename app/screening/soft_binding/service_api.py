"""HTTP of what this resolution service can do, and where it is found."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency

from app.core.access import PUBLIC
from app.core.unit_of_work import UnitOfWork
from app.provenance.content_credentials import iscc
from app.provenance.content_credentials.manifest import SPEC_VERSION
from app.screening.soft_binding.schemas import Algorithms, Capabilities, Discovery, Status


class ResolutionServiceController(Controller):
    """What is offered; open to everybody."""

    path = "/c2pa/services"
    tags = ["Content Credentials"]

    @get("/supportedAlgorithms", opt=PUBLIC, operation_id="getSupportedBindings")
    async def algorithms(self) -> Algorithms:
        """Algorithms of C2PA's list. Our own index needs no name: ``byContent`` without ``alg``."""
        return Algorithms(watermarks=[], fingerprints=[{"alg": iscc.ALGORITHM}])

    @get("/capabilities", opt=PUBLIC, operation_id="getServiceCapabilities")
    async def capabilities(self, request: Request[Any, Any, State]) -> Capabilities:
        """The optional parts of the API that are there."""
        by_reference = request.app.state.runtime.settings.resolve_references
        return Capabilities(
            c2pa_specification_version=SPEC_VERSION,
            supported_capabilities=[
                "queryByContent",
                *(["queryByReference"] if by_reference else []),
                "storeManifests",
                "storeBindings",
            ],
        )

    @get("/status", opt=PUBLIC, operation_id="getServiceStatus")
    async def status(self, uow: NamedDependency[UnitOfWork]) -> Status:
        """Whether this answers."""
        return Status(status="ok", timestamp=uow.now)


@get(
    "/.well-known/c2pa-soft-binding-resolution",
    opt=PUBLIC,
    operation_id="getWellKnown",
    tags=["Content Credentials"],
)
async def discover(request: Request[Any, Any, State]) -> Discovery:
    """Where the resolution API of this service lies (RFC 8615)."""
    base = f"{request.app.state.runtime.settings.public_url.rstrip('/')}/c2pa"
    return Discovery(
        api_endpoint=base,
        c2pa_specification_version=SPEC_VERSION,
        capabilities_endpoint=f"{base}/services/capabilities",
        status_endpoint=f"{base}/services/status",
    )
