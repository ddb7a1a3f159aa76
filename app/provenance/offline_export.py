"""Verifying a track's export with no database and no network: a folder or ZIP in, a report out."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from app.core.errors import ServiceError, UnsupportedMediaType
from app.provenance import canonical, export_format, keys, offline
from app.provenance import statement as in_toto
from app.provenance.bundle import Bundle
from app.provenance.content_credentials.reading import CredentialState, read_credentials
from app.provenance.content_credentials.trust import TrustAnchors
from app.provenance.dsse import Envelope
from app.provenance.export_format import Contents
from app.provenance.offline import Finding, Outcome, Report, Trust
from app.provenance.statement import SCREENING_COUNTERSIGNATURE

_CHUNK: Final = 2**20


class NotAnExport(UnsupportedMediaType):
    """Neither a folder nor a ZIP file with a manifest of an export."""

    slug = "not-an-export"
    title = "This is not the export of a track"


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was found out. ``statements`` are the reports of its documents, by path."""

    track: str
    findings: tuple[Finding, ...]
    statements: dict[str, Report]

    @property
    def accepted(self) -> bool:
        """Every file is what was signed, and every statement is by somebody trusted."""
        return all(finding.outcome is not Outcome.FAILED for finding in self.findings) and all(
            report.accepted for report in self.statements.values()
        )


def is_export(path: Path) -> bool:
    """Whether it looks like one, to be verified as such."""
    return path.is_dir() or zipfile.is_zipfile(path)


