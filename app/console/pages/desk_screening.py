"""One screening on the desk: listen, read, compare, decide."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from app.catalog import service as catalog
from app.console.evidence import mix_of, read_evidence
from app.console.notation.gallery import Gallery
from app.console.page import Page
from app.console.queue import ClaimForm, holder_of
from app.console.screening_view import shown_screening
from app.console.story import story_of
from app.core.access import only
from app.core.actor import Role
from app.core.errors import BadRequest, ServiceError
from app.core.unit_of_work import UnitOfWork
from app.identity import service as identity
from app.provenance.house import HouseKeys
from app.screening import review
from app.screening import service as screenings
from app.screening.lifecycle import Occasion
from app.screening.models import Decision

_Reason = Annotated[str, msgspec.Meta(max_length=review.REASON_MAX_LENGTH)]


class ReviewForm(msgspec.Struct, kw_only=True):
    """A reviewer's decision on the version that they saw."""

    expected_version: int
    decision: str = ""
    reason: _Reason = ""

    def chosen(self) -> Decision:
        """
        Raises:
            BadRequest: neither choice was made.
        """
        try:
            return Decision(self.decision)
        except ValueError:
            raise BadRequest("Choose what to decide.") from None


class DeskScreeningController(Controller):
    """Evidence on both sides, and a decision with a reason that the creator reads."""

    path = "/desk/screenings/{screening_id:str}"

    @get(opt=only(Role.REVIEWER))
    async def show(
        self,
        screening_id: FromPath[str],
        page: NamedDependency[Page],
        uow: NamedDependency[UnitOfWork],
        gallery: NamedDependency[Gallery],
    ) -> Template:
        """The evidence and, for whoever holds the claim, the decision."""
        return page.show("desk/screening.html", **await _told(uow, gallery, screening_id))

    @post("/claim", opt=only(Role.REVIEWER), status_code=303)
    async def claim(
        self,
        screening_id: FromPath[str],
        data: URLEncodedBody[ClaimForm],
        page: NamedDependency[Page],
        uow: NamedDependency[UnitOfWork],
        gallery: NamedDependency[Gallery],
    ) -> Response[Any]:
        """Take it up for ten minutes; a colleague may have been faster."""
        try:
            await review.claim(
                uow, screening_id=screening_id, expected_version=data.expected_version
            )
        except ServiceError as refusal:
            told = await _told(uow, gallery, screening_id, refusal=refusal)
            return page.show("desk/screening.html", status=refusal.status, **told)
        return Redirect(f"/desk/screenings/{screening_id}", status_code=303)

    @post("/decision", opt=only(Role.REVIEWER), status_code=303)
    async def decide(
        self,
        screening_id: FromPath[str],
        data: URLEncodedBody[ReviewForm],
        *,
        page: NamedDependency[Page],
        uow: NamedDependency[UnitOfWork],
        gallery: NamedDependency[Gallery],
        house: NamedDependency[HouseKeys],
    ) -> Response[Any]:
        """Decide, or say why not and keep what was typed."""
        try:
            await review.decide_review(
                uow,
                house=house,
                screening_id=screening_id,
                decision=data.chosen(),
                reason=data.reason,
                expected_version=data.expected_version,
            )
        except ServiceError as refusal:
            told = await _told(uow, gallery, screening_id, form=data, refusal=refusal)
            return page.show("desk/screening.html", status=refusal.status, **told)
        return Redirect("/desk?done=decided", status_code=303)


async def _told(
    uow: UnitOfWork,
    gallery: Gallery,
    screening_id: str,
    *,
    form: ReviewForm | None = None,
    refusal: ServiceError | None = None,
) -> dict[str, Any]:
    screening = await screenings.screening_for(uow, screening_id)
    track = await catalog.track_for(uow, screening.track_id)
    owner = await identity.find_person(uow.session, track.owner_id)
    evidence = None if screening.evidence is None else read_evidence(screening.evidence)
    return {
        "track": track,
        "owner_name": owner.display_name,
        "screening": await shown_screening(screening, gallery, staff=True),
        "mix": mix_of(track, evidence),
        "story": await story_of(uow.session, track),
        "holder": holder_of(screening.claimed_by, screening.claimed_until, uow),
        "claimed_until": screening.claimed_until,
        "decidable": screening.state in review.WAITING,
        "accepted": screening.occasion is not Occasion.SUBMISSION,
        "takes_down": screening.occasion.may_take_down,
        "own": track.owner_id == uow.actor.user_id,
        "form": form or ReviewForm(expected_version=screening.version),
        "refusal": refusal,
    }
