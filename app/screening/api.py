"""HTTP of screening: submissions, screenings and their evidence, the review desk, references."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Response, Stream
from msgspec import Meta

from app.catalog import service as catalog
from app.catalog.content import serve
from app.catalog.schemas import TrackView
from app.core.access import PUBLIC, SIGNED_IN, only
from app.core.actor import Role
from app.core.errors import NotFound
from app.core.unit_of_work import UnitOfWork
from app.provenance.api import house_keys
from app.provenance.house import HouseKeys
from app.screening import growth, recall, review, second_look, service
from app.screening.lifecycle import ScreeningState
from app.screening.policy import POLICIES
from app.screening.reference_audio import find_reference, recording_file
from app.screening.schemas import (
    ClaimScreening,
    DecideScreening,
    GrowthView,
    PolicyView,
    RecallView,
    ReferenceView,
    ScreeningSummary,
    ScreeningView,
)

MAX_ENVELOPE_BYTES = 1024 * 1024
"""A statement about two hundred files has some 60 KB."""

PageSize = Annotated[int, Meta(ge=1, le=100)]


class SubmissionController(Controller):
    """Where a track's provenance and its screening begin."""

    path = "/v1/tracks/{track_id:str}"
    tags = ["Tracks"]

    @post(
        "/submission",
        opt=SIGNED_IN,
        operation_id="submitTrack",
        status_code=202,
        request_max_body_size=MAX_ENVELOPE_BYTES,
    )
    async def submit(
        self,
        request: Request[Any, Any, State],
        track_id: FromPath[str],
        uow: NamedDependency[UnitOfWork],
    ) -> TrackView:
        """Send the DSSE envelope of the signed provenance statement about all files.

        Each thing that can be wrong with it has its own problem type, and then nothing changes.
        Otherwise the files are bound, and screening begins.
        """
        envelope = await request.body()
        track = await catalog.submit(uow, track_id=track_id, envelope=envelope)
        await service.request_screening(uow, track_id=track.id)
        return TrackView.of(track)

    @post(
        "/screening/review",
        opt=SIGNED_IN,
        operation_id="askForReview",
        status_code=201,
    )
    async def ask(
        self, track_id: FromPath[str], uow: NamedDependency[UnitOfWork]
    ) -> ScreeningSummary:
        """Ask for a person's look at an accepted track of which a licence is withheld."""
        return ScreeningSummary.of(await second_look.ask(uow, track_id=track_id))

    @get("/screening", opt=SIGNED_IN, operation_id="readTrackScreening")
    async def latest(
        self, track_id: FromPath[str], uow: NamedDependency[UnitOfWork]
    ) -> ScreeningView:
        """The track's last screening, with its evidence."""
        return ScreeningView.of(await service.latest_screening(uow, track_id))


class ScreeningController(Controller):
    """Screenings, and the desk where people decide about them."""

    path = "/v1/screenings"
    tags = ["Screening"]
    dependencies = {"house": Provide(house_keys, sync_to_thread=False)}

    @get("", opt=only(Role.REVIEWER), operation_id="listReviewQueue")
    async def waiting(
        self,
        uow: NamedDependency[UnitOfWork],
        states: Annotated[list[ScreeningState] | None, QueryParameter(name="state")] = None,
        after: Annotated[str | None, QueryParameter()] = None,
        limit: Annotated[PageSize, QueryParameter()] = 50,
    ) -> list[ScreeningSummary]:
        """Screenings that wait for a person, or are in the given states; the oldest first."""
        found = await review.queue(
            uow.session, states=states or review.WAITING, after=after, limit=limit
        )
        return [ScreeningSummary.of(screening) for screening in found]

    @get("/{screening_id:str}", opt=SIGNED_IN, operation_id="readScreening")
    async def read(
        self, screening_id: FromPath[str], uow: NamedDependency[UnitOfWork]
    ) -> ScreeningView:
        """A screening with its evidence, for the track's owner and staff."""
        return ScreeningView.of(await service.screening_for(uow, screening_id))

    @get("/{screening_id:str}/evidence", opt=SIGNED_IN, operation_id="readEvidence")
    async def evidence(
        self, screening_id: FromPath[str], uow: NamedDependency[UnitOfWork]
    ) -> Response[bytes]:
        """The evidence byte for byte: its SHA-256 is the one in the countersignature."""
        screening = await service.screening_for(uow, screening_id)
        if screening.evidence is None:
            raise NotFound(f"The screening is {screening.state}; it has no evidence yet.")
        return Response(
            screening.evidence,
            media_type="application/json",
            headers={"ETag": f'"{screening.evidence_sha256}"'},
        )

    @post(
        "/{screening_id:str}/claim",
        opt=only(Role.REVIEWER),
        operation_id="claimScreening",
        status_code=200,
    )
    async def claim(
        self,
        screening_id: FromPath[str],
        data: JSONBody[ClaimScreening],
        uow: NamedDependency[UnitOfWork],
    ) -> ScreeningSummary:
        """Take a screening for ten minutes, so that nobody else decides it meanwhile."""
        screening = await review.claim(
            uow, screening_id=screening_id, expected_version=data.expected_version
        )
        return ScreeningSummary.of(screening)

    @post(
        "/{screening_id:str}/decision",
        opt=only(Role.REVIEWER),
        operation_id="decideScreening",
        status_code=200,
    )
    async def decide(
        self,
        screening_id: FromPath[str],
        data: JSONBody[DecideScreening],
        uow: NamedDependency[UnitOfWork],
        house: NamedDependency[HouseKeys],
    ) -> ScreeningSummary:
        """Clear the track, which is countersigned at once, or uphold the verdict."""
        screening = await review.decide_review(
            uow,
            house=house,
            screening_id=screening_id,
            decision=data.decision,
            reason=data.reason,
            expected_version=data.expected_version,
        )
        return ScreeningSummary.of(screening)


