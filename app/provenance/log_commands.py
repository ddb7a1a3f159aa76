"""``countersign log``: watching a log over HTTP, from outside."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
import httpx

from app.core.errors import Unavailable
from app.provenance import checkpoint, cosignature, log_monitor
from app.provenance.checkpoint import NoteKey, TreeHead
from app.provenance.cosignature import CosignerKey
from app.provenance.log_monitor import Fetch

_EXISTING: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_TIMEOUT_S: Final = 30.0
_MOST_BYTES: Final = 32 * 2**20
"""The largest resource: a bundle of 256 entries of at most 64 KiB each has 16 MiB."""


@click.group("log")
def log_group() -> None:
    """The transparency log, seen from outside."""


@log_group.command("verify")
@click.option("--key", "key_file", type=_EXISTING, required=True, help="The log's vkey.")
@click.option("--since", type=_EXISTING, help="The checkpoint that you verified last.")
@click.option(
    "--save",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the checkpoint here if everything is right; may be the file of --since.",
)
@click.option(
    "--cosigner-key",
    type=_EXISTING,
    help="An ML-DSA-44 vkey that must have signed the checkpoint, too.",
)
@click.option("--full", is_flag=True, help="Fetch every entry and compute the root anew.")
@click.argument("url")
def verify_log(
    *,
    key_file: Path,
    since: Path | None,
    save: Path | None,
    cosigner_key: Path | None,
    full: bool,
    url: str,
) -> None:
    """Verify the log at URL, such as https://HOST/log: its signature, and that it only grew.

    Exit code 1, with the reason, when it was rolled back, rewritten, or shows two pasts.
    """
    key = NoteKey.from_vkey(key_file.read_text("utf-8"))
    with httpx.Client(base_url=url.rstrip("/") + "/", timeout=_TIMEOUT_S) as client:
        fetch = _fetcher(client)
        note, head = log_monitor.newest_checkpoint(fetch, key)
        click.echo(f"{head.origin}: signed, {head.size} entries, root {head.root.hex()}")
        if cosigner_key is not None:
            cosigner = CosignerKey.from_vkey(cosigner_key.read_text("utf-8"))
            cosignature.verify(note, cosigner)
            click.echo(f"cosigned by {cosigner.name} with ML-DSA-44")
        if since is not None:
            seen = checkpoint.verify(since.read_text("utf-8"), key)
            log_monitor.require_extends(fetch, seen, head)
            click.echo(_grown(seen, head))
        if full:
            log_monitor.audit(fetch, head, lambda _: None)
            click.echo(f"all {head.size} entries give this root")
    if save is not None:
        save.write_text(note, "utf-8")
        click.echo(f"checkpoint kept in {save}")


def _grown(seen: TreeHead, head: TreeHead) -> str:
    added = head.size - seen.size
    return f"holds the {seen.size} entries that you had seen, and {added} more"


def _fetcher(client: httpx.Client) -> Fetch:
    def fetch(path: str) -> bytes:
        try:
            with client.stream("GET", path) as answer:
                answer.raise_for_status()
                data = b""
                for chunk in answer.iter_bytes():
                    data += chunk
                    if len(data) > _MOST_BYTES:
                        raise Unavailable(f"{answer.url} is larger than any part of a log.")
                return data
        except httpx.HTTPError as error:
            raise Unavailable(f"The log does not answer with {path}: {error}.") from error

    return fetch
