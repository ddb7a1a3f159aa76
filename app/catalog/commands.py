"""``countersign import``: a track that another house exported."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from app.catalog.imports import import_track
from app.catalog.models import Track
from app.core.actor import system
from app.core.runtime import runtime_for_command
from app.identity import service as identity
from app.provenance.commands import house_options, trusted_by
from app.provenance.offline_export import unpacked, verify_export


@click.command("import")
@house_options
@click.option("--owner", required=True, help="The e-mail address of the creator's account here.")
@click.argument("export", type=click.Path(exists=True, path_type=Path))
def import_command(
    *,
    key_files: tuple[Path, ...],
    log_key_files: tuple[Path, ...],
    roots: tuple[Path, ...],
    owner: str,
    export: Path,
) -> None:
    """Take in EXPORT, a folder or ZIP file that `countersign export` wrote elsewhere.

    It must verify under the keys of the house that it comes from. The generator that made the track
    must be registered here; screening is asked for as for any upload.
    """
    trust, anchors = trusted_by(key_files, log_key_files, roots)
    report = verify_export(export, trust, anchors, datetime.now(UTC))
    if not report.accepted:
        failed = "; ".join(one.detail for one in report.findings if one.outcome == "failed")
        raise click.ClickException(
            f"{export} does not verify. {failed or 'A statement is not by a key that you named.'} "
            "`countersign verify` says more."
        )
    track = asyncio.run(_import(export, owner))
    click.echo(f"{track.id}: {track.title}, from {report.track}; its state is {track.state}.")


async def _import(export: Path, address: str) -> Track:
    async with runtime_for_command() as runtime:
        async with runtime.units.look(system("command line")) as uow:
            owner = await identity.actor_at(uow.session, address)
        with unpacked(export) as folder:
            return await import_track(
                runtime.units,
                runtime.storage,
                owner,
                folder=folder,
                limit=runtime.settings.max_upload_bytes,
            )
