"""Tables of catalog."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalog.lifecycle import TrackState
from app.core.database import Base, enum_column
from app.core.ids import TypedId


class AssetRole(enum.StrEnum):
    """What a file is to its track."""

    MIX = "mix"
    STEM = "stem"
    SCORE = "score"


class Relation(enum.StrEnum):
    """How a track was derived from another."""

    REMIX = "remix"
    EXTENSION = "extension"
    VARIATION = "variation"
    EDIT = "edit"
    STEM_REUSE = "stem-reuse"


class RestrictionKind(enum.StrEnum):
    """What is withheld while a case is open."""

    UNLISTED = "unlisted"
    DOWNLOAD_REFUSED = "download_refused"
    PAYOUT_HELD = "payout_held"


class Track(Base):
    """One piece of music on its way to the market.

    ``withdrawn_at``: its seller took it off the market, and has not put it back since.
    """

    __tablename__ = "track"

    id: Mapped[str] = mapped_column(TypedId("trk"), primary_key=True)
    owner_id: Mapped[str] = mapped_column(sa.ForeignKey("person.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(sa.ForeignKey("organisation.id"))
    title: Mapped[str] = mapped_column(sa.String(300))
    artist_name: Mapped[str] = mapped_column(sa.String(200))
    state: Mapped[TrackState] = mapped_column(enum_column(TrackState, "track_state"))
    created_at: Mapped[datetime]
    provenance_statement_id: Mapped[str | None] = mapped_column(TypedId("stm"))
    countersignature_id: Mapped[str | None] = mapped_column(TypedId("stm"))
    withdrawn_at: Mapped[datetime | None]

    origin: Mapped[TrackOrigin | None] = relationship(lazy="selectin")
    assets: Mapped[list[Asset]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="Asset.id"
    )


class StoredFile(Base):
    """Bytes in object storage that assets may name.

    The row is committed before the bytes become visible, so that whatever a crash leaves behind is
    known here and swept.
    """

    __tablename__ = "stored_file"

    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    size: Mapped[int]
    claimed_at: Mapped[datetime] = mapped_column(index=True)


class Asset(Base):
    """One file of a track, as its bytes say it is.

    ``credentials`` is what its Content Credentials say and what they are worth
    (``ContentCredentials`` as JSON); None where it came without. ``sidecar`` is their manifest
    store where it came beside the file, not in it.
    """

    __tablename__ = "asset"
    __table_args__ = (sa.UniqueConstraint("track_id", "role", "name"),)

    id: Mapped[str] = mapped_column(TypedId("ast"), primary_key=True)
    track_id: Mapped[str] = mapped_column(sa.ForeignKey("track.id"))
    role: Mapped[AssetRole] = mapped_column(enum_column(AssetRole, "asset_role"))
    name: Mapped[str] = mapped_column(sa.String(255))
    sha256: Mapped[str] = mapped_column(sa.ForeignKey("stored_file.sha256"), index=True)
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(sa.String(80))
    container: Mapped[str] = mapped_column(sa.String(16))
    created_at: Mapped[datetime]
    credentials: Mapped[dict[str, Any] | None]
    sidecar: Mapped[bytes | None] = mapped_column(deferred=True)


class ReleasedFile(Base):
    """An asset as it leaves us: tagged, with our Content Credentials in it or beside it.

    The same bytes go to every buyer; certificates name them by digest. ``manifest`` is the URN of
    our manifest, ``manifest_store`` all of them; where not ``embedded`` it is delivered beside the
    file. ``statement_id`` is the house's statement that puts both into the log.
    """

    __tablename__ = "released_file"

    asset_id: Mapped[str] = mapped_column(sa.ForeignKey("asset.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.ForeignKey("stored_file.sha256"), index=True)
    size: Mapped[int]
    embedded: Mapped[bool]
    manifest: Mapped[str] = mapped_column(sa.String(120), unique=True)
    claim_sha256: Mapped[str] = mapped_column(sa.String(64), unique=True)
    manifest_store: Mapped[bytes] = mapped_column(deferred=True)  # pages list files, not bytes
    statement_id: Mapped[str] = mapped_column(sa.ForeignKey("statement.id"))
    released_at: Mapped[datetime]


class AttestationSignature(Base):
    """A creator's signature under one version of an attestation's text, ``att:<id>@<version>``."""

    __tablename__ = "attestation_signature"

    track_id: Mapped[str] = mapped_column(sa.ForeignKey("track.id"), primary_key=True)
    reference: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    text_sha256: Mapped[str] = mapped_column(sa.String(64))
    signed_by: Mapped[str] = mapped_column(sa.ForeignKey("person.id"))
    signed_at: Mapped[datetime]


class Restriction(Base):
    """Something about a track that a case withholds, until it is lifted.

    Upper floors write it down here; this floor and the market read it.
    """

    __tablename__ = "restriction"

    id: Mapped[str] = mapped_column(TypedId("res"), primary_key=True)
    track_id: Mapped[str] = mapped_column(sa.ForeignKey("track.id"), index=True)
    kind: Mapped[RestrictionKind] = mapped_column(enum_column(RestrictionKind, "restriction_kind"))
    case_id: Mapped[str] = mapped_column(sa.String(64), index=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class Lineage(Base):
    """A track that was made from another one of this catalogue."""

    __tablename__ = "lineage"

    child_track_id: Mapped[str] = mapped_column(sa.ForeignKey("track.id"), primary_key=True)
    parent_track_id: Mapped[str] = mapped_column(
        sa.ForeignKey("track.id"), primary_key=True, index=True
    )
    relation: Mapped[Relation] = mapped_column(enum_column(Relation, "relation"))


class TrackOrigin(Base):
    """Where a track comes from that another house exported.

    ``uri`` is its address there, ``manifest_sha256`` the export's, ``lineage`` what it was made
    from there: addresses with relations.
    """

    __tablename__ = "track_origin"

    track_id: Mapped[str] = mapped_column(sa.ForeignKey("track.id"), primary_key=True)
    uri: Mapped[str] = mapped_column(sa.String(400))
    manifest_sha256: Mapped[str] = mapped_column(sa.String(64))
    lineage: Mapped[dict[str, Any]]
    imported_at: Mapped[datetime]
