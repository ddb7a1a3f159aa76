"""What payments refuse. Each has its own ``type`` in the problem document."""

from __future__ import annotations

from app.core.errors import BadRequest, Conflict, Unavailable


class PaymentsNotConfigured(Unavailable):
    """No Stripe key or webhook secret in the settings."""

    slug = "payments-not-configured"
    title = "This service takes no payments yet"


class StripeUnavailable(Unavailable):
    """Stripe does not answer, or asks us to slow down. Whether the call took effect is unknown."""

    slug = "stripe-unavailable"
    title = "Our payment provider does not answer"


class StripeRefused(Conflict):
    """Stripe understood the call and said no; ``code`` is its error code."""

    slug = "stripe-refused"
    title = "Our payment provider refuses this"

    def __init__(self, detail: str, code: str) -> None:
        super().__init__(detail, code=code)
        self.code = code


class NotYetSettled(Unavailable):
    """Stripe has not booked yet what it told us of; it will be asked again."""

    slug = "not-yet-settled"
    title = "The payment is not settled yet"


class ForeignSettlement(Conflict):
    """Stripe settled in another currency than the buyer paid in."""

    slug = "foreign-settlement"
    title = "The payment was settled in another currency"


class WebhookRefused(BadRequest):
    """Not a message of Stripe to us: malformed, altered, wrongly signed, too old or too new."""

    slug = "webhook-refused"
    title = "This is no message of Stripe to us"


class StripeCallChanged(Conflict):
    """An idempotency key of ours was prepared before for other parameters."""

    slug = "stripe-call-changed"
    title = "This call to Stripe was prepared with other parameters"


class PaymentAmountChanged(Conflict):
    """The order has a payment over another amount."""

    slug = "payment-amount-changed"
    title = "This order is being paid with another amount"


class PaymentNotPossible(Conflict):
    """The payment has ended."""

    slug = "payment-not-possible"
    title = "This order can no longer be paid"
