"""A track's provenance, gathered for a page that tells it as a story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.models import Track
from app.catalog.release import released_files
from app.provenance import music_generation
from app.provenance import statement as in_toto
from app.provenance.content_credentials.reading import ContentCredentials
from app.provenance.lifecycle import KeyState
from app.provenance.models import LogLeaf, SigningKey, Statement
from app.provenance.music_generation import AiFacets, MusicGeneration

FACETS: Final = (
    ("composition", "Composition"),
    ("lyrics", "Lyrics"),
    ("vocals", "Vocals"),
    ("instrumentation", "Instruments"),
    ("post_production", "Post-production"),
)
_IN_WORDS: Final = {"none": "not by AI", "partial": "partly by AI", "full": "by AI"}


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement that was signed and logged; ``log_index`` is None until the log is sealed."""

    statement_id: str
    at: datetime
    kid: str
    payload_sha256: str
    log_index: int | None


@dataclass(frozen=True, slots=True)
class Countersigned:
    """The house's own signature, and what it says about the screening."""

    signed: Signed
    verdict: str
    evidence_sha256: str


@dataclass(frozen=True, slots=True)
class Brought:
    """An uploaded file that came with Content Credentials."""

    name: str
    credentials: ContentCredentials


@dataclass(frozen=True, slots=True)
class Released:
    """A file as buyers get it."""

    name: str
    sha256: str
    manifest: str
    embedded: bool


@dataclass(frozen=True, slots=True)
class Story:
    """Who made a track and how, and how we know."""

    made: MusicGeneration
    signed: Signed
    key_algorithm: str
    key_state: KeyState | None
    file_names: Mapping[str, str]
    countersigned: Countersigned | None
    brought: Sequence[Brought]
    released: Sequence[Released]

    @property
    def facets(self) -> list[tuple[str, str]]:
        """Each part of the work, and whether AI made it."""
        return disclosed(self.made.ai_facets)


def disclosed(facets: AiFacets) -> list[tuple[str, str]]:
    """The AI disclosure in words: ``("Vocals", "partly by AI")``."""
    return [(label, _IN_WORDS[getattr(facets, name)]) for name, label in FACETS]


async def story_of(session: AsyncSession, track: Track) -> Story | None:
    """The story of a track, or None before a provenance statement was accepted."""
    if track.provenance_statement_id is None:
        return None
    statement, leaf_index = await _logged(session, track.provenance_statement_id)
    key = await session.get(SigningKey, statement.kid)
    return Story(
        made=music_generation.parse(in_toto.parse(statement.payload)),
        signed=_signed(statement, leaf_index),
        key_algorithm="" if key is None else key.algorithm.value,
        key_state=None if key is None else key.state,
        file_names={asset.sha256: asset.name for asset in track.assets},
        countersigned=await _countersigned(session, track),
        brought=[
            Brought(asset.name, msgspec.convert(asset.credentials, ContentCredentials))
            for asset in track.assets
            if asset.credentials is not None
        ],
        released=await _released(session, track),
    )


async def _released(session: AsyncSession, track: Track) -> list[Released]:
    files = await released_files(session, track.id)
    return [
        Released(asset.name, file.sha256, file.manifest, file.embedded)
        for asset in track.assets
        if (file := files.get(asset.id)) is not None
    ]


async def _countersigned(session: AsyncSession, track: Track) -> Countersigned | None:
    if track.countersignature_id is None:
        return None
    statement, leaf_index = await _logged(session, track.countersignature_id)
    said: dict[str, Any] = in_toto.parse(statement.payload).predicate
    return Countersigned(
        signed=_signed(statement, leaf_index),
        verdict=said["screening"]["verdict"],
        evidence_sha256=said["screening"]["evidence"]["sha256"],
    )


async def _logged(session: AsyncSession, statement_id: str) -> tuple[Statement, int | None]:
    query = (
        sa.select(Statement, LogLeaf.leaf_index)
        .join(LogLeaf, LogLeaf.sequence == Statement.leaf_sequence)
        .where(Statement.id == statement_id)
    )
    found = (await session.execute(query)).one()
    return found[0], found[1]


def _signed(statement: Statement, leaf_index: int | None) -> Signed:
    return Signed(
        statement_id=statement.id,
        at=statement.created_at,
        kid=statement.kid,
        payload_sha256=statement.payload_sha256,
        log_index=leaf_index,
    )
