"""The sandbox: a test clock that integrators can move, as Stripe's test clocks do.

Its endpoints exist only when ``COUNTERSIGN_SANDBOX`` is on, and the service warns at start-up.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.params import JSONBody

from app.core.access import only
from app.core.actor import Role
from app.core.clock import TestClock


class AdvanceClock(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How far to move the clock forward."""

    seconds: Annotated[int, msgspec.Meta(gt=0, le=366 * 24 * 3600)]


class ClockReading(msgspec.Struct, kw_only=True):
    """What the service's clock says."""

    now: datetime


class SandboxController(Controller):
    """For trying out what takes days: statutory windows, expiries, maturing revenue."""

    path = "/v1/sandbox"
    tags = ["Sandbox"]

    @get("/clock", opt=only(Role.OPERATOR), operation_id="readTestClock")
    async def read(self, request: Request[object, object, State]) -> ClockReading:
        """What the service's clock says."""
        return ClockReading(now=_clock(request).now())

    @post("/clock", opt=only(Role.OPERATOR), operation_id="advanceTestClock", status_code=200)
    async def advance(
        self, data: JSONBody[AdvanceClock], request: Request[object, object, State]
    ) -> ClockReading:
        """Move the clock forward; what comes due is done within seconds."""
        now = _clock(request).advance(timedelta(seconds=data.seconds))
        request.app.state.sweeper.wake()
        return ClockReading(now=now)


def _clock(request: Request[object, object, State]) -> TestClock:
    clock: TestClock = request.app.state.runtime.clock
    return clock
