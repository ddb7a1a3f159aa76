"""The lives of an endpoint and of a delivery, as tables of data."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from licensing.lifecycle import Lifecycle


class EndpointState(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"
    REMOVED = "removed"


class EndpointCommand(StrEnum):
    DISABLE = "disable"
    ACTIVATE = "activate"
    REMOVE = "remove"


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class DeliveryCommand(StrEnum):
    SUCCEED = "succeed"
    GIVE_UP = "give-up"
    CANCEL = "cancel"


ENDPOINT: Final = Lifecycle(
    name="webhook endpoint",
    states=EndpointState,
    initial=EndpointState.ACTIVE,
    terminal=frozenset({EndpointState.REMOVED}),
    transitions={
        (EndpointState.ACTIVE, EndpointCommand.DISABLE): EndpointState.DISABLED,
        (EndpointState.DISABLED, EndpointCommand.ACTIVATE): EndpointState.ACTIVE,
        (EndpointState.ACTIVE, EndpointCommand.REMOVE): EndpointState.REMOVED,
        (EndpointState.DISABLED, EndpointCommand.REMOVE): EndpointState.REMOVED,
    },
)

DELIVERY: Final = Lifecycle(
    name="webhook delivery",
    states=DeliveryState,
    initial=DeliveryState.PENDING,
    terminal=frozenset({DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.CANCELLED}),
    transitions={
        (DeliveryState.PENDING, DeliveryCommand.SUCCEED): DeliveryState.DELIVERED,
        (DeliveryState.PENDING, DeliveryCommand.GIVE_UP): DeliveryState.FAILED,
        (DeliveryState.PENDING, DeliveryCommand.CANCEL): DeliveryState.CANCELLED,
    },
)
