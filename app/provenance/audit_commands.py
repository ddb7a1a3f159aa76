"""``countersign audit``: whether the audit events in the database are what was written."""

from __future__ import annotations

import asyncio

import click

from app.core.actor import system
from app.core.runtime import runtime_for_command
from app.provenance import audit_chain


@click.group("audit")
def audit_group() -> None:
    """The audit events of this service's database."""


@audit_group.command("verify")
def verify_audit() -> None:
    """Check every event, their chain, and that the log holds each of its heads.

    Exit code 1, with the reason, when an event was changed, dropped or slipped in.
    """
    events, heads = asyncio.run(_verify())
    click.echo(f"{events} audit events are what was written; {heads} heads are in the log.")


async def _verify() -> tuple[int, int]:
    events = heads = 0
    async with runtime_for_command() as runtime, runtime.units.look(system("command line")) as uow:
        head = await audit_chain.verify_next(uow.session, None)
        while head is not None:
            events, heads = head.position, heads + 1
            uow.session.expunge_all()  # a database's worth of events would not fit into memory
            head = await audit_chain.verify_next(uow.session, head)
    return events, heads
