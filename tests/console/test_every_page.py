"""What must hold on every page: no inline script or style, labelled controls, safe headers."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import httpx
import pytest

from app.core.runtime import Runtime
from similarity.match import MatchKind
from tests.console.conftest import Visit
from tests.console.test_studio import taken_down
from tests.console.world import World


class Page(HTMLParser):
    """What a page contains, as far as these tests care."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.unlabelled: list[str] = []
        self.inline: list[str] = []
        self.headings: list[str] = []
        self.landmarks: list[str] = []
        self._in_label = 0
        self._controls: list[tuple[str, dict[str, str | None], bool]] = []
        self.feed(text)
        for tag, attributes, wrapped in self._controls:
            named = attributes.get("id") in self.labelled or "aria-label" in attributes
            if not wrapped and not named:
                self.unlabelled.append(f"{tag} {attributes.get('name')}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if identifier := attributes.get("id"):
            self.ids.append(identifier)
        if tag == "style" or "style" in attributes or (tag == "script" and "src" not in attributes):
            self.inline.append(tag)
        self.inline += [name for name in attributes if name.startswith("on")]
        if tag == "label":
            self._in_label += 1
            self.labelled.add(attributes.get("for") or "")
        if tag in {"input", "textarea", "select"} and attributes.get("type") != "hidden":
            self._controls.append((tag, attributes, self._in_label > 0))
        if tag in {"h1", "h2", "h3", "h4"}:
            self.headings.append(tag)
        if tag in {"main", "header", "nav", "footer"}:
            self.landmarks.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._in_label -= 1


@pytest.fixture
async def pages(world: World, runtime: Runtime, visit: Visit) -> dict[str, httpx.Response]:
    """Every kind of page once, with something on it."""
    blocked, screening_id = await world.screened(MatchKind.RECORDING, MatchKind.MELODY)
    track_id, listing_id = await world.listed()
    public, ada, rita = await visit(None), await visit(world.creator), await visit(world.reviewer)
    listing = await public.get(f"/listings/{listing_id}")
    notice_id = await taken_down(world, runtime, listing_id)
    return {
        "sign-in": await public.get("/sign-in"),
        "nothing": await public.get("/no/such/page"),
        "notice form": await public.get("/notices/new"),
        "notice form, refused": await public.post("/notices/new", data={"works": "A Song"}),
        "listings": await public.get("/listings"),
        "listing": listing,
        "listing, gone": await public.get(f"/listings/{listing_id}"),
        "studio": await ada.get("/studio"),
        "track, blocked": await ada.get(f"/studio/tracks/{blocked}"),
        "track, taken down": await ada.get(f"/studio/tracks/{track_id}"),
        "desk": await rita.get("/desk"),
        "screening": await rita.get(f"/desk/screenings/{screening_id}"),
        "notice": await rita.get(f"/desk/notices/{notice_id}"),
    }


async def test_every_page_is_sound(pages: dict[str, httpx.Response]) -> None:
    refused = {"nothing": 404, "notice form, refused": 422, "listing, gone": 410}
    for name, answer in pages.items():
        assert answer.status_code == refused.get(name, 200), name
        assert answer.headers["content-type"].startswith("text/html"), name
        page = Page(answer.text)
        assert page.inline == [], name
        assert page.unlabelled == [], name
        assert len(page.ids) == len(set(page.ids)), name
        assert page.headings.count("h1") == 1, name
        assert page.landmarks.count("main") == 1, name
        assert re.search(r"<html lang=\"en\">", answer.text), name


async def test_every_page_limits_what_a_browser_may_do(pages: dict[str, httpx.Response]) -> None:
    for name, answer in pages.items():
        policy = dict(
            directive.strip().split(" ", 1)
            for directive in answer.headers["content-security-policy"].split(";")
        )
        assert policy["default-src"] == "'none'", name
        assert policy["script-src"] == "'self'", name
        assert policy["frame-ancestors"] == "'none'", name
        nonce = re.search(r'name="style-nonce" content="([^"]+)"', answer.text)
        assert nonce is not None, name
        assert policy["style-src"] == f"'self' 'nonce-{nonce[1]}'", name
        assert answer.headers["x-content-type-options"] == "nosniff", name
        assert answer.headers["referrer-policy"] == "same-origin", name


async def test_programs_get_problem_documents(visit: Visit) -> None:
    browser = await visit(None)
    for path, accept in (
        ("/v1/tracks/x/assets/mix/y", "text/html"),
        ("/no/such/page", "*/*"),
        ("/listings/lst_x", "application/json"),
    ):
        answer = await browser.get(path, headers={"Accept": accept})
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


async def test_a_missing_page_says_so_in_words(visit: Visit) -> None:
    answer = await (await visit(None)).get("/no/such/page")
    assert answer.status_code == 404
    assert "There is no page at this address." in answer.text


async def test_a_defect_of_ours_is_told_without_internals(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("app.market.service.published", broken)
    answer = await (await visit(None)).get("/listings")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "a secret detail" not in answer.text
