"""The public form: it says what is missing, keeps what was typed, and gives a private link."""

from __future__ import annotations

import html
import re

import httpx
import pytest

from tests.console.conftest import Visit
from tests.console.world import World

COMPLETE = {
    "works": "The Blackbird, traditional, recording of 1998",
    "name": "Bernard Holder",
    "email": "bernard@label.example",
    "good_faith": "yes",
    "fair_use": "yes",
    "accuracy": "yes",
    "authority": "yes",
    "signature": "Bernard Holder",
}


def link_in(answer: httpx.Response) -> str:
    """The private link on the confirmation page, without the site's name."""
    found = re.search(r'href="(/notices/ntc_[^"]+)"', answer.text)
    assert found is not None
    return html.unescape(found[1])


def token_in(link: str) -> str:
    return link.partition("token=")[2]


@pytest.mark.parametrize(
    ("left_out", "asked"),
    [
        ("works", "Name the work that is infringed"),
        ("locations", "Give the address of each track"),
        ("email", "Tell us how to reach you"),
        ("good_faith", "State that you believe in good faith"),
        ("fair_use", "State that you believe in good faith"),
        ("authority", "State that the notice is accurate and, under penalty of perjury"),
        ("signature", "Sign the notice"),
    ],
)
async def test_each_missing_element_is_asked_for_and_nothing_is_lost(
    world: World, visit: Visit, left_out: str, asked: str
) -> None:
    _, listing_id = await world.listed()
    form = {**COMPLETE, "locations": listing_id, left_out: ""}
    answer = await (await visit(None)).post("/notices/new", data=form)
    assert answer.status_code == 422
    assert "1 of 6 elements is still missing" in answer.text
    assert asked in answer.text
    for name in form.keys() - {left_out, "good_faith", "fair_use", "accuracy", "authority"}:
        assert form[name] in html.unescape(answer.text)
    ticked = re.findall(r'name="(\w+)" value="yes" checked', answer.text)
    assert set(ticked) == {"good_faith", "fair_use", "accuracy", "authority"} - {left_out}


async def test_an_address_that_is_no_listing_is_named(visit: Visit) -> None:
    form = {**COMPLETE, "locations": "https://elsewhere.example/song"}
    answer = await (await visit(None)).post("/notices/new", data=form)
    assert answer.status_code == 422
    assert "There is no such listing here" in answer.text
    assert "https://elsewhere.example/song" in answer.text
    assert "The Blackbird" in answer.text


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("email", "bernard at label", "needs an @"),
        ("works", "\n".join(f"Song {number}" for number in range(51)), "at most 50 works"),
        ("works", "x" * 501, "each in at most 500 characters"),
        ("telephone", "0" * 51, "one telephone number"),
        ("signature", "B" * 201, "Shorten your name"),
    ],
)
async def test_what_cannot_be_taken_is_named_and_nothing_is_lost(
    world: World, visit: Visit, field: str, typed: str, told: str
) -> None:
    _, listing_id = await world.listed()
    form = {**COMPLETE, "locations": listing_id, field: typed}
    answer = await (await visit(None)).post("/notices/new", data=form)
    assert answer.status_code == 422
    assert told in answer.text
    assert typed in html.unescape(answer.text)


async def test_a_complete_notice_is_followed_by_its_link_alone(world: World, visit: Visit) -> None:
    _, listing_id = await world.listed()
    public = await visit(None)
    filed = await public.post(
        "/notices/new", data={**COMPLETE, "locations": f"/listings/{listing_id}"}
    )
    assert filed.status_code == 200
    assert filed.headers["cache-control"] == "no-store"
    link = link_in(filed)
    case = await public.get(link)
    assert "Complete; waiting for a reviewer" in case.text
    assert "Notice received" in case.text
    assert (await public.get(link.replace("token=", "token=x"))).status_code == 404
    assert (await public.get(link.partition("?")[0])).status_code == 404


async def test_a_curable_notice_can_be_sent_and_completed_later(world: World, visit: Visit) -> None:
    _, listing_id = await world.listed()
    public = await visit(None)
    lacking = {**COMPLETE, "locations": listing_id, "signature": ""}
    offered = await public.post("/notices/new", data=lacking)
    assert "Send it as it is" in offered.text
    link = link_in(
        await public.post("/notices/new", data={**lacking, "incomplete_on_purpose": "yes"})
    )
    assert "What is still missing" in (await public.get(link)).text
    cure = {"token": token_in(link), "signature": "Bernard Holder"}
    cured = await public.post(f"{link.partition('?')[0]}/cure", data=cure)
    assert cured.status_code == 303
    after = (await public.get(cured.headers["location"])).text
    assert "Thank you: we added it" in after
    assert "Complete; waiting for a reviewer" in after


async def test_what_lacks_the_work_cannot_be_sent_as_it_is(world: World, visit: Visit) -> None:
    _, listing_id = await world.listed()
    form = {**COMPLETE, "locations": listing_id, "works": "", "incomplete_on_purpose": "yes"}
    answer = await (await visit(None)).post("/notices/new", data=form)
    assert answer.status_code == 422
    assert "Send it as it is" not in answer.text


async def test_the_notifier_withdraws_with_the_link(world: World, visit: Visit) -> None:
    _, listing_id = await world.listed()
    public = await visit(None)
    link = link_in(await public.post("/notices/new", data={**COMPLETE, "locations": listing_id}))
    here = link.partition("?")[0]
    assert (await public.post(f"{here}/retraction", data={"token": "guess"})).status_code == 404
    done = await public.post(f"{here}/retraction", data={"token": token_in(link)})
    assert "Your notice is withdrawn" in (await public.get(done.headers["location"])).text


async def test_the_form_knows_the_listing_it_was_opened_from(visit: Visit) -> None:
    answer = await (await visit(None)).get("/notices/new?listing=/listings/lst_x")
    assert ">/listings/lst_x</textarea>" in answer.text
