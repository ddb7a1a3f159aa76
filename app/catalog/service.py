"""Use cases of the catalogue: tracks, their way through verification and screening, restrictions.

The files of a track have their own module, ``app.catalog.assets``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.duplicates import require_no_duplicate
from app.catalog.errors import MixMissing, TrackNotOpen
from app.catalog.lifecycle import TRACK, TrackCommand, TrackState
from app.catalog.lineage import derive
from app.catalog.models import (
    AssetRole,
    AttestationSignature,
    Relation,
    Restriction,
    RestrictionKind,
    Track,
)
from app.core.actor import Actor, ActorKind, Role
from app.core.errors import Forbidden, NotFound
from app.core.jobs import Job
from app.core.unit_of_work import UnitOfWork
from app.provenance import service as provenance
from licensing.attestations import SignedAttestation
from licensing.attestations import sign as sign_attestation
from similarity.match import Verdict

RELEASE_TRACK: Final = Job("catalog.release", heavy=True)
"""Makes the files of a countersigned track ready to leave us; see ``app.catalog.release``."""

STAFF: Final = (Role.REVIEWER, Role.LEGAL, Role.OPERATOR, Role.AUDITOR)
"""Who may see tracks that are not their own; administrators may as holders of every role."""

_COMMAND_OF_VERDICT: Final = {
    Verdict.CLEAR: TrackCommand.CLEAR,
    Verdict.REVIEW: TrackCommand.SEND_TO_REVIEW,
    Verdict.BLOCK: TrackCommand.BLOCK,
}


async def open_track(
    uow: UnitOfWork,
    *,
    title: str,
    artist_name: str,
    derived_from: Mapping[str, Relation] | None = None,
) -> Track:
    """A new, empty track of the actor. ``derived_from`` maps parent track ids to relations.

    Raises:
        Forbidden: the actor is no creator.
        ParentNotAvailable: a parent is neither the actor's nor accepted here.
    """
    uow.actor.require(Role.CREATOR)
    if uow.actor.organisation_id is None:
        raise Forbidden("A track belongs to a person; the system itself cannot open one.")
    track = Track(
        id=uow.new_id("trk"),
        owner_id=uow.actor.person_id,
        organisation_id=uow.actor.organisation_id,
        title=title,
        artist_name=artist_name,
        state=TRACK.initial,
        created_at=uow.now,
        provenance_statement_id=None,
        countersignature_id=None,
        withdrawn_at=None,
        origin=None,
        assets=[],
    )
    uow.session.add(track)
    await uow.session.flush()
    for parent_id, relation in (derived_from or {}).items():
        await derive(uow, track, parent_id, relation)
    uow.record("track.opened", track.id)
    return track


async def track_for(uow: UnitOfWork, track_id: str, *, to_change: bool = False) -> Track:
    """A track that the actor may see: its owner, staff and the system; locked ``to_change``.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    track = await uow.session.get(Track, track_id, with_for_update=to_change)
    if track is None or not may_see(uow.actor, track):
        raise NotFound("You have no track with this id.")
    return track


async def own_track(uow: UnitOfWork, track_id: str) -> Track:
    """A track that the actor owns, locked for a change.

    Raises:
        NotFound: there is none, or it is not visible to the actor.
        Forbidden: visible, but somebody else's.
    """
    track = await track_for(uow, track_id, to_change=True)
    if track.owner_id != uow.actor.user_id:
        raise Forbidden("Only the track's owner may do this.")
    return track


async def tracks_of(
    session: AsyncSession, owner_id: str, *, before: str | None, limit: int
) -> list[Track]:
    """The owner's tracks, newest first, starting after the track ``before``."""
    query = sa.select(Track).where(Track.owner_id == owner_id)
    if before is not None:
        query = query.where(Track.id < before)
    return list(await session.scalars(query.order_by(Track.id.desc()).limit(limit)))


def may_see(actor: Actor, track: Track) -> bool:
    """Owner, staff and the system see a track before it is on the market."""
    if actor.kind is ActorKind.SYSTEM:
        return True
    return actor.user_id == track.owner_id or actor.has(*STAFF)


async def submit(uow: UnitOfWork, *, track_id: str, envelope: bytes) -> Track:
    """Bind the track's files by its signed provenance statement; they cannot change afterwards.

    Raises:
        TrackNotOpen: submitted before.
        MixMissing: there is nothing to screen.
        DuplicateRecording: another seller's track came first with the same bytes.
        ServiceError: the statement is refused; see ``app.provenance.service.verify_statement``.
    """
    track = await own_track(uow, track_id)
    if track.state is not TrackState.OPEN:
        raise TrackNotOpen(f"The track is {track.state}; it was submitted before.")
    if not any(asset.role is AssetRole.MIX for asset in track.assets):
        raise MixMissing("Upload the mix first: PUT /v1/tracks/{id}/assets/mix/{name}.")
    for asset in track.assets:
        await require_no_duplicate(uow.session, track, asset.sha256, asset.container)
    verified = await provenance.verify_statement(
        uow,
        envelope=envelope,
        track_id=track.id,
        assets={asset.sha256: asset.role.value for asset in track.assets},
    )
    track.provenance_statement_id = verified.statement.id
    _advance(track, TrackCommand.VERIFY)
    uow.record("track.verified", track.id, statement=verified.statement.id)
    return track


