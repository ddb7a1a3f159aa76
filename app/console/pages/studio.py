"""The creator's studio: their tracks, and everything about one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from app.cases import counter_notices, reading
from app.cases.agent import DesignatedAgent
from app.cases.api import AGENT
from app.catalog import service as catalog
from app.catalog.lifecycle import TrackState
from app.catalog.models import RestrictionKind, Track
from app.console.counter_form import CounterForm
from app.console.evidence import mix_of, read_evidence
from app.console.market_view import on_the_market
from app.console.notation.gallery import Gallery
from app.console.page import ConsoleRequest, Page
from app.console.screening_view import latest_shown
from app.console.story import story_of
from app.console.track_cases import shown_cases
from app.core.access import SIGNED_IN, only
from app.core.actor import Role
from app.core.errors import ServiceError
from app.core.unit_of_work import UnitOfWork
from licensing.attestations import REQUIRED

_TRACKS_SHOWN: Final = 50
_TONES: Final = {
    TrackState.OPEN: "plain",
    TrackState.VERIFIED: "info",
    TrackState.SCREENING: "info",
    TrackState.CLEARED: "good",
    TrackState.IN_REVIEW: "warn",
    TrackState.BLOCKED: "bad",
    TrackState.REFUSED: "bad",
    TrackState.COUNTERSIGNED: "good",
}
_DONE: Final = {
    "countered": "Your counter notice is complete and was forwarded to the notifier.",
}


@dataclass(frozen=True, slots=True)
class TrackRow:
    """A line of the creator's table."""

    track: Track
    tone: str
    restrictions: list[RestrictionKind]


@dataclass(frozen=True, slots=True)
class AttestationRow:
    """A text that the creator signs, and when they did."""

    name: str
    text: str
    signed_at: datetime | None


class StudioController(Controller):
    """A creator sees their own tracks; staff may look at any."""

    path = "/studio"
    dependencies = AGENT

    @get(opt=only(Role.CREATOR))
    async def tracks(
        self, request: ConsoleRequest, page: NamedDependency[Page], uow: NamedDependency[UnitOfWork]
    ) -> Template:
        """The creator's tracks, newest first."""
        tracks = await catalog.tracks_of(
            uow.session,
            uow.actor.person_id,
            before=request.query_params.get("before"),
            limit=_TRACKS_SHOWN,
        )
        rows = [
            TrackRow(track, _TONES[track.state], await _restrictions(uow, track.id))
            for track in tracks
        ]
        older = tracks[-1].id if len(tracks) == _TRACKS_SHOWN else None
        return page.show("studio/index.html", tracks=rows, older=older)

    @get("/tracks/{track_id:str}", opt=SIGNED_IN)
    async def track(
        self,
        track_id: FromPath[str],
        request: ConsoleRequest,
        page: NamedDependency[Page],
        uow: NamedDependency[UnitOfWork],
        gallery: NamedDependency[Gallery],
    ) -> Template:
        """One track: its player, verdict, provenance, files and cases."""
        told = await _told(uow, gallery, track_id)
        done = _DONE.get(request.query_params.get("done", ""))
        return page.show("studio/track.html", **told, done=done, refusal=None)

    @post("/tracks/{track_id:str}/counter-notice", opt=SIGNED_IN, status_code=303)
    async def counter(
        self,
        track_id: FromPath[str],
        data: URLEncodedBody[CounterForm],
        *,
        page: NamedDependency[Page],
        uow: NamedDependency[UnitOfWork],
        gallery: NamedDependency[Gallery],
        agent: NamedDependency[DesignatedAgent],
    ) -> Response[Any]:
        """Answer a notice; what is typed is kept while something is missing.

        Nothing incomplete is sent from here: a form can say at once what it lacks.
        """
        filing = data.filing()
        refusal: ServiceError | None = None
        if not filing.elements.missing:
            try:
                await counter_notices.file_counter_notice(
                    uow, agent, notice_id=data.notice_id, filing=filing
                )
            except ServiceError as error:
                refusal = error
            else:
                return Redirect(f"/studio/tracks/{track_id}?done=countered", status_code=303)
        told = await _told(uow, gallery, track_id, form=data)
        status = refusal.status if refusal else 422
        return page.show("studio/track.html", status=status, **told, done=None, refusal=refusal)


async def _told(
    uow: UnitOfWork, gallery: Gallery, track_id: str, form: CounterForm | None = None
) -> dict[str, Any]:
    track = await catalog.track_for(uow, track_id)
    screening, document = await latest_shown(uow, track, gallery)
    evidence = None if document is None else read_evidence(document)
    return {
        "track": track,
        "tone": _TONES[track.state],
        "restrictions": await _restrictions(uow, track.id),
        "mix": mix_of(track, evidence),
        "screening": screening,
        "story": await story_of(uow.session, track),
        "market": await on_the_market(uow, track),
        "attestations": await _attestations(uow, track.id),
        "cases": await shown_cases(uow, await reading.cases_of_track(uow, track.id), form),
    }


async def _restrictions(uow: UnitOfWork, track_id: str) -> list[RestrictionKind]:
    found = await catalog.restrictions_in_force(uow.session, track_id, uow.now)
    return sorted({restriction.kind for restriction in found})


async def _attestations(uow: UnitOfWork, track_id: str) -> list[AttestationRow]:
    signed = {
        attestation.reference: attestation.signed_at
        for attestation in await catalog.attestations_of(uow.session, track_id)
    }
    return [
        AttestationRow(text.attestation_id, text.text, signed.get(text.reference))
        for text in REQUIRED
    ]
