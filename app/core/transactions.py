"""The edge of a request: its transaction, and its idempotent answer.

A middleware, because only here both the handler's effect and its answer are known before a byte is
sent: success commits the two together, an error rolls back, and a COMMIT that fails becomes a 409
instead of a lost row behind a 201.
"""

from __future__ import annotations

import logging
from typing import Any, Final, cast

import msgspec
from litestar.connection import Request
from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import (
    ASGIApp,
    HTTPReceiveMessage,
    HTTPScope,
    Message,
    Receive,
    Scope,
    Send,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import ANONYMOUS, Actor, ActorKind
from app.core.errors import Conflict, PayloadTooLarge, ServiceError, Unavailable
from app.core.idempotency import IdempotencyRecord, IdempotentRequest, find_answer
from app.core.problems import problem_document
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_KEYED_METHODS: Final = frozenset({"POST", "PATCH", "DELETE"})
_MAX_KEYED_BODY: Final = 1024 * 1024  # keyed requests are JSON documents; files come by PUT
_STATE_KEY: Final = "countersign_unit_of_work"

logger = logging.getLogger(__name__)


class CommitRefused(Conflict):
    """The database refused the change: something else changed the same thing at the same time."""

    slug = "concurrent-change"
    title = "Something else changed this at the same time"


class TransactionMiddleware(ASGIMiddleware):
    """Opens the request's unit of work, and closes it before the answer leaves."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        http = cast("HTTPScope", scope)
        units: UnitOfWorkFactory = scope["litestar_app"].state.units
        actor = scope.get("user") or ANONYMOUS
        if http["method"] in _SAFE_METHODS:
            async with units.database.read_session() as session:
                _offer(scope, units.over(session, actor))
                await next_app(scope, receive, send)
            return
        async with units.database.write_session() as session:
            unit = units.over(session, actor)
            _offer(scope, unit)
            await _Exchange(http, unit).run(receive, send, next_app)


def unit_of_work(request: Request[Any, Any, State]) -> UnitOfWork:
    """Litestar dependency: the unit of work of this request."""
    unit: UnitOfWork = request.scope["state"][_STATE_KEY]
    return unit


def _offer(scope: Scope, unit: UnitOfWork) -> None:
    scope.setdefault("state", {})[_STATE_KEY] = unit


class _Exchange:
    """One unsafe request and its answer, which is held back until the transaction has ended."""

    def __init__(self, scope: HTTPScope, unit: UnitOfWork) -> None:
        self._scope = scope
        self._unit = unit
        self._session: AsyncSession = unit.session
        self._start: Message | None = None
        self._body = b""

    async def run(self, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        try:
            keyed, receive = await self._keyed_request(receive)
            if keyed is not None and await self._replay(keyed, send):
                return
        except ServiceError as error:
            await _send_problem(error, send)
            return
        await next_app(self._scope, receive, self._hold_back)
        if self._start is None or self._start["type"] != "http.response.start":
            return
        try:
            await self._finish(keyed, self._start["status"])
        except ServiceError as error:
            await _send_problem(error, send)
            return
        await send(self._start)
        await send({"type": "http.response.body", "body": self._body, "more_body": False})

    async def _hold_back(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] == "http.response.body":
            self._body += message["body"]

    async def _finish(self, keyed: IdempotentRequest | None, status: int) -> None:
        if status >= 400:
            await self._session.rollback()
            return
        try:
            if keyed is not None and not self._holds_a_secret():
                self._session.add(self._answer(keyed, status))
            await self._session.commit()
        except IntegrityError as error:
            logger.info("commit refused: %s", error.orig)
            raise CommitRefused("Read the thing again and repeat your request.") from error
        except DBAPIError as error:
            logger.exception("commit failed")
            raise Unavailable("Nothing was changed; repeat your request in a moment.") from error

    def _holds_a_secret(self) -> bool:
        # A key shown once must not lie readable among the stored answers.
        return (b"cache-control", b"no-store") in self._start_headers()

    def _start_headers(self) -> list[tuple[bytes, bytes]]:
        if self._start is None or self._start["type"] != "http.response.start":
            return []
        return [(name.lower(), value) for name, value in self._start["headers"]]

    def _answer(self, keyed: IdempotentRequest, status: int) -> IdempotencyRecord:
        headers = [[name.decode(), value.decode()] for name, value in self._start_headers()]
        return IdempotencyRecord(
            caller=keyed.caller,
            key=keyed.key,
            request_digest=keyed.digest,
            status=status,
            headers=[pair for pair in headers if pair[0] != "set-cookie"],
            body=self._body,
            created_at=self._unit.now,
        )

    async def _keyed_request(self, receive: Receive) -> tuple[IdempotentRequest | None, Receive]:
        headers = dict(self._scope["headers"])
        key = headers.get(b"idempotency-key")
        if key is None or self._scope["method"] not in _KEYED_METHODS:
            return None, receive
        body = await _whole_body(receive)
        request = IdempotentRequest.of(
            caller=_caller(self._unit.actor),
            key=key.decode("latin-1"),
            method=self._scope["method"],
            path=self._scope["raw_path"].decode("latin-1"),
            body=body,
        )
        return request, _replayed(body)

    async def _replay(self, keyed: IdempotentRequest, send: Send) -> bool:
        answer = await find_answer(self._session, keyed, self._unit.now)
        if answer is None:
            return False
        headers = [(name.encode(), value.encode()) for name, value in answer.headers]
        headers.append((b"idempotent-replayed", b"true"))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body, "more_body": False})
        return True


def _caller(actor: Actor) -> str:
    if actor.kind is ActorKind.ANONYMOUS:
        return "public"
    return actor.user_id or actor.label


async def _whole_body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body
        body += message["body"]
        if len(body) > _MAX_KEYED_BODY:
            raise PayloadTooLarge("A request with an Idempotency-Key may have at most 1 MiB.")
        if not message["more_body"]:
            return body


def _replayed(body: bytes) -> Receive:
    sent = False

    async def receive() -> HTTPReceiveMessage:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _send_problem(error: ServiceError, send: Send) -> None:
    body = msgspec.json.encode(problem_document(error))
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