def verify_export(
    path: Path, trust: Trust, anchors: TrustAnchors | None, at: datetime
) -> ExportReport:
    """Check an export against the keys in ``trust`` and the roots in ``anchors``.

    A generator's statement is trusted when a countersignature by a trusted key names its digest.
    Without ``anchors`` the Content Credentials are only checked for being whole.

    Raises:
        NotAnExport: no manifest, or one that cannot be read.
    """
    with unpacked(path) as folder:
        contents = _contents(folder)
        statements = _verify_statements(folder, contents, trust)
        findings = [
            _files(folder, contents),
            _subjects(folder, contents, statements),
            *_credentials(folder, contents, anchors, at),
        ]
    return ExportReport(contents.track.uri, tuple(findings), statements)


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The export's folder; a ZIP's content is there inside the block only.

    Raises:
        NotAnExport
    """
    if path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="countersign-") as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                _unpack(archive, Path(folder))
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError) as error:
            raise NotAnExport(f"{path.name} cannot be unpacked: {error}.") from error
        yield Path(folder)


def _unpack(archive: zipfile.ZipFile, folder: Path) -> None:
    # Only what the manifest names, and no more of it than it says: a ZIP may hold anything.
    names = set(archive.namelist())
    if export_format.MANIFEST not in names:
        raise NotAnExport(f"There is no {export_format.MANIFEST} in it.")
    _copy(archive, export_format.MANIFEST, folder, export_format.MAX_MANIFEST_BYTES)
    for file in _contents(folder).files:
        if file.path in names:
            _copy(archive, file.path, folder, file.size)


def _copy(archive: zipfile.ZipFile, name: str, folder: Path, limit: int) -> None:
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    left = limit + 1  # one more shows that it is too long, and then its digest does not fit
    with archive.open(name) as source, target.open("wb") as out:
        while left and (chunk := source.read(min(left, _CHUNK))):
            out.write(chunk)
            left -= len(chunk)


def _contents(folder: Path) -> Contents:
    path = folder / export_format.MANIFEST
    if not path.is_file() or path.stat().st_size > export_format.MAX_MANIFEST_BYTES:
        raise NotAnExport(f"There is no usable {export_format.MANIFEST} in it.")
    try:
        return msgspec.json.decode(path.read_bytes(), type=Contents)
    except msgspec.DecodeError as error:
        raise NotAnExport(f"Its {export_format.MANIFEST} cannot be read: {error}.") from error


def _files(folder: Path, contents: Contents) -> Finding:
    wrong = [file.path for file in contents.files if _sha256(folder / file.path) != file.sha256]
    if wrong:
        return Finding("files", Outcome.FAILED, f"Missing or altered: {', '.join(wrong)}.")
    listed = {file.path for file in contents.files} | {export_format.MANIFEST}
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    if strangers := sorted(found - listed):
        return Finding("files", Outcome.FAILED, f"Not listed: {', '.join(strangers)}.")
    return Finding("files", Outcome.PASSED, f"All {len(contents.files)} files are as listed.")


def _verify_statements(folder: Path, contents: Contents, trust: Trust) -> dict[str, Report]:
    documents = {
        file.path: (folder / file.path).read_bytes()
        for file in _below(contents, export_format.STATEMENTS)
        if (folder / file.path).is_file()
    }
    reports = {path: _verified(document, trust) for path, document in documents.items()}
    vouched = {
        digest
        for path, report in reports.items()
        if report.accepted and report.predicate_type == SCREENING_COUNTERSIGNATURE
        for digest in _inputs(documents[path])
    }
    for path, document in documents.items():
        opened = _opened(document)
        if opened is None or hashlib.sha256(opened[0].payload).hexdigest() not in vouched:
            continue
        believed = {**trust.statement_keys, opened[0].keyid: opened[1]}
        reports[path] = _verified(document, replace(trust, statement_keys=believed))
    return reports


def _verified(document: bytes, trust: Trust) -> Report:
    try:
        return offline.verify(document, replace(trust, files={}))
    except ServiceError as refusal:
        finding = Finding("document", Outcome.FAILED, refusal.detail)
        return Report(kind="unreadable", decisive="document", findings=(finding,))


def _opened(document: bytes) -> tuple[Envelope, keys.PublicKey] | None:
    try:
        bundle = msgspec.json.decode(document, type=Bundle)
        return Envelope.parse(msgspec.json.encode(bundle.envelope)), keys.from_jwk(bundle.signer)
    except (msgspec.DecodeError, ServiceError):
        return None


def _inputs(document: bytes) -> list[str]:
    opened = _opened(document)
    if opened is None:
        return []
    predicate = canonical.parse(opened[0].payload)["predicate"]
    return [one["digest"]["sha256"] for one in predicate["inputAttestations"]]


def _subjects(folder: Path, contents: Contents, statements: dict[str, Report]) -> Finding:
    signed: set[str] = set()
    for path, report in statements.items():
        opened = _opened((folder / path).read_bytes())
        if report.accepted and opened is not None:
            signed |= in_toto.parse(opened[0].payload).digests
    music = [
        file
        for part in (export_format.UPLOADED, export_format.RELEASED)
        for file in _below(contents, part)
        if not file.path.endswith(export_format.SIDECAR)
    ]
    unsigned = [file.path for file in music if file.sha256 not in signed]
    if unsigned or not music:
        return Finding("subjects", Outcome.FAILED, f"Not signed for: {', '.join(unsigned)}.")
    return Finding("subjects", Outcome.PASSED, f"All {len(music)} files of music are signed for.")


def _credentials(
    folder: Path, contents: Contents, anchors: TrustAnchors | None, at: datetime
) -> Iterator[Finding]:
    believed = anchors or TrustAnchors.nobody()
    for file in _below(contents, export_format.RELEASED):
        path = folder / file.path
        if file.path.endswith(export_format.SIDECAR) or not path.is_file():
            continue
        sidecar = path.with_name(path.name + export_format.SIDECAR)
        store = sidecar.read_bytes() if sidecar.is_file() else None
        container = path.suffix.lower().removeprefix(".")
        read = read_credentials(path, container, believed, at, store)
        check = f"credentials of {file.path}"
        if read is None or read.state is CredentialState.BROKEN:
            words = "They are missing." if read is None else read.in_words
            yield Finding(check, Outcome.FAILED, words)
        elif anchors is None:
            yield Finding(check, Outcome.UNCHECKED, "Whole; name a root to see who signed them.")
        elif read.state is CredentialState.TRUSTED:
            yield Finding(check, Outcome.PASSED, read.in_words)
        else:
            yield Finding(check, Outcome.FAILED, read.in_words)


def _below(contents: Contents, part: str) -> Iterator[export_format.ExportedFile]:
    return (file for file in contents.files if file.path.startswith(f"{part}/"))


def _sha256(path: Path) -> str | None:
    if not path.is_file() or path.is_symlink():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
