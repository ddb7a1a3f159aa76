"""The command line: the other front door.

Exit codes: 0 done, 1 refused (the sentence on standard error says why), 2 wrong usage, 3 some of
the given files could not be used.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import click

from app.catalog.commands import import_command
from app.core.errors import ServiceError
from app.core.migrate import migrate as migrate_database
from app.core.server import configure_logging, require_free_port
from app.core.server import serve as serve_http
from app.core.settings import load_settings
from app.identity.commands import admin
from app.market.commands import export
from app.provenance.audit_commands import audit_group
from app.provenance.commands import keys_group, sign, verify
from app.provenance.content_credentials.commands import ca_group, credentials
from app.provenance.log_commands import log_group
from app.screening.commands import corpus, screen
from licensing.errors import LicensingError
from similarity.errors import SimilarityError


class FrontDoor(click.Group):
    """Turns what the service refuses into a sentence and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (ServiceError, LicensingError, SimilarityError) as refusal:
            raise click.ClickException(str(refusal)) from refusal


@click.group(cls=FrontDoor)
@click.version_option(package_name="countersign")
def main() -> None:
    """Countersign: provenance, screening, licensing and takedown for AI-generated music."""


@main.command()
def migrate() -> None:
    """Bring the database to the schema of this version; safe to repeat."""
    migrate_database(load_settings())
    click.echo("The database is up to date.")


@main.command()
def serve() -> None:
    """Answer HTTP requests until stopped; migrate the database first."""
    from app.main import create_app  # noqa: PLC0415 -- wiring loads every room; other commands start faster without

    settings = load_settings()
    configure_logging()
    require_free_port(settings)
    migrate_database(settings)
    app = create_app(settings)
    click.echo(f"Countersign listens on http://{settings.host}:{settings.port}", err=True)
    asyncio.run(serve_http(app, settings))


for command in (
    admin,
    audit_group,
    ca_group,
    corpus,
    credentials,
    export,
    import_command,
    screen,
    keys_group,
    log_group,
    sign,
    verify,
):
    main.add_command(command)

if __name__ == "__main__":
    sys.exit(main())
