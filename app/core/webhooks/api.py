"""HTTP of webhooks: register an endpoint, and see what was delivered to it."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Controller, Request, delete, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from app.core.access import SIGNED_IN
from app.core.egress import Egress
from app.core.unit_of_work import UnitOfWork
from app.core.webhooks import service
from app.core.webhooks.log import deliveries_to
from app.core.webhooks.schemas import DeliveryView, EndpointView, NewEndpoint
from app.core.webhooks.sealing import SecretSeal

_SHOWN_ONCE: Final = {"Cache-Control": "no-store"}


def egress(request: Request[Any, Any, State]) -> Egress:
    """Litestar dependency: which addresses are allowed."""
    return Egress.build(sandbox=request.app.state.runtime.settings.sandbox)


def secret_seal(request: Request[Any, Any, State]) -> SecretSeal:
    """Litestar dependency: what keeps signing secrets at rest."""
    return SecretSeal.of(request.app.state.runtime.settings)


class WebhookController(Controller):
    """Endpoints that are told what happens; the form is that of Standard Webhooks."""

    path = "/v1/webhook-endpoints"
    tags = ["Webhooks"]
    dependencies = {
        "egress": Provide(egress, sync_to_thread=False),
        "seal": Provide(secret_seal, sync_to_thread=False),
    }

    @post("/", opt=SIGNED_IN, operation_id="registerWebhook", response_headers=_SHOWN_ONCE)
    async def register(
        self,
        data: JSONBody[NewEndpoint],
        uow: NamedDependency[UnitOfWork],
        egress: NamedDependency[Egress],
        seal: NamedDependency[SecretSeal],
    ) -> EndpointView:
        """Register an address for your events; operators may listen to the whole platform.

        The answer holds the signing secret, shown this once only. Check ``webhook-signature`` and
        ``webhook-timestamp`` of every request with it, as standardwebhooks.com describes.
        """
        endpoint, secret = await service.register_endpoint(
            uow,
            egress,
            seal,
            url=data.url,
            event_types=list(data.event_types),
            scope=data.scope,
        )
        return EndpointView.of(endpoint, secret)

    @get("/", opt=SIGNED_IN, operation_id="listWebhooks")
    async def mine(self, uow: NamedDependency[UnitOfWork]) -> list[EndpointView]:
        """Your endpoints, oldest first, without their secrets."""
        endpoints = await service.endpoints_of(uow.session, uow.actor.person_id)
        return [EndpointView.of(endpoint) for endpoint in endpoints]

    @delete("/{endpoint_id:str}", opt=SIGNED_IN, operation_id="removeWebhook", status_code=200)
    async def remove(
        self, endpoint_id: FromPath[str], uow: NamedDependency[UnitOfWork]
    ) -> EndpointView:
        """Send nothing more there, not even what is on its way."""
        return EndpointView.of(await service.remove_endpoint(uow, endpoint_id=endpoint_id))

    @post(
        "/{endpoint_id:str}/activation",
        opt=SIGNED_IN,
        operation_id="activateWebhook",
        status_code=200,
    )
    async def activate(
        self, endpoint_id: FromPath[str], uow: NamedDependency[UnitOfWork]
    ) -> EndpointView:
        """Send again to an endpoint that was disabled because nothing was received there."""
        return EndpointView.of(await service.activate_endpoint(uow, endpoint_id=endpoint_id))

    @get("/{endpoint_id:str}/deliveries", opt=SIGNED_IN, operation_id="listWebhookDeliveries")
    async def deliveries(
        self,
        endpoint_id: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        before: FromQuery[str | None] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> list[DeliveryView]:
        """What was sent there and what came of it, newest first.

        ``before`` is the id of the last delivery of the page before.
        """
        return await deliveries_to(uow, endpoint_id=endpoint_id, before=before, limit=limit)
