"""The catalogue on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from app.catalog import lineage
from app.catalog.lifecycle import TrackState
from app.catalog.models import Asset, AssetRole, Lineage, Relation, ReleasedFile, Restriction, Track
from app.provenance.content_credentials.reading import ContentCredentials, CredentialState
from licensing.attestations import SignedAttestation, attestation_of

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=300, examples=["Night Ferry"])]
ArtistName = Annotated[str, msgspec.Meta(min_length=1, max_length=200, examples=["Ada L."])]


class Derivation(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A track from which this one was made: your own, or one accepted here that you licensed."""

    track_id: str
    relation: Relation


class NewTrack(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A track to open."""

    title: Title
    artist_name: ArtistName
    derived_from: Annotated[list[Derivation], msgspec.Meta(max_length=20)] = []


class CredentialsView(msgspec.Struct, kw_only=True):
    """The Content Credentials that a file came with, and what they are worth."""

    state: CredentialState
    in_words: str
    signed_by: str | None
    manifest: str | None

    @classmethod
    def of(cls, asset: Asset) -> CredentialsView | None:
        if asset.credentials is None:
            return None
        read = msgspec.convert(asset.credentials, ContentCredentials)
        return cls(
            state=read.state,
            in_words=read.in_words,
            signed_by=read.signed_by,
            manifest=read.label,
        )


class AssetView(msgspec.Struct, kw_only=True):
    """A file of a track, as its bytes say it is."""

    id: str
    role: AssetRole
    name: str
    sha256: str
    size: int
    media_type: str
    container: str
    created_at: datetime
    credentials: CredentialsView | None

    @classmethod
    def of(cls, asset: Asset) -> AssetView:
        return cls(
            id=asset.id,
            role=asset.role,
            name=asset.name,
            sha256=asset.sha256,
            size=asset.size,
            media_type=asset.media_type,
            container=asset.container,
            created_at=asset.created_at,
            credentials=CredentialsView.of(asset),
        )


class ReleasedFileView(msgspec.Struct, kw_only=True):
    """An asset as it leaves us. Where not ``embedded`` a ``.c2pa`` sidecar goes with it.

    ``statement_id``: the house's statement, in the log, that ties it to the uploaded file.
    """

    asset_id: str
    sha256: str
    size: int
    embedded: bool
    manifest: str
    claim_sha256: str
    statement_id: str
    released_at: datetime

    @classmethod
    def of(cls, released: ReleasedFile) -> ReleasedFileView:
        return cls(
            asset_id=released.asset_id,
            sha256=released.sha256,
            size=released.size,
            embedded=released.embedded,
            manifest=released.manifest,
            claim_sha256=released.claim_sha256,
            statement_id=released.statement_id,
            released_at=released.released_at,
        )


class TrackView(msgspec.Struct, kw_only=True):
    """A track, as its owner and staff see it."""

    id: str
    title: str
    artist_name: str
    owner_id: str
    state: TrackState
    created_at: datetime
    assets: list[AssetView]
    provenance_statement_id: str | None
    countersignature_id: str | None
    imported_from: str | None

    @classmethod
    def of(cls, track: Track) -> TrackView:
        return cls(
            id=track.id,
            title=track.title,
            artist_name=track.artist_name,
            owner_id=track.owner_id,
            state=track.state,
            created_at=track.created_at,
            assets=[AssetView.of(asset) for asset in track.assets],
            provenance_statement_id=track.provenance_statement_id,
            countersignature_id=track.countersignature_id,
            imported_from=track.origin.uri if track.origin else None,
        )


class SignAttestations(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The texts that you sign, by reference such as ``att:inputs@1``."""

    references: Annotated[list[str], msgspec.Meta(min_length=1, max_length=50)]


class AttestationView(msgspec.Struct, kw_only=True):
    """An attestation text; the last two are there once it is signed."""

    reference: str
    text: str
    text_sha256: str
    signed_by: str | None = None
    signed_at: datetime | None = None

    @classmethod
    def of(cls, signed: SignedAttestation) -> AttestationView:
        return cls(
            reference=signed.reference,
            text=attestation_of(signed.reference).text,
            text_sha256=signed.text_sha256,
            signed_by=signed.signer_id,
            signed_at=signed.signed_at,
        )


class RestrictionView(msgspec.Struct, kw_only=True):
    """Something that a case withholds at present."""

    id: str
    kind: str
    case_id: str
    since: datetime

    @classmethod
    def of(cls, restriction: Restriction) -> RestrictionView:
        return cls(
            id=restriction.id,
            kind=restriction.kind.value,
            case_id=restriction.case_id,
            since=restriction.since,
        )


class DescendantView(msgspec.Struct, kw_only=True):
    """A track made from another; ``generations`` is 1 where it was made directly from it."""

    track_id: str
    title: str
    state: TrackState
    parent_track_id: str
    relation: Relation
    generations: int

    @classmethod
    def of(cls, derivation: lineage.Derivation) -> DescendantView:
        return cls(
            track_id=derivation.child.id,
            title=derivation.child.title,
            state=derivation.child.state,
            parent_track_id=derivation.parent.id,
            relation=derivation.relation,
            generations=derivation.generations,
        )


class ParentView(msgspec.Struct, kw_only=True):
    """A track from which this one was made."""

    track_id: str
    relation: Relation

    @classmethod
    def of(cls, lineage: Lineage) -> ParentView:
        return cls(track_id=lineage.parent_track_id, relation=lineage.relation)
