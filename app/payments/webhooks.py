"""Reading what arrives at the webhook address: whether Stripe said it, and what it is about.

The SDK checks the signature. It accepts a timestamp of tomorrow and answers some malformed bodies
with bare ValueErrors; both are refused here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
import stripe

from app.payments.errors import PaymentsNotConfigured, WebhookRefused

TOLERANCE: Final = timedelta(minutes=5)
"""How far the signature's time may lie from ours, either way; the SDK's own figure for the past."""


class _Object(msgspec.Struct):
    id: str


class _Data(msgspec.Struct):
    object: _Object


class _Event(msgspec.Struct):
    id: str
    type: str
    object: str
    data: _Data


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """The identity of a verified event, and of the object that it is about."""

    id: str
    type: str
    object_id: str


def read_event(body: bytes, signature: str, *, secret: str, at: datetime) -> ReceivedEvent:
    """Verify a webhook's body against its ``Stripe-Signature`` header.

    ``at`` is the real time, whatever a sandbox's clock says: Stripe does not know of that one.

    Raises:
        WebhookRefused: malformed, altered, wrongly signed, too old or too new.
        PaymentsNotConfigured: we have no secret to verify with.
    """
    if not secret:
        raise PaymentsNotConfigured("Set COUNTERSIGN_STRIPE_WEBHOOK_SECRET to receive webhooks.")
    try:
        # Age is checked below, against the time that we were given and in both directions.
        stripe.WebhookSignature.verify_header(body, signature, secret, tolerance=None)
        event = msgspec.json.decode(body, type=_Event)
    except (stripe.SignatureVerificationError, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise WebhookRefused("Send the body as Stripe sent it, with its signature.") from error
    if event.object != "event":
        raise WebhookRefused("Only snapshot events are taken here.")
    if abs(at.timestamp() - _signed_at(signature)) > TOLERANCE.total_seconds():
        raise WebhookRefused("The signature is too old or from the future; check the clocks.")
    return ReceivedEvent(event.id, event.type, event.data.object.id)


def _signed_at(signature: str) -> int:
    # The header has been verified, so that its first time is the one that was signed.
    fields = (field.split("=", 1) for field in signature.split(","))
    return next(int(value) for name, value in fields if name == "t")