class ReferenceController(Controller):
    """Works of the reference corpus."""

    path = "/v1/references/{reference:str}"
    tags = ["Screening"]

    @get("", opt=SIGNED_IN, operation_id="readReference")
    async def read(
        self, reference: FromPath[str], request: Request[Any, Any, State]
    ) -> ReferenceView:
        """Title, composer, source and rights of a work that tracks are compared with."""
        corpus = request.app.state.runtime.settings.corpus_path
        return ReferenceView.of(await find_reference(corpus, reference))

    @get("/audio", opt=SIGNED_IN, operation_id="playReference")
    async def audio(
        self, reference: FromPath[str], request: Request[Any, Any, State]
    ) -> Response[None] | Stream:
        """The reference's recording, for staff and for those it was held against."""
        async with request.app.state.units.look(request.user) as uow:
            await service.require_reference_shown(uow, reference)
        corpus = request.app.state.runtime.settings.corpus_path
        recording = recording_file(corpus, await find_reference(corpus, reference))
        return serve(recording, recording.content, request.headers)


class PolicyController(Controller):
    """What verdicts are given under, today and ever since."""

    path = "/v1/screening-policies"
    tags = ["Screening"]

    @get(opt=PUBLIC, operation_id="listScreeningPolicies")
    async def policies(self) -> list[PolicyView]:
        """Every policy ever applied. Evidence names its policy by ``uri`` and ``sha256``."""
        return [PolicyView.of(policy) for policy in POLICIES.values()]


class GrowthController(Controller):
    """How far accepted tracks have been compared with references that came later."""

    path = "/v1/corpus-growth"
    tags = ["Screening"]

    @get(opt=only(Role.OPERATOR, Role.AUDITOR, Role.REVIEWER), operation_id="listCorpusGrowth")
    async def report(
        self,
        uow: NamedDependency[UnitOfWork],
        after: Annotated[str | None, QueryParameter()] = None,
        limit: Annotated[PageSize, QueryParameter()] = 50,
    ) -> list[GrowthView]:
        """Each state of the reference corpus with the progress of its search, the newest first."""
        return [GrowthView.of(row) for row in await growth.report(uow, after=after, limit=limit)]


class RecallController(Controller):
    """What became of tracks that compromised keys signed."""

    path = "/v1/key-recalls"
    tags = ["Screening"]

    @get(opt=only(Role.OPERATOR, Role.AUDITOR, Role.REVIEWER), operation_id="listKeyRecalls")
    async def report(self, uow: NamedDependency[UnitOfWork]) -> list[RecallView]:
        """Each key revoked as compromised with the tracks re-opened for it, the newest first."""
        return [RecallView.of(key, looks) for key, looks in await recall.report(uow)]


CONTROLLERS = [
    SubmissionController,
    ScreeningController,
    ReferenceController,
    PolicyController,
    GrowthController,
    RecallController,
]
