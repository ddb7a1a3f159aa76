"""``countersign ca`` and ``countersign credentials``: certificates, and what a file carries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from app.provenance.content_credentials import authority_files as files
from app.provenance.content_credentials.authority import (
    LEAF_DAYS,
    Certified,
    fingerprint,
    issue_leaf,
    new_authority,
)
from app.provenance.content_credentials.reading import (
    ContentCredentials,
    CredentialState,
    read_credentials,
)
from app.provenance.content_credentials.trust import TrustAnchors
from app.provenance.keys import Algorithm

_existing = click.Path(exists=True, dir_okay=False, path_type=Path)
_folder = click.Path(file_okay=False, path_type=Path)
_algorithm_option = click.option(
    "--algorithm",
    type=click.Choice([algorithm.value for algorithm in Algorithm]),
    default=Algorithm.ES256.value,
    show_default=True,
    help="Of the leaf's key.",
)
_days_option = click.option("--days", type=click.IntRange(1, LEAF_DAYS), default=LEAF_DAYS)
_passphrase_option = click.option(
    "--passphrase",
    envvar="COUNTERSIGN_KEY_PASSPHRASE",
    help="Encrypts the keys; better given in COUNTERSIGN_KEY_PASSPHRASE.",
)


@click.group("ca")
def ca_group() -> None:
    """A certificate authority of your own for Content Credentials (C2PA)."""


@ca_group.command("init")
@click.option("--out", type=_folder, required=True)
@click.option("--organisation", required=True, help="Shown as the signer.")
@_algorithm_option
@_days_option
@_passphrase_option
def init(
    *, out: Path, organisation: str, algorithm: str, days: int, passphrase: str | None
) -> None:
    """Make a root, an issuing CA and a leaf, and their keys, in a new folder."""
    now = datetime.now(UTC)
    authority = new_authority(organisation, now)
    leaf = _leaf(authority.issuing, _Wanted(organisation, organisation, algorithm, days), now)
    try:
        files.write_authority(out, authority, leaf, passphrase)
    except FileExistsError as error:
        raise click.ClickException(f"{error} Choose another folder.") from error
    for name, certified, what in (
        (files.ROOT, authority.root, "hand this to whoever is to trust you"),
        (files.ISSUING, authority.issuing, "issues leaves"),
        (files.LEAF, leaf, "signs claims"),
    ):
        _tell(out / f"{name}.pem", certified, what)
    click.echo(f"Keys are {'encrypted' if passphrase else 'NOT encrypted'}.")
    click.echo(f"Move {out / 'root.key'} to a place that no network reaches.")


@ca_group.command("issue")
@click.option("--ca", "folder", type=_folder, required=True, help="Made by `ca init`.")
@click.option("--out", type=_folder, required=True)
@click.option("--organisation", required=True)
@click.option("--name", help="Common name; the organisation's unless given.")
@_algorithm_option
@_days_option
@_passphrase_option
def issue(
    *,
    folder: Path,
    out: Path,
    organisation: str,
    name: str | None,
    algorithm: str,
    days: int,
    passphrase: str | None,
) -> None:
    """Issue one more leaf: leaf.pem and leaf.key, with issuing.pem and root.pem beside them."""
    if (out / f"{files.LEAF}.key").exists():
        raise click.ClickException(f"{out} has a leaf already; choose another folder.")
    issuing = files.read_certified(folder, files.ISSUING, passphrase)
    now = datetime.now(UTC)
    wanted = _Wanted(organisation, name or organisation, algorithm, days)
    leaf = _leaf(issuing, wanted, now)
    files.write_certified(out, files.LEAF, leaf, passphrase)
    for beside in (files.ISSUING, files.ROOT):
        (out / f"{beside}.pem").write_bytes(files.read_certificate(folder, beside))
    _tell(out / f"{files.LEAF}.pem", leaf, "signs claims")


@click.command("credentials")
@click.option(
    "--trust",
    "trusted",
    type=_existing,
    multiple=True,
    required=True,
    help="A root certificate that you trust (PEM). May be repeated.",
)
@click.option("--sidecar", type=_existing, help="The .c2pa file that lies beside the file.")
@click.option("--json", "as_json", is_flag=True, help="Everything, as one JSON object.")
@click.argument("file", type=_existing)
@click.pass_context
def credentials(
    context: click.Context,
    *,
    trusted: tuple[Path, ...],
    sidecar: Path | None,
    as_json: bool,
    file: Path,
) -> None:
    """Read the Content Credentials of FILE offline, and say what they are worth.

    Exit code 0 when they are whole and lead to a root that you named.
    """
    try:
        anchors = TrustAnchors.read(trusted)
    except ValueError as error:
        raise click.ClickException(f"A root cannot be read: {error}.") from error
    # What is inside is known by its bytes; a sidecar was signed under the kind that its name says.
    container = file.suffix.lower().removeprefix(".")
    store = sidecar.read_bytes() if sidecar else None
    read = read_credentials(file, container, anchors, datetime.now(UTC), store)
    if as_json:
        click.echo(msgspec.json.encode(read))
    elif read is None:
        click.echo(f"{file}: no Content Credentials.")
    else:
        _report(file, read)
    context.exit(0 if read is not None and read.state is CredentialState.TRUSTED else 1)


def _report(file: Path, read: ContentCredentials) -> None:
    click.echo(f"{file}: {read.in_words}")
    for name, value in (
        ("made with", read.claim_generator),
        ("actions", ", ".join(read.actions)),
        ("kind of source", ", ".join(uri.rpartition("/")[2] for uri in read.digital_source_types)),
        ("learning from it", ", ".join(f"{k}: {v}" for k, v in read.training_mining.items())),
        ("made from", ", ".join(f"{one.title} ({one.relationship})" for one in read.ingredients)),
        ("manifest", read.label),
    ):
        if value:
            click.echo(f"  {name}: {value}")
    for finding in read.findings:
        click.echo(f"  {finding.code}: {finding.words}")


@dataclass(frozen=True, slots=True)
class _Wanted:
    organisation: str
    name: str
    algorithm: str
    days: int


def _leaf(issuing: Certified, wanted: _Wanted, at: datetime) -> Certified:
    try:
        return issue_leaf(
            issuing,
            organisation=wanted.organisation,
            common_name=wanted.name,
            algorithm=Algorithm(wanted.algorithm),
            at=at,
            days=wanted.days,
        )
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _tell(path: Path, certified: Certified, what: str) -> None:
    certificate = certified.certificate
    click.echo(f"{path}: {what}")
    click.echo(
        f"  {certificate.subject.rfc4514_string()}, until "
        f"{certificate.not_valid_after_utc:%Y-%m-%d}, sha256 {fingerprint(certificate)}"
    )