async def mark_screening(uow: UnitOfWork, *, track_id: str) -> Track:
    """Screening of the track has been asked for."""
    track = await track_for(uow, track_id, to_change=True)
    _advance(track, TrackCommand.SCREEN)
    return track


async def mark_screened(uow: UnitOfWork, *, track_id: str, verdict: Verdict) -> Track:
    """The track goes where the verdict of the machine, or then of a reviewer, sends it."""
    track = await track_for(uow, track_id, to_change=True)
    _advance(track, _COMMAND_OF_VERDICT[verdict])
    uow.record("track.screened", track.id, verdict=verdict.value, state=track.state.value)
    return track


async def mark_refused(uow: UnitOfWork, *, track_id: str, reason: str) -> Track:
    """The audio cannot be screened; uploading another file opens the track again."""
    track = await track_for(uow, track_id, to_change=True)
    _advance(track, TrackCommand.REFUSE)
    uow.record("track.refused", track.id, reason=reason)
    return track


async def mark_countersigned(uow: UnitOfWork, *, track_id: str, statement_id: str) -> Track:
    """The house has signed for the track; its files are made ready to leave us."""
    track = await track_for(uow, track_id, to_change=True)
    _advance(track, TrackCommand.COUNTERSIGN)
    track.countersignature_id = statement_id
    await uow.enqueue(RELEASE_TRACK, track.id, track.id)
    uow.record("track.countersigned", track.id, statement=statement_id)
    return track


async def mark_withdrawn(uow: UnitOfWork, *, track_id: str) -> Track:
    """Its seller has taken the track off the market: others' tracks are not held against it."""
    track = await track_for(uow, track_id, to_change=True)
    if track.withdrawn_at is None:
        track.withdrawn_at = uow.now
        uow.record("track.withdrawn", track.id)
    return track


async def mark_offered(uow: UnitOfWork, *, track_id: str) -> Track:
    """Its seller offers a track that was withdrawn again; for any other this changes nothing."""
    track = await track_for(uow, track_id, to_change=True)
    if track.withdrawn_at is not None:
        track.withdrawn_at = None
        uow.record("track.offered-again", track.id)
    return track


async def sign_attestations(
    uow: UnitOfWork, *, track_id: str, references: Iterable[str]
) -> list[SignedAttestation]:
    """The owner signs attestation texts for a track; signing one again changes nothing.

    Raises:
        UnknownAttestation: no such text in force.
    """
    track = await own_track(uow, track_id)
    for reference in sorted(set(references)):
        signed = sign_attestation(reference, uow.actor.person_id, uow.now)
        if await uow.session.get(AttestationSignature, (track.id, reference)) is not None:
            continue
        uow.session.add(
            AttestationSignature(
                track_id=track.id,
                reference=signed.reference,
                text_sha256=signed.text_sha256,
                signed_by=signed.signer_id,
                signed_at=signed.signed_at,
            )
        )
        uow.record(
            "attestation.signed", track.id, reference=reference, text_sha256=signed.text_sha256
        )
    await uow.session.flush()
    return await attestations_of(uow.session, track.id)


async def attestations_of(session: AsyncSession, track_id: str) -> list[SignedAttestation]:
    """What was signed for the track, by reference."""
    query = (
        sa.select(AttestationSignature)
        .where(AttestationSignature.track_id == track_id)
        .order_by(AttestationSignature.reference)
    )
    return [
        SignedAttestation(row.reference, row.text_sha256, row.signed_by, row.signed_at)
        for row in await session.scalars(query)
    ]


async def restrict(
    uow: UnitOfWork, *, track_id: str, kind: RestrictionKind, case_id: str
) -> Restriction:
    """Withhold something of a track for a case; once per kind and case while it is in force.

    Raises:
        NotFound: no such track.
    """
    track = await track_for(uow, track_id, to_change=True)
    for present in await restrictions_in_force(uow.session, track.id, uow.now):
        if present.kind is kind and present.case_id == case_id:
            return present
    restriction = Restriction(
        id=uow.new_id("res"),
        track_id=track.id,
        kind=kind,
        case_id=case_id,
        since=uow.now,
        until=None,
    )
    uow.session.add(restriction)
    await uow.session.flush()
    uow.record("track.restricted", track.id, kind=kind.value, case=case_id)
    return restriction


async def lift(uow: UnitOfWork, *, restriction_id: str) -> Restriction:
    """End a restriction; ending it again changes nothing.

    Raises:
        NotFound: no such restriction.
    """
    restriction = await uow.session.get(Restriction, restriction_id, with_for_update=True)
    if restriction is None:
        raise NotFound("There is no such restriction.")
    if restriction.until is None:
        restriction.until = uow.now
        uow.record(
            "track.restriction-lifted",
            restriction.track_id,
            kind=restriction.kind.value,
            case=restriction.case_id,
        )
    return restriction


async def restrictions_in_force(
    session: AsyncSession, track_id: str, at: datetime
) -> list[Restriction]:
    """What is withheld of the track at that instant, oldest first."""
    query = (
        sa.select(Restriction)
        .where(
            Restriction.track_id == track_id,
            Restriction.since <= at,
            sa.or_(Restriction.until.is_(None), Restriction.until > at),
        )
        .order_by(Restriction.since, Restriction.id)
    )
    return list(await session.scalars(query))


def _advance(track: Track, command: TrackCommand) -> None:
    track.state = TRACK.advance(track.state, command)
