"""The outbox of calls to Stripe: key and parameters are stored before a call, its answer after.

The key is made of our own row's id and the operation, so that a process that was killed in between
sends the same call under the same key, and Stripe answers as it did the first time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import msgspec

from app.core.unit_of_work import UnitOfWork
from app.payments.errors import StripeCallChanged
from app.payments.models import CallState, StripeCall

KEY_LIFETIME: Final = timedelta(hours=23)
"""Stripe may forget a key after 24 hours; older calls are looked up instead of sent again."""


async def prepare(
    uow: UnitOfWork, *, key: str, operation: str, params: Mapping[str, object]
) -> StripeCall:
    """Write a call down before it is made; the earlier note where there is one.

    Raises:
        StripeCallChanged: the key was prepared with other parameters.
    """
    digest = hashlib.sha256(msgspec.json.encode(params, order="sorted")).digest()
    call = await uow.session.get(StripeCall, key, with_for_update=True)
    if call is None:
        call = StripeCall(
            key=key,
            operation=operation,
            params_digest=digest,
            state=CallState.PREPARED,
            object_id=None,
            error_code=None,
            prepared_at=uow.now,
            answered_at=None,
        )
        uow.session.add(call)
        await uow.session.flush()
    elif call.params_digest != digest:
        raise StripeCallChanged("Start again; the first call may still take effect.", key=key)
    return call


async def note_answer(uow: UnitOfWork, *, key: str, object_id: str) -> None:
    """Note the object that Stripe answered with."""
    call = await uow.session.get_one(StripeCall, key, with_for_update=True)
    call.state, call.object_id, call.answered_at = CallState.ANSWERED, object_id, uow.now


async def note_refusal(uow: UnitOfWork, *, key: str, code: str) -> None:
    """Note that Stripe said no, and why."""
    call = await uow.session.get_one(StripeCall, key, with_for_update=True)
    call.state, call.error_code, call.answered_at = CallState.REFUSED, code, uow.now
