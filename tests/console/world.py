"""A small marketplace to look at: people with sessions, tracks in any state, a listing."""

from __future__ import annotations

import hashlib
import io
import wave
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import sqlalchemy as sa

from app.catalog import assets as catalog_assets
from app.catalog import service as catalog
from app.catalog.assets import Upload
from app.catalog.jobs import CatalogJobs
from app.catalog.models import Asset, AssetRole, Track
from app.catalog.sniffing import FileKind, SniffedMedia
from app.core.actor import Actor, ActorKind, Role, system
from app.core.storage import ObjectStorage
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.identity import credentials
from app.identity import service as identity
from app.identity.models import Organisation, Person, RoleGrant, SignInSession
from app.identity.service import SESSION_LIFETIME
from app.market import service as market
from app.provenance import log
from app.provenance.house import HouseKeys
from app.screening import service as screenings
from app.screening.analysis import Analysed
from app.screening.evidence import (
    FoundMatch,
    MelodyProof,
    NotePair,
    QualityMeasures,
    RecordingProof,
    ReferenceWork,
    ScreenedFile,
    SpanSeconds,
)
from app.screening.lifecycle import ScreeningState
from app.screening.models import Screening
from licensing.attestations import REQUIRED
from licensing.money import Money
from licensing.splits import Role as ShareRole
from licensing.splits import Share
from similarity.match import Band, MatchKind
from tests.provenance.generators import Vendor, envelope, generation, payload, register

PASSWORD: Final = "a long and pleasant sentence"
_PASSWORD_HASH: Final = credentials.hash_password(PASSWORD)
HOUSE: Final = system("tests")
WAV: Final = SniffedMedia(FileKind.AUDIO, "audio/vnd.wave", "wav")

MELODY: Final = (62, 64, 66, 67, 69, 71, 69, 67)
"""The reference's notes; the upload has them a minor third higher, and one of them wrong."""


@dataclass
class World:
    """What the pages are looked at with."""

    units: UnitOfWorkFactory
    storage: ObjectStorage
    house: HouseKeys
    catalog_jobs: CatalogJobs
    vendor: Vendor
    creator: Actor
    stranger: Actor
    reviewer: Actor
    colleague: Actor
    lawyer: Actor

    @classmethod
    async def build(
        cls,
        units: UnitOfWorkFactory,
        storage: ObjectStorage,
        house: HouseKeys,
        catalog_jobs: CatalogJobs,
    ) -> World:
        async with units.begin(HOUSE) as uow:
            return cls(
                units=units,
                storage=storage,
                house=house,
                catalog_jobs=catalog_jobs,
                vendor=await register(uow),
                creator=await _person(uow, "Ada", Role.CREATOR),
                stranger=await _person(uow, "Eve", Role.CREATOR),
                reviewer=await _person(uow, "Rita", Role.REVIEWER),
                colleague=await _person(uow, "Ralf", Role.REVIEWER),
                lawyer=await _person(uow, "Lea", Role.LEGAL),
            )

    async def session_of(self, actor: Actor) -> str:
        """The token of a new browser session."""
        token = credentials.new_session_token()
        async with self.units.begin(HOUSE) as uow:
            uow.session.add(
                SignInSession(
                    digest=token.digest,
                    person_id=actor.person_id,
                    created_at=uow.now,
                    expires_at=uow.now + SESSION_LIFETIME,
                )
            )
        return token.text

    async def operator_key(self) -> str:
        """The API key of somebody who runs the service."""
        async with self.units.begin(HOUSE) as uow:
            name = f"Olga {uow.new_id('usr')}"
            operator = await _person(uow, name, Role.OPERATOR)
            _, secret = await identity.create_api_key(
                uow, person_id=operator.person_id, name="tests"
            )
        return secret

    async def track(self, title: str, creator: Actor | None = None) -> str:
        """A track with its mix, submitted with a signed statement."""
        stored = await self.storage.put(wav(title))
        async with self.units.begin(creator or self.creator) as uow:
            track = await catalog.open_track(uow, title=title, artist_name="Ada & the Engines")
            upload = Upload(AssetRole.MIX, "mix.wav", stored, WAV)
            await catalog_assets.add_asset(uow, track_id=track.id, upload=upload)
            declared = generation(stems=(), steps=())
            signed = envelope(self.vendor.signer, payload(declared, (stored.sha256,)))
            await catalog.submit(uow, track_id=track.id, envelope=signed)
        return track.id

    async def screened(self, *kinds: MatchKind, title: str = "Borrowed Tune") -> tuple[str, str]:
        """A track and its screening, with a blocking match of each kind; none clears it."""
        track_id = await self.track(title)
        return track_id, await self.conclude(track_id, *kinds)

    async def conclude(
        self,
        track_id: str,
        *kinds: MatchKind,
        change: Callable[[Analysed], Analysed] = lambda result: result,
        again: bool = False,
    ) -> str:
        """Screen a track, with a blocking match of each kind unless changed; the screening's id.

        ``again``: the screening that was asked for because the corpus grew.
        """
        async with self.units.begin(HOUSE) as uow:
            if again:
                query = sa.select(Screening).where(
                    Screening.track_id == track_id, Screening.state == ScreeningState.QUEUED
                )
                screening = (await uow.session.scalars(query)).one()
            else:
                screening = await screenings.request_screening(uow, track_id=track_id)
            await screenings.start(uow, screening_id=screening.id)
            mix = (await catalog.track_for(uow, track_id)).assets[0]
            await screenings.record_result(
                uow,
                house=self.house,
                screening_id=screening.id,
                result=change(_findings(mix, kinds)),
            )
        return screening.id

    async def listed(self, title: str = "Harbour at Dusk") -> tuple[str, str]:
        """A cleared track and its published listing, sealed in the log."""
        track_id, _ = await self.screened(title=title)
        await self.catalog_jobs.release(track_id)
        async with self.units.begin(self.creator) as uow:
            await catalog.sign_attestations(
                uow, track_id=track_id, references=[text.reference for text in REQUIRED]
            )
            listing = await market.open_listing(
                uow,
                track_id=track_id,
                description="A quiet tune for flute and strings.",
                generation_plan="pro",
                generation_terms_sha256=hashlib.sha256(b"terms").hexdigest(),
            )
            share = Share(self.creator.person_id, ShareRole.PRODUCER, 10_000)
            await market.set_split_sheet(uow, listing_id=listing.id, shares=[share])
            await market.add_offer(
                uow,
                listing_id=listing.id,
                template="lic:commercial-non-exclusive@1",
                price=Money(4_900, "EUR"),
            )
            await market.publish(uow, listing_id=listing.id)
        async with self.units.begin(HOUSE) as uow:
            await log.seal(uow, self.house)
        return track_id, listing.id

    async def read_track(self, track_id: str) -> Track:
        async with self.units.look(HOUSE) as uow:
            return await catalog.track_for(uow, track_id)


