"""The only module that talks to Stripe.

Every changing call carries an idempotency key of ours that was stored before (``stripe_calls``):
the SDK's own keys die with the process. The SDK retries lost connections, 409 and 5xx answers;
what it gives up on, and 429, becomes ``StripeUnavailable``, and the caller's job tries later.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from ipaddress import ip_address
from typing import Final, TypeVar
from urllib.parse import urlsplit

import stripe
from stripe._v1_services import V1Services  # the SDK names this type nowhere else
from stripe.params import PaymentIntentCreateParams, RefundCreateParams

from app.core.settings import Settings
from app.payments.errors import PaymentsNotConfigured, StripeRefused, StripeUnavailable
from app.payments.stripe_objects import REFUND_ID, Intent, ProviderDispute, ProviderRefund

_TIMEOUT_SECONDS: Final = 20.0  # the SDK's 80 would keep a buyer before an empty page
_RETRIES: Final = 2  # a client made without this number does not retry at all
_WITH_FEE: Final = ["latest_charge.balance_transaction"]
_REFUNDS_PER_PAGE: Final = 100

_UNKNOWN_OUTCOME: Final = (stripe.APIConnectionError, stripe.APIError, stripe.RateLimitError)
_OUR_FAULT: Final = (stripe.AuthenticationError, stripe.PermissionError)

Answer = TypeVar("Answer")
logger = logging.getLogger(__name__)


class InsecureStripeAddress(ValueError):
    """``COUNTERSIGN_STRIPE_API_BASE`` would send the secret key over the network in the clear."""


class StripeGateway:
    """Stripe's API, as much of it as we use, in values of ours.

    Every method raises StripeUnavailable where the outcome is unknown, StripeRefused where Stripe
    said no, and PaymentsNotConfigured where no key is set.
    """

    def __init__(
        self, client: stripe.StripeClient | None = None, http: stripe.HTTPXClient | None = None
    ) -> None:
        self._client = client
        self._http = http

    @classmethod
    def connect(cls, settings: Settings) -> StripeGateway:
        """
        Raises:
            InsecureStripeAddress: a plain ``http://`` address that is not this machine.
        """
        if not settings.stripe_api_key:
            return cls()
        stripe.enable_telemetry = False
        base = settings.stripe_api_base
        if base:
            _require_safe(base, sandbox=settings.sandbox)
            logger.warning("NOT STRIPE: payments go to %s and move no real money.", base)
        http = stripe.HTTPXClient(timeout=_TIMEOUT_SECONDS)
        client = stripe.StripeClient(
            settings.stripe_api_key,
            max_network_retries=_RETRIES,
            http_client=http,
            base_addresses={"api": base} if base else None,
        )
        return cls(client, http)

    async def create_intent(self, params: PaymentIntentCreateParams, *, key: str) -> Intent:
        """Ask for a payment."""
        calls = self._services().payment_intents
        return Intent.read(await _answered(calls.create_async(params, {"idempotency_key": key})))

    async def intent(self, intent_id: str) -> Intent:
        """A PaymentIntent as it is now, with the fee of its charge."""
        calls = self._services().payment_intents
        return Intent.read(
            await _answered(calls.retrieve_async(intent_id, {"expand": list(_WITH_FEE)}))
        )

    async def cancel_intent(self, intent_id: str, *, key: str) -> Intent:
        """Call a payment off; StripeRefused where the money has already come."""
        calls = self._services().payment_intents
        return Intent.read(
            await _answered(calls.cancel_async(intent_id, {}, {"idempotency_key": key}))
        )

    async def create_refund(self, params: RefundCreateParams, *, key: str) -> ProviderRefund:
        """Send money back."""
        calls = self._services().refunds
        return ProviderRefund.read(
            await _answered(calls.create_async(params, {"idempotency_key": key}))
        )

    async def refund(self, refund_id: str) -> ProviderRefund:
        """A Refund as it is now."""
        return ProviderRefund.read(
            await _answered(self._services().refunds.retrieve_async(refund_id))
        )

    async def find_refund(self, intent_id: str, our_refund_id: str) -> ProviderRefund | None:
        """The Refund of a payment that carries our id, for when a key has grown too old to use."""
        page = await _answered(
            self._services().refunds.list_async(
                {"payment_intent": intent_id, "limit": _REFUNDS_PER_PAGE}
            )
        )
        async for refund in page.auto_paging_iter():
            found = ProviderRefund.read(refund)
            if found.metadata.get(REFUND_ID) == our_refund_id:
                return found
        return None

    async def dispute(self, dispute_id: str) -> ProviderDispute:
        """A Dispute as it is now."""
        return ProviderDispute.read(
            await _answered(self._services().disputes.retrieve_async(dispute_id))
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close_async()  # type: ignore[no-untyped-call]  # untyped in the SDK

    def _services(self) -> V1Services:
        if self._client is None:
            raise PaymentsNotConfigured("Set COUNTERSIGN_STRIPE_API_KEY to take payments.")
        return self._client.v1


async def _answered(call: Awaitable[Answer]) -> Answer:
    try:
        return await call
    except _UNKNOWN_OUTCOME as error:
        raise StripeUnavailable("Nothing is lost; it is tried again.") from error
    except _OUR_FAULT as error:
        logger.exception("Stripe does not accept our key")
        raise StripeUnavailable("Our payment provider does not let us in; tell us.") from error
    except stripe.StripeError as error:
        raise StripeRefused(
            error.user_message or "Stripe gave no reason.", error.code or "unknown"
        ) from error


def _require_safe(base: str, *, sandbox: bool) -> None:
    address = urlsplit(base)
    if address.scheme == "https" or sandbox or _is_this_machine(address.hostname or ""):
        return
    raise InsecureStripeAddress(
        f"COUNTERSIGN_STRIPE_API_BASE is {base}: use https, or an address on this machine."
    )


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
