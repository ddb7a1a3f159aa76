"""HTTP of the market's buyers: orders, payment, licences and their files."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.response import Response, Stream

from app.catalog.content import Content, serve
from app.core.access import PUBLIC, SIGNED_IN, only
from app.core.actor import Role
from app.core.runtime import Runtime
from app.core.unit_of_work import UnitOfWork
from app.market import delivery, grants, orders
from app.market.schemas import (
    CertificateStatus,
    Download,
    GrantView,
    NewOrder,
    OrderView,
    PaymentView,
)
from app.payments import checkout
from app.payments.stripe_gateway import StripeGateway
from app.provenance.api import house_keys, render_not_yet_sealed
from app.provenance.bundle import Bundle
from app.provenance.errors import NotYetSealed
from app.provenance.house import HouseKeys

_SECRET: Final = {"Cache-Control": "no-store"}
"""Answers that open something: no cache keeps them, nor does our own store of answers."""

BeforeQuery = Annotated[str | None, QueryParameter()]
PageSize = Annotated[int, QueryParameter(ge=1, le=100)]


class OrderController(Controller):
    """Buying licences."""

    path = "/v1/orders"
    tags = ["Orders"]

    @post("", opt=only(Role.BUYER), operation_id="placeOrder")
    async def place(self, data: JSONBody[NewOrder], uow: NamedDependency[UnitOfWork]) -> OrderView:
        """Order a licence as it is offered now; pay within half an hour."""
        return OrderView.of(await orders.place_order(uow, offer_id=data.offer_id))

    @get("", opt=SIGNED_IN, operation_id="listOrders")
    async def own(
        self,
        uow: NamedDependency[UnitOfWork],
        before: BeforeQuery = None,
        limit: PageSize = 50,
    ) -> list[OrderView]:
        """Your orders, newest first; ``before`` is the last id of the page you have."""
        found = await orders.orders_of(uow.session, uow.actor.person_id, before=before, limit=limit)
        return [OrderView.of(order) for order in found]

    @get("/{order_id:str}", opt=SIGNED_IN, operation_id="readOrder")
    async def read(self, order_id: FromPath[str], uow: NamedDependency[UnitOfWork]) -> OrderView:
        """One of your orders."""
        return OrderView.of(await orders.order_for(uow, order_id))

    @post(
        "/{order_id:str}/payment",
        opt=SIGNED_IN,
        operation_id="startPayment",
        status_code=200,
        response_headers=_SECRET,
    )
    async def pay(
        self,
        order_id: FromPath[str],
        request: Request[Any, Any, State],
        uow: NamedDependency[UnitOfWork],
    ) -> PaymentView:
        """The PaymentIntent of your order. Asking again answers with the same one."""
        # Stripe is called between transactions; an Idempotency-Key may have begun this one.
        await uow.session.rollback()
        units, gateway = request.app.state.units, _gateway(request)
        async with units.begin(uow.actor) as own:
            payment = await orders.start_payment(own, order_id=order_id)
        intent = await checkout.ensure_intent(units, gateway, payment_id=payment.id)
        return PaymentView.of(payment, intent)


class GrantController(Controller):
    """Licences that you hold."""

    path = "/v1/grants"
    tags = ["Licences"]
    dependencies = {"house": Provide(house_keys, sync_to_thread=False)}
    exception_handlers = {NotYetSealed: render_not_yet_sealed}

    @get("", opt=SIGNED_IN, operation_id="listGrants")
    async def own(self, uow: NamedDependency[UnitOfWork]) -> list[GrantView]:
        """Your licences, newest first."""
        return [
            GrantView.of(grant, await grants.standing(uow.session, grant, uow.now))
            for grant in await grants.grants_of(uow.session, uow.actor.person_id)
        ]

    @get("/{grant_id:str}", opt=SIGNED_IN, operation_id="readGrant")
    async def read(self, grant_id: FromPath[str], uow: NamedDependency[UnitOfWork]) -> GrantView:
        """One of your licences, as it stands today."""
        grant = await grants.grant_for(uow, grant_id)
        return GrantView.of(grant, await grants.standing(uow.session, grant, uow.now))

    @get("/{grant_id:str}/certificate", opt=SIGNED_IN, operation_id="readCertificate")
    async def certificate(
        self,
        grant_id: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        house: NamedDependency[HouseKeys],
    ) -> Bundle:
        """The signed certificate with its log receipt; ``countersign verify`` needs no network."""
        return await grants.certificate_bundle(uow, house, grant_id=grant_id)

    @get(
        "/{grant_id:str}/download",
        opt=SIGNED_IN,
        operation_id="makeDownloadLinks",
        response_headers=_SECRET,
    )
    async def download(
        self, grant_id: FromPath[str], request: Request[Any, Any, State]
    ) -> Download:
        """Links to your files that work for a quarter of an hour. 410 while a case is open."""
        runtime: Runtime = request.app.state.runtime
        async with request.app.state.units.begin(request.user) as uow:
            links = await delivery.download_links(uow, runtime.urls, grant_id=grant_id)
        return Download.of(links)


class CertificateController(Controller):
    """What a certificate's status address answers."""

    path = "/v1/certificates"
    tags = ["Licences"]

    @get("/{certificate_id:str}", opt=PUBLIC, operation_id="readCertificateStatus")
    async def status(
        self, certificate_id: FromPath[str], uow: NamedDependency[UnitOfWork]
    ) -> CertificateStatus:
        """Whether a licence is active, suspended, revoked or expired today."""
        grant = await grants.grant_of_certificate(uow.session, certificate_id)
        return CertificateStatus.of(grant, await grants.standing(uow.session, grant, uow.now))


class DeliveryController(Controller):
    """Where download links lead."""

    path = "/deliveries"
    tags = ["Licences"]

    @get("/{grant_id:str}/{key:str}", opt=PUBLIC, operation_id="deliverFile")
    async def deliver(
        self,
        grant_id: FromPath[str],
        key: FromPath[str],
        expires: FromQuery[int],
        signature: FromQuery[str],
        request: Request[Any, Any, State],
    ) -> Response[None] | Response[bytes] | Stream:
        """The file behind a signed link; one byte range and ``If-None-Match`` work.

        A key that ends in ``.c2pa`` is the sidecar with the Content Credentials of the file.
        """
        runtime: Runtime = request.app.state.runtime
        path = delivery.delivery_path(grant_id, key)
        runtime.urls.check(path, expires, signature, runtime.clock.now())
        async with request.app.state.units.look(request.user) as uow:
            file = await delivery.delivered_file(uow, grant_id=grant_id, key=key)
        if file.manifest_store is not None:
            return Response(file.manifest_store, media_type=file.media_type)
        content = Content(file.sha256, file.size, file.media_type, file.name)
        return serve(runtime.storage, content, request.headers)


def _gateway(request: Request[Any, Any, State]) -> StripeGateway:
    gateway: StripeGateway = request.app.state.gateway
    return gateway
