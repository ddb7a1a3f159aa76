"""The desk: one queue, one holder, a reason for everything."""

from __future__ import annotations

import re

import httpx

from app.catalog.lifecycle import TrackState
from app.core.clock import TestClock
from app.screening import growth
from app.screening.review import CLAIM_LASTS
from similarity.match import MatchKind
from tests.console.conftest import Visit
from tests.console.test_notice_form import COMPLETE
from tests.console.world import HOUSE, World

REASON = "The match is a quotation of two bars, which the law allows."


def version_in(text: str) -> str:
    """The version that the forms of a page carry."""
    found = re.search(r'name="expected_version" value="(\d+)"', text)
    assert found is not None
    return found[1]


async def claim(reviewer: httpx.AsyncClient, here: str) -> str:
    """Take up what the page shows; the version to decide upon."""
    seen = version_in((await reviewer.get(here)).text)
    answer = await reviewer.post(f"{here}/claim", data={"expected_version": seen})
    assert answer.status_code == 303
    return version_in((await reviewer.get(here)).text)


async def test_only_the_desk_sees_the_desk(world: World, visit: Visit) -> None:
    assert (await (await visit(world.creator)).get("/desk")).status_code == 403
    assert (await (await visit(None)).get("/desk")).status_code == 303
    assert "Nothing waits here" in (await (await visit(world.reviewer)).get("/desk")).text


async def test_screenings_and_notices_share_one_queue(world: World, visit: Visit) -> None:
    _, screening_id = await world.screened(MatchKind.RECORDING)
    _, listing_id = await world.listed()
    filed = await (await visit(None)).post(
        "/notices/new", data={**COMPLETE, "locations": listing_id}
    )
    notice_id = re.findall(r"ntc_[0-9a-z]{26}", filed.text)[0]
    rita = await visit(world.reviewer)
    everything = (await rita.get("/desk")).text
    assert f"row-{screening_id}" in everything
    assert f"row-{notice_id}" in everything
    notices = (await rita.get("/desk?kind=notice")).text
    assert f"row-{screening_id}" not in notices
    assert f"row-{notice_id}" in notices
    assert "Screenings <span>1</span>" in notices
    lawyer = (await (await visit(world.lawyer)).get("/desk")).text
    assert f"row-{screening_id}" not in lawyer


async def test_the_slower_of_two_reviewers_is_told_so(world: World, visit: Visit) -> None:
    _, screening_id = await world.screened(MatchKind.RECORDING)
    rita, ralf = await visit(world.reviewer), await visit(world.colleague)
    seen = {"expected_version": version_in((await ralf.get("/desk")).text)}
    first = await rita.post(f"/desk/screenings/{screening_id}/claim", data=seen)
    assert (first.status_code, first.headers["location"]) == (
        303,
        f"/desk/screenings/{screening_id}",
    )
    second = await ralf.post(f"/desk/screenings/{screening_id}/claim", data=seen)
    assert second.status_code == 409
    assert "has changed since you saw it" in second.text
    assert "A colleague is working on it" in second.text
    assert "<strong>you</strong>" in (await rita.get("/desk?held=me")).text


async def test_a_decision_without_a_reason_keeps_the_choice(world: World, visit: Visit) -> None:
    _, screening_id = await world.screened(MatchKind.RECORDING)
    rita = await visit(world.reviewer)
    here = f"/desk/screenings/{screening_id}"
    version = await claim(rita, here)
    form = {"expected_version": version, "decision": "clear", "reason": "ok"}
    answer = await rita.post(f"{here}/decision", data=form)
    assert answer.status_code == 422
    assert "A decision needs a reason" in answer.text
    assert re.search(r'value="clear" required checked', answer.text)


async def test_clearing_countersigns_and_tells_the_creator_why(world: World, visit: Visit) -> None:
    track_id, screening_id = await world.screened(MatchKind.RECORDING)
    rita = await visit(world.reviewer)
    here = f"/desk/screenings/{screening_id}"
    version = await claim(rita, here)
    form = {
        "expected_version": version,
        "decision": "clear",
        "reason": REASON,
    }
    decided = await rita.post(f"{here}/decision", data=form)
    assert (decided.status_code, decided.headers["location"]) == (303, "/desk?done=decided")
    assert (await world.read_track(track_id)).state is TrackState.COUNTERSIGNED
    assert REASON in (await (await visit(world.creator)).get(f"/studio/tracks/{track_id}")).text
    again = await rita.post(f"{here}/decision", data=form)
    assert again.status_code == 409


async def test_a_claim_that_ran_out_decides_nothing(
    world: World, visit: Visit, clock: TestClock
) -> None:
    track_id, screening_id = await world.screened(MatchKind.RECORDING)
    rita = await visit(world.reviewer)
    here = f"/desk/screenings/{screening_id}"
    version = await claim(rita, here)
    clock.advance(CLAIM_LASTS)
    form = {"expected_version": version, "decision": "clear", "reason": REASON}
    answer = await rita.post(f"{here}/decision", data=form)
    assert answer.status_code == 409
    assert "Claim the screening before you decide it" in answer.text
    assert (await world.read_track(track_id)).state is TrackState.BLOCKED


async def test_accepting_a_notice_takes_the_listing_down(world: World, visit: Visit) -> None:
    track_id, listing_id = await world.listed()
    public = await visit(None)
    filed = await public.post("/notices/new", data={**COMPLETE, "locations": listing_id})
    notice_id = re.findall(r"ntc_[0-9a-z]{26}", filed.text)[0]
    rita = await visit(world.reviewer)
    here = f"/desk/notices/{notice_id}"
    version = await claim(rita, here)
    form = {
        "expected_version": version,
        "outcome": "accept",
        "reasoning": "",
        "private_note": "Asked Ralf.",
    }
    refused = await rita.post(f"{here}/decision", data=form)
    assert refused.status_code == 400
    assert "Asked Ralf." in refused.text
    form["reasoning"] = "The melody is the one of the work."
    assert (await rita.post(f"{here}/decision", data=form)).status_code == 303
    gone = await public.get(f"/listings/{listing_id}")
    assert gone.status_code == 410
    assert "This listing is not available" in gone.text
    studio = (await (await visit(world.creator)).get(f"/studio/tracks/{track_id}")).text
    assert "The melody is the one of the work." in studio
    assert "Asked Ralf." not in studio
    case = (await rita.get(here)).text
    assert "Asked Ralf." in case
    assert "bernard@label.example" in case
    assert re.search(r"A reviewer took up the case</span>.*, Rita</span>", case)


async def test_reviewers_see_how_far_new_references_were_compared(
    world: World, visit: Visit
) -> None:
    await world.listed()
    async with world.units.begin(HOUSE) as uow:
        await growth.notice(uow, corpus_digest="d" * 64, references=["ref_1", "ref_2"])
    told = "0 of 2 searched for"
    assert told in (await (await visit(world.reviewer)).get("/desk")).text
    assert told not in (await (await visit(world.lawyer)).get("/desk")).text
