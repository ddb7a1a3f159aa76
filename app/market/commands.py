"""``countersign export``: a track with everything that proves it."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from app.core.actor import Actor, ActorKind, Role
from app.core.runtime import runtime_for_command
from app.market.export import export_of, write_export, zip_folder
from app.provenance.content_credentials.house_credential import HouseCredential
from app.provenance.export_format import Contents
from app.provenance.house import HouseKeys
from app.provenance.statement import timestamp

_OPERATOR: Final = Actor(
    kind=ActorKind.SYSTEM, roles=frozenset({Role.OPERATOR}), label="command line"
)


@click.command("export")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="A new folder, or NAME.zip."
)
@click.option(
    "--licence", "grants", multiple=True, metavar="GRANT", help="Its certificate, too. Repeatable."
)
@click.argument("track_id", metavar="TRACK")
def export(out: Path, grants: tuple[str, ...], track_id: str) -> None:
    """Write TRACK with its statements, receipts and credentials to one folder or ZIP file."""
    if out.exists():
        raise click.ClickException(f"{out} is there already; choose another name.")
    out.parent.mkdir(parents=True, exist_ok=True)
    # Aside first: what is there under the name is whole.
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as aside:
        folder = Path(aside) / "export"
        folder.mkdir()
        contents = asyncio.run(_export(track_id, grants, folder))
        if out.suffix.lower() == ".zip":
            zip_folder(folder, Path(aside) / "export.zip")
            (Path(aside) / "export.zip").rename(out)
        else:
            folder.rename(out)
    click.echo(f"{out}: {contents.track.title}, {len(contents.files)} files")


async def _export(track_id: str, grants: tuple[str, ...], folder: Path) -> Contents:
    now = datetime.now(UTC)
    async with runtime_for_command() as runtime:
        house = HouseKeys.load(runtime.settings)
        credential = HouseCredential.load(runtime.settings, now)
        async with runtime.units.look(_OPERATOR) as uow:
            found = await export_of(uow, house, credential, track_id=track_id, grant_ids=grants)
        return await write_export(found, runtime.storage, folder, timestamp(now))
