"""Webhooks on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from app.core.webhooks.lifecycle import DeliveryState, EndpointState
from app.core.webhooks.models import Scope, WebhookEndpoint

EventType = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$", max_length=80)]


class NewEndpoint(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An address that wants to know of events; of all types, unless some are named."""

    url: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    event_types: Annotated[list[EventType], msgspec.Meta(max_length=50)] = []
    scope: Scope = Scope.OWN


class EndpointView(msgspec.Struct, kw_only=True):
    """An endpoint as its owner sees it; ``secret`` is in the first answer and nowhere else."""

    id: str
    url: str
    event_types: list[str]
    scope: Scope
    state: EndpointState
    created_at: datetime
    failing_since: datetime | None
    disabled_reason: str | None
    secret: str | None = None

    @classmethod
    def of(cls, endpoint: WebhookEndpoint, secret: str | None = None) -> EndpointView:
        return cls(
            id=endpoint.id,
            url=endpoint.url,
            event_types=endpoint.event_types,
            scope=endpoint.scope,
            state=endpoint.state,
            created_at=endpoint.created_at,
            failing_since=endpoint.failing_since,
            disabled_reason=endpoint.disabled_reason,
            secret=secret,
        )


class AttemptView(msgspec.Struct, kw_only=True):
    """One attempt: the receiver's status, or why there is none."""

    number: int
    at: datetime
    status: int | None
    failure: str | None


class DeliveryView(msgspec.Struct, kw_only=True):
    """An event on its way to an endpoint, with every attempt so far."""

    id: str
    event_id: str
    event_type: str
    subject: str
    occurred_at: datetime
    state: DeliveryState
    next_attempt_at: datetime | None
    attempts: list[AttemptView]
