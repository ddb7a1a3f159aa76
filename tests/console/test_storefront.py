"""What the public sees and hears."""

from __future__ import annotations

import io

import av

from app.catalog import service as catalog
from app.catalog.models import RestrictionKind
from tests.console.conftest import Visit
from tests.console.world import HOUSE, World


async def test_a_listing_says_what_it_is_and_how_to_check_it(world: World, visit: Visit) -> None:
    track_id, listing_id = await world.listed()
    public = await visit(None)
    assert "Harbour at Dusk" in (await public.get("/listings")).text
    told = (await public.get(f"/listings/{listing_id}")).text
    assert "€49.00" in told
    assert "not exclusive: others may get a licence too" in told
    assert "Made with AI" in told
    assert "SongGen 2.1" in told
    assert "countersign verify --key countersign.jwks.json --log-key countersign.vkey" in told
    track = await world.read_track(track_id)
    assert f"/v1/statements/{track.countersignature_id}/receipt" in told


async def test_what_is_private_stays_off_the_public_page(world: World, visit: Visit) -> None:
    track_id, listing_id = await world.listed()
    told = (await (await visit(None)).get(f"/listings/{listing_id}")).text
    track = await world.read_track(track_id)
    assert "18446744073709551615" not in told
    assert f"{track.provenance_statement_id}" not in told
    assert f"/v1/tracks/{track_id}/assets" not in told


async def test_the_preview_is_heard_without_an_account(world: World, visit: Visit) -> None:
    _, listing_id = await world.listed()
    public = await visit(None)
    preview = f"/listings/{listing_id}/preview.mp3"
    whole = await public.get(preview)
    with av.open(io.BytesIO(whole.content)) as audio:
        assert audio.streams.audio[0].codec_context.name.startswith("mp3")
    part = await public.get(preview, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])


async def test_nothing_of_a_withheld_listing_is_left(world: World, visit: Visit) -> None:
    track_id, listing_id = await world.listed()
    async with world.units.begin(HOUSE) as uow:
        await catalog.restrict(
            uow, track_id=track_id, kind=RestrictionKind.UNLISTED, case_id="ntc_x"
        )
    public = await visit(None)
    assert "Harbour at Dusk" not in (await public.get("/listings")).text
    page = await public.get(f"/listings/{listing_id}")
    assert page.status_code == 410
    assert "This listing is not available" in page.text
    assert (await public.get(f"/listings/{listing_id}/preview.mp3")).status_code == 410


async def test_a_draft_is_nobodys_business(world: World, visit: Visit) -> None:
    answer = await (await visit(None)).get("/listings/lst_01jd3v9w0mf7v8ap3v5k3m3r2c")
    assert answer.status_code == 404
    empty = await (await visit(None)).get("/listings")
    assert "Nothing is listed yet" in empty.text


async def test_the_address_in_a_files_metadata_leads_to_its_listing(
    world: World, visit: Visit
) -> None:
    track, listing = await world.listed()
    browser = await visit(None)
    answer = await browser.get(f"/tracks/{track}")
    assert (answer.status_code, answer.headers["location"]) == (302, f"/listings/{listing}")
    never, _ = await world.screened()
    assert (await browser.get(f"/tracks/{never}")).status_code == 404
