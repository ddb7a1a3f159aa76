"""Commands of screening: the reference corpus, and screening files without an account.

Exit codes: 0 done, 1 refused, 2 wrong usage, 3 some of the files could not be screened.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from app.catalog.models import AssetRole
from app.core.settings import load_settings
from app.screening.analysis import Analysed, Unready, analyse, analysis_of
from app.screening.corpus.additions import Addition, add_work
from app.screening.corpus.build import (
    DEFAULT_RECORDINGS,
    DEFAULT_WORKS,
    CorpusSize,
    build_corpus,
)
from app.screening.corpus.errors import CorpusDamaged, CorpusMissing
from app.screening.corpus.folder import CorpusManifest
from app.screening.corpus.works import Work, work_line
from app.screening.evidence import FoundMatch
from app.screening.judgement import Judgement, judge
from app.screening.lanes import Corpus
from app.screening.quality import QualityRefused
from app.screening.reading import FileToScreen
from app.screening.references import works_of
from similarity.errors import MediaError
from similarity.match import Band
from similarity.media import kind_of

SOME_UNREADABLE: Final = 3

_FILE: Final = click.Path(path_type=Path)
_FOLDER: Final = click.Path(file_okay=False, path_type=Path)
_as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
_corpus_folder = click.option(
    "--corpus",
    "folder",
    type=_FOLDER,
    help="The corpus folder; COUNTERSIGN_CORPUS_DIR otherwise.",
)


@click.group()
def corpus() -> None:
    """The reference corpus that tracks are compared with."""


@corpus.command("build")
@click.option(
    "--out", "folder", type=_FOLDER, help="The corpus folder; COUNTERSIGN_CORPUS_DIR otherwise."
)
@click.option("--works", type=click.IntRange(min=1), default=DEFAULT_WORKS, show_default=True)
@click.option(
    "--recordings", type=click.IntRange(min=0), default=DEFAULT_RECORDINGS, show_default=True
)
@click.option(
    "--soundfont",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A General MIDI soundfont; one of the usual places otherwise.",
)
@_as_json
def build(
    *,
    folder: Path | None,
    works: int,
    recordings: int,
    soundfont: Path | None,
    as_json: bool,
) -> None:
    """Build the corpus from public-domain works. Safe to interrupt, to repeat and to enlarge."""
    root = folder or load_settings().corpus_path
    try:
        manifest = build_corpus(root, CorpusSize(works, recordings), soundfont=soundfont)
    except KeyboardInterrupt as interrupt:
        raise click.ClickException(
            "Interrupted. Run the same command again; it goes on from here."
        ) from interrupt
    _tell(root, manifest, as_json=as_json)


@corpus.command("add")
@click.argument("paths", nargs=-1, required=True, type=_FILE)
@click.option("--title", required=True)
@click.option("--composer", required=True)
@click.option("--rights", required=True, help="Who holds the rights, and why it may be kept here.")
@_corpus_folder
@_as_json
def add(
    *,
    paths: tuple[Path, ...],
    title: str,
    composer: str,
    rights: str,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Add one work: its score, its recordings, or both."""
    root = folder or load_settings().corpus_path
    work, manifest = add_work(root, Addition(paths, title, composer, rights))
    if not as_json:
        click.echo(f"Added {work.title} as {work.reference}.")
    _tell(root, manifest, as_json=as_json)


@corpus.command("list")
@_corpus_folder
@_as_json
def list_works(*, folder: Path | None, as_json: bool) -> None:
    """The works of the corpus with composer, source and rights."""
    for work in works_of(folder or load_settings().corpus_path):
        click.echo(work_line(work) if as_json else _listed(work))


@click.command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@_corpus_folder
@_as_json
def screen(*, files: tuple[Path, ...], folder: Path | None, as_json: bool) -> None:
    """Screen files against the corpus: a verdict with its evidence, nothing uploaded.

    Audio is compared with recordings, scores with melodies. Exit code 3: some files could not be
    screened; the others were.
    """
    root = (folder or load_settings().corpus_path).absolute()
    all_screened = True
    for path in files:
        outcome = _screen(path, root)
        all_screened = all_screened and isinstance(outcome, Screened)
        if as_json:
            click.echo(json.dumps(_as_object(path, outcome), ensure_ascii=False))
        else:
            click.echo("\n".join(_in_words(path, outcome)))
    if not all_screened:
        sys.exit(SOME_UNREADABLE)


@dataclass(frozen=True, slots=True)
class Screened:
    """A file's findings and the verdict on them."""

    findings: Analysed
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class NotScreened:
    """Why a file has no verdict."""

    slug: str
    message: str


def _screen(path: Path, corpus_root: Path) -> Screened | NotScreened:
    try:
        kind = kind_of(path)
    except MediaError as error:
        return NotScreened(error.slug, error.message)
    file = FileToScreen("file", AssetRole.MIX, path.name, "", kind, path)
    match analysis_of(analyse((file,), {Corpus.REFERENCES: corpus_root}, frozenset())):
        case Analysed() as findings:
            try:
                return Screened(findings, judge(findings.files, findings.matches))
            except QualityRefused as refused:
                return NotScreened(refused.rule.slug, refused.detail)
        case Unready(slug=slug, detail=detail):
            # Without a corpus no file can be screened: one sentence, not one per file.
            raise (CorpusMissing if slug == CorpusMissing.slug else CorpusDamaged)(detail)
        case unusable:
            return NotScreened(unusable.slug, unusable.detail)


def _as_object(path: Path, outcome: Screened | NotScreened) -> dict[str, Any]:
    if isinstance(outcome, NotScreened):
        error = {"type": outcome.slug, "message": outcome.message}
        return {"path": str(path), "error": error}
    findings, judgement = outcome.findings, outcome.judgement
    return {
        "path": str(path),
        "duration_s": findings.files[0].duration_s,
        "verdict": judgement.verdict.value,
        "licences": {kind.value: verdict.value for kind, verdict in judgement.licences.items()},
        "reasons": judgement.reasons,
        "advice": judgement.advice,
        "quality": msgspec.to_builtins(findings.files[0].quality),
        "matches": [msgspec.to_builtins(match) for match in findings.matches],
        "corpora": findings.corpora,
        "timings_ms": findings.timings_ms,
    }


def _in_words(path: Path, outcome: Screened | NotScreened) -> Iterator[str]:
    if isinstance(outcome, NotScreened):
        yield f"{path}: not screened. {outcome.message}"
        return
    yield f"{path}: {outcome.judgement.verdict.value.upper()}"
    for sentence in (*outcome.judgement.reasons, *outcome.judgement.advice):
        yield f"  {sentence}"
    for match in outcome.findings.matches:
        yield f"    {_match_line(match)}"


def _match_line(match: FoundMatch) -> str:
    band = "below the review threshold" if match.band is Band.NONE else match.band.value
    return (
        f"{match.kind.value}: {match.work.title}, {match.work.composer} ({match.work.reference}): "
        f"score {match.score:.2f}, expected by chance {match.evalue:.2g} times, {band}"
    )


def _listed(work: Work) -> str:
    heard = ", ".join(recording.instrumentation for recording in work.recordings)
    return f"{work.reference}  {work.title} ({work.composer})  {heard or 'score only'}"


def _tell(root: Path, manifest: CorpusManifest, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"path": str(root), **msgspec.to_builtins(manifest)}))
    else:
        click.echo(
            f"The corpus in {root} holds {manifest.works} works and "
            f"{manifest.recordings} recordings."
        )
