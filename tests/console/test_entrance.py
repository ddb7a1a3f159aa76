"""Signing in and out."""

from __future__ import annotations

import pytest

from app.identity.authentication import SESSION_COOKIE
from tests.console.conftest import Visit
from tests.console.world import PASSWORD, World

ADA = {"email": "ada@people.example", "password": PASSWORD}


async def test_whoever_is_not_signed_in_is_asked_to_and_comes_back(visit: Visit) -> None:
    browser = await visit(None)
    asked = await browser.get("/studio?before=trk_x")
    assert (asked.status_code, asked.headers["location"]) == (
        303,
        "/sign-in?next=%2Fstudio%3Fbefore%3Dtrk_x",
    )
    form = await browser.get(asked.headers["location"])
    assert 'name="next_page" value="/studio?before=trk_x"' in form.text
    signed_in = await browser.post("/sign-in", data={**ADA, "next_page": "/studio?before=trk_x"})
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/studio?before=trk_x")
    assert (await browser.get("/studio")).status_code == 200


async def test_the_session_cookie_is_out_of_reach_of_scripts(visit: Visit) -> None:
    answer = await (await visit(None)).post("/sign-in", data=ADA)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{SESSION_COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


@pytest.mark.parametrize(
    "place",
    ["https://evil.example/", "//evil.example/", "/\\evil.example/", "evil", "javascript:x"],
)
async def test_nobody_is_sent_to_another_site(visit: Visit, place: str) -> None:
    answer = await (await visit(None)).post("/sign-in", data={**ADA, "next_page": place})
    assert answer.headers["location"] == "/studio"


async def test_a_wrong_password_keeps_the_address_and_says_no_more(visit: Visit) -> None:
    answer = await (await visit(None)).post("/sign-in", data={**ADA, "password": "not this one"})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "Address or password is wrong" in answer.text
    assert 'value="ada@people.example"' in answer.text
    assert "not this one" not in answer.text


async def test_another_site_cannot_sign_a_visitor_in(visit: Visit) -> None:
    browser = await visit(None)
    answer = await browser.post("/sign-in", data=ADA, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_another_site_cannot_use_the_session(world: World, visit: Visit) -> None:
    ada = await visit(world.creator)
    answer = await ada.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert (await ada.get("/studio")).status_code == 200


async def test_signing_out_ends_the_session_everywhere(world: World, visit: Visit) -> None:
    ada = await visit(world.creator)
    token = ada.cookies[SESSION_COOKIE]
    assert (await ada.post("/sign-out")).status_code == 303
    ada.cookies.set(SESSION_COOKIE, token)
    assert (await ada.get("/studio")).status_code == 303


@pytest.mark.parametrize(
    ("who", "home"), [("creator", "/studio"), ("reviewer", "/desk"), ("lawyer", "/desk")]
)
async def test_each_role_has_a_home(world: World, visit: Visit, who: str, home: str) -> None:
    answer = await (await visit(getattr(world, who))).get("/")
    assert answer.headers["location"] == home
    assert (await (await visit(None)).get("/")).headers["location"] == "/listings"
