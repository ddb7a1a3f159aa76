"""The creator's side: tracks, their story, their evidence, and answering a notice."""

from __future__ import annotations

import re

from app.cases import filing, service
from app.cases.agent import DesignatedAgent
from app.cases.intake import Filing
from app.cases.models import Outcome
from app.core.actor import ANONYMOUS
from app.core.runtime import Runtime
from app.screening import service as screenings
from licensing.notices import Contact
from similarity.match import MatchKind
from tests.console.conftest import Visit
from tests.console.world import World

COUNTER = {
    "material": "Harbour at Dusk",
    "name": "Ada Lovelace",
    "address": "12 St James's Square, London",
    "telephone": "+44 20 0000 0000",
    "mistake": "yes",
    "jurisdiction": "yes",
    "service": "yes",
    "signature": "Ada Lovelace",
}


async def taken_down(world: World, runtime: Runtime, listing_id: str) -> str:
    """An accepted notice about the listing."""
    agent = DesignatedAgent.of(runtime.settings)
    complete = Filing(
        signature="Bernard Holder",
        works=("The Blackbird",),
        locations=(listing_id,),
        contact=Contact(name="Bernard Holder", email="bernard@label.example"),
        states_good_faith=True,
        considered_fair_use=True,
        states_accuracy=True,
        states_authority_under_perjury=True,
    )
    async with world.units.begin(ANONYMOUS) as uow:
        notice = (await filing.file_notice(uow, agent, complete))[0].notice
    async with world.units.begin(world.reviewer) as uow:
        claimed = await service.claim_notice(
            uow, notice_id=notice.id, expected_version=notice.version
        )
        await service.decide_notice(
            uow,
            agent,
            notice_id=notice.id,
            outcome=Outcome.ACCEPT,
            reasoning="The melody is the one of the work.",
            private_note="",
            expected_version=claimed.version,
        )
    return notice.id


async def test_the_studio_shows_ones_own_tracks_only(world: World, visit: Visit) -> None:
    track_id, _ = await world.screened(title="Borrowed Tune")
    assert "Borrowed Tune" in (await (await visit(world.creator)).get("/studio")).text
    stranger = await visit(world.stranger)
    empty = await stranger.get("/studio")
    assert "Borrowed Tune" not in empty.text
    assert "No tracks yet" in empty.text
    assert (await stranger.get(f"/studio/tracks/{track_id}")).status_code == 404


async def test_provenance_is_told_with_what_stays_withheld(world: World, visit: Visit) -> None:
    track_id, _ = await world.listed()
    told = (await (await visit(world.creator)).get(f"/studio/tracks/{track_id}")).text
    assert "SongGen 2.1" in told
    assert "18446744073709551615" in told
    assert "Withheld; its salted hash is" in told
    assert "a slow air in D" not in told
    assert "transparency log" in told
    track = await world.read_track(track_id)
    assert f"/v1/statements/{track.provenance_statement_id}/receipt" in told
    assert f"/v1/statements/{track.countersignature_id}/receipt" in told
    assert "The uploaded files came without Content Credentials." in told
    assert "manifest <code>urn:c2pa:" in told


async def test_a_block_shows_both_sides(world: World, visit: Visit) -> None:
    track_id, _ = await world.screened(MatchKind.RECORDING, MatchKind.MELODY)
    told = (await (await visit(world.creator)).get(f"/studio/tracks/{track_id}")).text
    assert "The recording of “Wachet auf” by J. S. Bach" in told
    assert re.search("0:12.0.0:45.3 of the upload . 0:03.2.0:36.5 of the reference", told)
    assert "12% faster than the reference; a minor third higher" in told
    assert f'src="/v1/tracks/{track_id}/assets/mix/mix.wav"' in told
    assert 'src="/v1/references/ref_recording/audio"' in told
    assert len(re.findall(r'class="note match"', told)) == 14
    assert len(re.findall(r'class="note differs"', told)) == 2
    assert "7 of 8 aligned notes are the same" in told


async def test_a_running_screening_refreshes_itself(world: World, visit: Visit) -> None:
    track_id = await world.track("In the Queue")
    async with world.units.begin(world.creator) as uow:
        await screenings.request_screening(uow, track_id=track_id)
    told = (await (await visit(world.creator)).get(f"/studio/tracks/{track_id}")).text
    assert "Waiting for its turn" in told
    assert 'hx-trigger="every 2s"' in told


async def test_a_counter_notice_that_lacks_something_keeps_what_was_typed(
    world: World, runtime: Runtime, visit: Visit
) -> None:
    track_id, listing_id = await world.listed()
    notice_id = await taken_down(world, runtime, listing_id)
    ada = await visit(world.creator)
    shown = (await ada.get(f"/studio/tracks/{track_id}")).text
    assert "A rights holder claims this track" in shown
    assert "The melody is the one of the work." in shown
    assert "Was this a mistake?" in shown

    form = {**COUNTER, "notice_id": notice_id, "signature": "", "explanation": "I wrote it."}
    answer = await ada.post(f"/studio/tracks/{track_id}/counter-notice", data=form)
    assert answer.status_code == 422
    assert "Sign the counter notice, or type your full name." in answer.text
    assert "I wrote it." in answer.text
    assert 'value="Ada Lovelace"' in answer.text

    form["signature"] = "Ada Lovelace"
    sent = await ada.post(f"/studio/tracks/{track_id}/counter-notice", data=form)
    assert (sent.status_code, sent.headers["location"]) == (
        303,
        f"/studio/tracks/{track_id}?done=countered",
    )
    after = (await ada.get(sent.headers["location"])).text
    assert "Your counter notice is complete" in after
    assert "the notifier has time to go to court" in after
    assert "Was this a mistake?" not in after


async def test_a_stranger_cannot_answer_for_somebody_else(
    world: World, runtime: Runtime, visit: Visit
) -> None:
    track_id, listing_id = await world.listed()
    notice_id = await taken_down(world, runtime, listing_id)
    form = {**COUNTER, "notice_id": notice_id}
    eve = await visit(world.stranger)
    answer = await eve.post(f"/studio/tracks/{track_id}/counter-notice", data=form)
    assert answer.status_code == 404
