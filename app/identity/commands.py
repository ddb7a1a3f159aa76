"""Commands of identity: the first administrator."""

from __future__ import annotations

import asyncio

import click

from app.core.actor import Role, system
from app.core.runtime import runtime_for_command
from app.identity import service


@click.group()
def admin() -> None:
    """Accounts of the people who run the service."""


@admin.command("create")
@click.argument("email")
@click.option("--name", required=True, help="The name that others will see.")
@click.password_option(envvar="COUNTERSIGN_ADMIN_PASSWORD", help="At least 12 characters.")
@click.option(
    "--role",
    "roles",
    type=click.Choice([role.value for role in Role]),
    multiple=True,
    default=(Role.ADMIN.value,),
    show_default=True,
    help="May be given several times.",
)
def create(email: str, name: str, password: str, roles: tuple[str, ...]) -> None:
    """Open an account with any role."""
    asyncio.run(_create(email, name, password, frozenset(Role(role) for role in roles)))


async def _create(email: str, name: str, password: str, roles: frozenset[Role]) -> None:
    async with runtime_for_command() as runtime, runtime.units.begin(system("command line")) as uow:
        person = await service.sign_up(
            uow, email=email, display_name=name, password=password, roles=roles
        )
        _, secret = await service.create_api_key(uow, person_id=person.id, name="first key")
    click.echo(f"Account {person.id} for {person.email} is open.")
    click.echo(f"API key, shown this once only: {secret}")
