"""Pages that draw stored evidence: of both versions, for staff and for creators."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.console.alignment_picture import CURVE_HEIGHT, WIDTH, picture_of
from app.screening import service as screenings
from app.screening.analysis import Analysed
from app.screening.evidence import (
    LaneRun,
    RecordingProof,
    SpanSeconds,
)
from app.screening.lanes import Corpus, Lane
from app.screening.models import Screening
from similarity.match import Band, MatchKind
from tests.console.conftest import Visit
from tests.console.world import HOUSE, World
from tests.screening.findings import found

CURVE = [0.1, 0.2, 0.45, 0.1]

_seconds = st.floats(0.0, 7200.0)
_spans = st.tuples(_seconds, _seconds).map(
    lambda ends: SpanSeconds(start_s=min(ends), end_s=max(ends))
)


@given(_spans, _spans, st.floats(0.0, 7200.0), st.lists(st.floats(0.0, 1.0), max_size=96))
def test_a_picture_stays_in_its_frame(
    query: SpanSeconds, reference: SpanSeconds, upload_s: float, errors: list[float]
) -> None:
    proof = RecordingProof(bit_error_rate=0.1, items=9, error_curve=errors)
    match = found(
        MatchKind.RECORDING, Band.BLOCK, query_span=query, reference_span=reference, proof=proof
    )
    drawn = picture_of(match, upload_s)
    for bar in (drawn.upload, drawn.reference):
        assert 0 <= bar.start < bar.end <= WIDTH + 0.1
    assert max(drawn.upload.length, drawn.reference.length) <= WIDTH + 0.1
    assert (drawn.curve is None) is (len(errors) < 2)
    if drawn.curve is not None:
        heights = [float(point.split(",")[1]) for point in drawn.curve.edge.split()]
        assert len(heights) == len(errors)
        assert all(0 <= height <= CURVE_HEIGHT for height in heights)


async def stolen(world: World) -> tuple[str, str, str]:
    """Eve's upload in which Ada's accepted track was found: her track, its screening, his track."""
    listed, _ = await world.listed()
    theirs = (await world.read_track(listed)).assets[0]
    track_id = await world.track("Borrowed Harbour", creator=world.stranger)

    def like_theirs(result: Analysed) -> Analysed:
        proof = RecordingProof(bit_error_rate=0.14, items=260, landmarks=99, error_curve=CURVE)
        match = replace(
            result.matches[0],
            corpus=Corpus.CATALOGUE,
            role="mix",
            work=replace(result.matches[0].work, reference=theirs.id),
            proof=proof,
        )
        lanes = [LaneRun(lane=Lane.RECORDING), LaneRun(lane=Lane.TRANSCRIPTION, notes=214)]
        return replace(result, matches=[match], files=[replace(result.files[0], lanes=lanes)])

    screening_id = await world.conclude(track_id, MatchKind.RECORDING, change=like_theirs)
    return track_id, screening_id, listed


async def test_another_sellers_file_is_named_to_both_and_played_to_staff(
    world: World, visit: Visit
) -> None:
    track_id, screening_id, theirs = await stolen(world)
    desk = (await (await visit(world.reviewer)).get(f"/desk/screenings/{screening_id}")).text
    studio = (await (await visit(world.stranger)).get(f"/studio/tracks/{track_id}")).text
    for page in (desk, studio):
        assert "The recording of another seller&#39;s “Harbour at Dusk” by Ada" in page
        assert "Searched: mix.wav (its sound, 214 notes as written down from it)." in page
        assert "99 spectral peaks are in their places" in page
    player = f'src="/v1/tracks/{theirs}/assets/mix/mix.wav"'
    assert player in desk
    assert player not in studio
    assert "played to reviewers only" in studio


async def test_the_picture_needs_nothing_but_the_page(world: World, visit: Visit) -> None:
    _, screening_id, _ = await stolen(world)
    page = (await (await visit(world.reviewer)).get(f"/desk/screenings/{screening_id}")).text
    assert page.count('class="alignment alignment-block"') == 1
    [edge] = re.findall(r'class="edge" points="([^"]+)"', page)
    assert len(edge.split()) == len(CURVE)
    assert "style=" not in re.search(r"<figure class=.alignment.*?</figure>", page, re.DOTALL)[0]  # type: ignore[index]


async def test_a_withheld_licence_is_told_with_the_way_out(world: World, visit: Visit) -> None:
    track_id = await world.track("Weak Likeness")

    def weak(result: Analysed) -> Analysed:
        match = replace(result.matches[0], transcribed=True, band=Band.REVIEW, role="mix")
        return replace(result, matches=[match])

    await world.conclude(track_id, MatchKind.MELODY, change=weak)
    page = (await (await visit(world.creator)).get(f"/studio/tracks/{track_id}")).text
    assert "not under the exclusive licence until a person has looked" in page
    assert f"/v1/tracks/{track_id}/screening/review" in page
    assert "holds back some licences" in page
    assert "as written down from the sound: an estimate" in page


async def test_evidence_of_the_first_version_is_still_drawn(world: World, visit: Visit) -> None:
    track_id, screening_id = await world.screened(MatchKind.RECORDING)
    mix = (await world.read_track(track_id)).assets[0]
    stored = Path(__file__).parents[1] / "screening" / "documents" / "evidence-v1.json"
    old = stored.read_bytes().replace(b"ast_x", mix.id.encode())
    async with world.units.begin(HOUSE) as uow:
        (await uow.session.get_one(Screening, screening_id)).evidence = old
    page = await (await visit(world.reviewer)).get(f"/desk/screenings/{screening_id}")
    assert page.status_code == 200
    assert page.text.count("The Ranting Highlandman") >= 2
    assert page.text.count('class="alignment alignment-block"') == 2
    assert 'class="edge"' not in page.text


async def test_what_was_found_since_says_what_a_decision_does(world: World, visit: Visit) -> None:
    track_id, _ = await world.listed()
    async with world.units.begin(HOUSE) as uow:
        await screenings.screen_again(uow, track_id=track_id)
    screening_id = await world.conclude(track_id, MatchKind.RECORDING, again=True)
    rita = await visit(world.reviewer)
    here = f"/desk/screenings/{screening_id}"
    page = (await rita.get(here)).text
    assert "nothing changes until a person has decided" in page
    seen = re.search(r'name="expected_version" value="(\d+)"', page)
    assert seen is not None
    await rita.post(f"{here}/claim", data={"expected_version": seen[1]})
    assert "Take it off the market" in (await rita.get(here)).text