def wav(name: str) -> bytes:
    """Two seconds of noise as a WAV file; another name gives other bytes."""
    samples = np.random.default_rng(list(name.encode())).integers(-9000, 9000, 16_000)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()


def _findings(mix: Asset, kinds: tuple[MatchKind, ...]) -> Analysed:
    peaks = [round(abs(float(np.sin(i / 17))), 4) for i in range(600)]
    return Analysed(
        files=[
            ScreenedFile(
                asset_id=mix.id,
                role=mix.role.value,
                name=mix.name,
                sha256=mix.sha256,
                kind="audio",
                duration_s=62.0,
                quality=QualityMeasures(
                    integrated_lufs=-14.2,
                    true_peak_dbtp=-1.0,
                    clipped_share=0.0,
                    silent_share=0.01,
                ),
                peaks=peaks,
            )
        ],
        matches=[_match(mix, kind, peaks) for kind in kinds],
        corpora={"references": "c0" * 32},
        timings_ms={"decode": 12},
    )


def _match(mix: Asset, kind: MatchKind, peaks: list[float]) -> FoundMatch:
    recording = kind is MatchKind.RECORDING
    return FoundMatch(
        asset_id=mix.id,
        kind=kind,
        work=ReferenceWork(
            reference=f"ref_{kind.value}",
            title="Wachet auf" if recording else "The Blackbird",
            composer="J. S. Bach" if recording else "",
            source="corpus",
            rights="Composition in the public domain",
            duration_s=80.0,
            peaks=peaks if recording else [],
        ),
        band=Band.BLOCK,
        score=0.93,
        evalue=1e-9,
        query_span=SpanSeconds(start_s=12.0, end_s=45.3),
        reference_span=SpanSeconds(start_s=3.2, end_s=36.5),
        speed=1.12,
        pitch_semitones=3.0,
        proof=RecordingProof(bit_error_rate=0.07, items=260) if recording else _melody_proof(),
    )


def _melody_proof() -> MelodyProof:
    notes = [
        NotePair(
            query_onset_s=12.0 + step * 0.45,
            query_duration_s=0.4,
            query_pitch=pitch + (4 if step == 5 else 3),
            reference_onset_s=step * 0.5,
            reference_duration_s=0.5,
            reference_pitch=pitch,
            surprisal=2.0,
            matches=step != 5,
        )
        for step, pitch in enumerate(MELODY)
    ]
    return MelodyProof(query_voice="flute", reference_voice="1", common_share=0.1, notes=notes)


async def _person(uow: UnitOfWork, name: str, role: Role) -> Actor:
    house = Organisation(id=uow.new_id("org"), name=name, created_at=uow.now)
    uow.session.add(house)
    await uow.session.flush()
    person = Person(
        id=uow.new_id("usr"),
        organisation_id=house.id,
        email=f"{name.casefold()}@people.example",
        display_name=name,
        password_hash=_PASSWORD_HASH,
        created_at=uow.now,
        closed_at=None,
        role_grants=[],
    )
    uow.session.add(person)
    person.role_grants.append(RoleGrant(person_id=person.id, role=role, granted_at=uow.now))
    await uow.session.flush()
    return Actor(
        kind=ActorKind.PERSON,
        user_id=person.id,
        organisation_id=house.id,
        roles=frozenset({role}),
        label=name,
    )
