"""Commands of provenance: make keys, sign statements, verify documents. None needs the service.

Exit codes: 0 accepted or done, 1 refused, 2 wrong usage.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import click
import msgspec

from app.core.errors import ServiceError
from app.provenance import authoring, keys, offline
from app.provenance.checkpoint import NoteKey
from app.provenance.content_credentials.trust import TrustAnchors
from app.provenance.dsse import INTOTO, Envelope, pre_authentication_encoding
from app.provenance.errors import KeyUnsupported
from app.provenance.keys import Algorithm, PublicKey
from app.provenance.offline import Outcome, Report, Trust
from app.provenance.offline_export import is_export, verify_export
from app.provenance.registry import CHALLENGE_TYPE
from app.provenance.signer import PrivateKeySigner

Command = TypeVar("Command", bound=Callable[..., Any])

_EXISTING: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_EXISTING_OR_FOLDER: Final = click.Path(exists=True, path_type=Path)
_MARKS: Final = {Outcome.PASSED: "ok", Outcome.FAILED: "FAILED", Outcome.UNCHECKED: "not checked"}

passphrase_option = click.option(
    "--passphrase",
    envvar="COUNTERSIGN_SIGNING_PASSPHRASE",
    help="Of the private key's file; better given in COUNTERSIGN_SIGNING_PASSPHRASE.",
)
key_option = click.option(
    "--key", "key_file", type=_EXISTING, required=True, help="The private key (PEM)."
)


_key_options = (
    click.option(
        "--key",
        "key_files",
        type=_EXISTING,
        multiple=True,
        help="A public key that you trust: PEM, JWK, or JWK Set. May be repeated.",
    ),
    click.option("--log-key", "log_key_files", type=_EXISTING, multiple=True, help="A log's vkey."),
    click.option(
        "--root",
        "roots",
        type=_EXISTING,
        multiple=True,
        help="Of exports: a root certificate (PEM) that Content Credentials may lead to.",
    ),
)


def house_options(command: Command) -> Command:
    """The options of a command that name whom to trust; ``trusted_by`` reads what they give."""
    for option in reversed(_key_options):
        command = option(command)
    return command


def trusted_by(
    key_files: tuple[Path, ...], log_key_files: tuple[Path, ...], roots: tuple[Path, ...]
) -> tuple[Trust, TrustAnchors | None]:
    """Keys, logs and roots from their files; no anchors where no root is named.

    Raises:
        KeyUnsupported, ClickException: a file that holds no such thing.
    """
    trust = Trust(
        statement_keys={key.kid: key for path in key_files for key in _public_keys(path)},
        logs=tuple(NoteKey.from_vkey(_text(path)) for path in log_key_files),
    )
    try:
        return trust, TrustAnchors.read(roots) if roots else None
    except ValueError as error:
        raise click.ClickException(f"A root cannot be read: {error}.") from error


@click.group("keys")
def keys_group() -> None:
    """Keys that generators sign their statements with."""


@keys_group.command("new")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option(
    "--algorithm",
    type=click.Choice([algorithm.value for algorithm in Algorithm]),
    default=Algorithm.ED25519.value,
    show_default=True,
)
@passphrase_option
def new_key(out: Path, algorithm: str, passphrase: str | None) -> None:
    """Make a key pair in a folder: private.pem, which never leaves it, and public.pem."""
    signer = PrivateKeySigner.generate(Algorithm(algorithm))
    out.mkdir(parents=True, exist_ok=True)
    try:
        _write_new(out / "private.pem", signer.pem(passphrase), mode=0o600)
        _write_new(out / "public.pem", signer.public_key.pem().encode(), mode=0o644)
    except FileExistsError as error:
        raise click.ClickException(
            f"{error.filename} is there already; choose another folder."
        ) from error
    protection = "encrypted" if passphrase else "NOT encrypted; keep it where only you can read it"
    click.echo(f"{out / 'private.pem'} ({protection})")
    click.echo(f"{out / 'public.pem'} (register this one)")
    click.echo(f"key id: {signer.public_key.kid}")


@keys_group.command("prove")
@key_option
@passphrase_option
@click.argument("challenge")
def prove(key_file: Path, passphrase: str | None, challenge: str) -> None:
    """Sign the CHALLENGE (base64) that was given when the key was proposed; print the proof."""
    try:
        nonce = base64.b64decode(challenge, validate=True)
    except binascii.Error as error:
        raise click.BadParameter("it is not base64", param_hint="CHALLENGE") from error
    signer = PrivateKeySigner.from_pem(key_file.read_bytes(), passphrase)
    proof = signer.sign(pre_authentication_encoding(CHALLENGE_TYPE, nonce))
    click.echo(base64.b64encode(proof).decode())


@click.command()
@key_option
@passphrase_option
@click.option(
    "--generation",
    type=_EXISTING,
    required=True,
    help="JSON: what the generator declares, as docs/predicates/music-generation.md says.",
)
@click.option("--stem", "stems", multiple=True, metavar="ROLE=FILE", help="May be repeated.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Default: print it.")
@click.argument("files", nargs=-1, required=True, type=_EXISTING, metavar="MIX [SCORE]...")
def sign(
    *,
    key_file: Path,
    passphrase: str | None,
    generation: Path,
    stems: tuple[str, ...],
    out: Path | None,
    files: tuple[Path, ...],
) -> None:
    """Sign a statement that binds the files of a track to how they were made."""
    signer = PrivateKeySigner.from_pem(key_file.read_bytes(), passphrase)
    payload = authoring.unsigned_statement(
        authoring.read_generation(generation.read_bytes()), files, _stems(stems)
    )
    envelope = Envelope.sign(payload, INTOTO, signer).encode()
    if out is None:
        click.echo(envelope)
    else:
        out.write_bytes(envelope)
        click.echo(f"{out}: signed by {signer.public_key.kid}")


@click.command()
@house_options
@click.option(
    "--file",
    "compared",
    type=_EXISTING,
    multiple=True,
    help="A file that the statements must be about. May be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per document.")
@click.argument("documents", nargs=-1, required=True, type=_EXISTING_OR_FOLDER)
@click.pass_context
def verify(
    context: click.Context,
    *,
    key_files: tuple[Path, ...],
    log_key_files: tuple[Path, ...],
    compared: tuple[Path, ...],
    roots: tuple[Path, ...],
    as_json: bool,
    documents: tuple[Path, ...],
) -> None:
    """Verify envelopes, certificates, receipts, bundles and exported tracks offline.

    A document is accepted when nothing in it is wrong and its signature is by a key that you named.
    """
    keys_only, anchors = trusted_by(key_files, log_key_files, roots)
    trust = replace(keys_only, files={_sha256(path): path.name for path in compared})
    accepted = [
        _verify_export(path, trust, anchors, as_json=as_json)
        if is_export(path)
        else _verify_one(path, trust, as_json=as_json)
        for path in documents
    ]
    context.exit(0 if all(accepted) else 1)


def _verify_one(path: Path, trust: Trust, *, as_json: bool) -> bool:
    try:
        report = offline.verify(path.read_bytes(), trust)
    except ServiceError as refusal:
        if as_json:
            problem = {"type": refusal.slug, "message": refusal.detail}
            _print_json({"path": str(path), "accepted": False, "error": problem})
        else:
            click.echo(f"{path}: REFUSED\n  {refusal.title}. {refusal.detail}")
        return False
    if as_json:
        found = msgspec.to_builtins(report)
        _print_json({"path": str(path), "accepted": report.accepted, **found})
    else:
        _print_report(path, report)
    return report.accepted


def _verify_export(
    path: Path, trust: Trust, anchors: TrustAnchors | None, *, as_json: bool
) -> bool:
    report = verify_export(path, trust, anchors, datetime.now(UTC))
    if as_json:
        found = msgspec.to_builtins(report)
        _print_json({"path": str(path), "accepted": report.accepted, **found})
        return report.accepted
    click.echo(f"{path}: export of {report.track} {_verdict(report.accepted)}")
    for finding in report.findings:
        click.echo(f"  {finding.check}: {_MARKS[finding.outcome]}. {finding.detail}")
    for name, statement in report.statements.items():
        _print_report(path / name, statement)
    return report.accepted


def _verdict(accepted: bool) -> str:  # noqa: FBT001 (one word for each)
    return "accepted" if accepted else "REFUSED"


def _print_report(path: Path, report: Report) -> None:
    click.echo(f"{path}: {report.kind} {_verdict(report.accepted)}")
    for finding in report.findings:
        click.echo(f"  {finding.check}: {_MARKS[finding.outcome]}. {finding.detail}")
    for subject in report.subjects:
        click.echo(f"  about: {subject}")


def _print_json(document: object) -> None:
    click.echo(msgspec.json.encode(document))


def _public_keys(path: Path) -> list[PublicKey]:
    text = _text(path)
    if "-----BEGIN" in text:
        return [keys.from_pem(text)]
    try:
        document = json.loads(text)
    except ValueError as error:
        raise KeyUnsupported(f"{path} is neither PEM nor a JWK nor a JWK Set.") from error
    members = document.get("keys", [document]) if isinstance(document, dict) else []
    if not members or not all(isinstance(member, dict) for member in members):
        raise KeyUnsupported(f"{path} holds no JWK.")
    return [keys.from_jwk(member) for member in members]


def _stems(arguments: tuple[str, ...]) -> dict[str, Path]:
    stems: dict[str, Path] = {}
    for argument in arguments:
        role, _, name = argument.partition("=")
        if not role or not Path(name).is_file() or role in stems:
            raise click.BadParameter(
                f"{argument!r}: give each role once, as ROLE=FILE with an existing file",
                param_hint="--stem",
            )
        stems[role] = Path(name)
    return stems


def _sha256(path: Path) -> str:
    return authoring.subject_of(path).digest.sha256


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise KeyUnsupported(f"{path} is not a text file with a key.") from error


def _write_new(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
