"""The console in a real browser against a real service."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from similarity.match import MatchKind
from tests.console.world import PASSWORD, World
from tests.e2e.console_service import Service, running_service
from tests.e2e.processes import run

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser")]

CHROMIUM_ARGUMENTS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS: Final = 20_000
REASON: Final = "Two bars of a folk song in the public domain; nobody owns them."

Visit = Callable[[str | None], Page]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running_service(tmp_path_factory.mktemp("console")) as service:
        yield service


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium is not None, "install the package chromium"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, service: Service) -> Iterator[Visit]:
    """Opens a browser window of somebody, signed in by the form; None is the public.

    What a page complains about in its console fails the test: a blocked script, a missing file.
    """
    complaints: list[str] = []
    contexts = []

    def visit(name: str | None) -> Page:
        context = browser.new_context(base_url=service.url)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if _is_complaint(said.text) else None,
        )
        if name is not None:
            page.goto("/sign-in")
            page.get_by_label("E-mail address").fill(f"{name}@people.example")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            expect(page.get_by_role("button", name="Sign out")).to_be_visible()
            page.wait_for_load_state("load")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []


def _is_complaint(text: str) -> bool:
    """Refused forms and withheld pages are answered with 4xx on purpose."""
    return not re.search(r"status of 4\d\d", text)


def test_a_creator_sees_both_sides_of_a_match(service: Service, visit: Visit) -> None:
    async def blocked(world: World) -> tuple[str, str]:
        return await world.screened(MatchKind.RECORDING, MatchKind.MELODY, title="Borrowed Tune")

    service.bring(blocked)
    page = visit("ada")
    page.get_by_role("link", name="Borrowed Tune").click()
    expect(page.get_by_role("heading", name=re.compile("Wachet auf"))).to_be_visible()
    for side in ("upload-1", "reference-1"):
        drawn = page.locator(f"#{side} [data-canvas] > div")
        expect(drawn).to_be_visible()
        assert drawn.locator("[part~=region]").count() == 1
    assert page.locator(".alignment polygon.link").count() == 2
    notes = page.locator(".engraving g.note")
    assert notes.count() == 16
    ink = "element => getComputedStyle(element).color"
    assert page.locator(".engraving g.note.match").first.evaluate(ink) == "rgb(11, 83, 148)"
    assert page.locator(".engraving g.note.differs").first.evaluate(ink) == "rgb(168, 40, 26)"


def test_a_passage_is_played_from_where_it_matches(service: Service, visit: Visit) -> None:
    async def listed(world: World) -> tuple[str, str]:
        return await world.screened(MatchKind.RECORDING, title="Played Passage")

    track_id, _ = service.bring(listed)
    page = visit("ada")
    page.goto(f"/studio/tracks/{track_id}")
    # The mix in this world lasts two seconds; the passage is moved into it.
    button = page.get_by_role("button", name="Passage in the upload")
    button.evaluate("button => { button.dataset.from = '0.5'; button.dataset.to = '0.9'; }")
    button.click()
    audio = page.locator("#upload-1 audio")
    page.wait_for_function(
        "audio => audio.paused && audio.currentTime >= 0.9", arg=audio.element_handle()
    )
    assert not audio.evaluate("audio => audio.ended")


def test_the_desk_is_worked_by_keyboard(service: Service, visit: Visit) -> None:
    async def blocked(world: World) -> tuple[str, str]:
        return await world.screened(MatchKind.RECORDING, title="Keyboard Waltz")

    track_id, screening_id = service.bring(blocked)
    page = visit("rita")
    expect(page.locator(f"#row-{screening_id}")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    rows = page.locator("[data-row]")
    place = rows.evaluate_all(
        "(rows, id) => rows.findIndex((row) => row.id === id)", f"row-{screening_id}"
    )
    for _ in range(place + 1):
        page.keyboard.press("j")
    expect(page.locator(f"#row-{screening_id}")).to_be_focused()
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile(f"/desk/screenings/{screening_id}$"))
    page.get_by_label("Clear it").check()
    page.get_by_label("Reason, which the creator reads").fill(REASON)
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Decided. Whoever is concerned has been told.")).to_be_visible()
    creator = visit("ada")
    creator.goto(f"/studio/tracks/{track_id}")
    expect(creator.get_by_text(REASON)).to_be_visible()


def test_filters_change_the_address_without_a_reload(service: Service, visit: Visit) -> None:
    async def blocked(world: World) -> tuple[str, str]:
        return await world.screened(MatchKind.MELODY, title="Filtered Reel")

    _, screening_id = service.bring(blocked)
    page = visit("rita")
    page.evaluate("window.sameDocument = true")
    page.get_by_role("link", name=re.compile("^Notices")).click()
    expect(page.locator(f"#row-{screening_id}")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"\?kind=notice$"))
    page.go_back()
    expect(page.locator(f"#row-{screening_id}")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Unclaimed")).click()
    expect(page).to_have_url(re.compile(r"\?held=nobody$"))
    assert page.evaluate("window.sameDocument")


def test_what_the_listing_says_about_verifying_is_true(
    service: Service, visit: Visit, tmp_path: Path
) -> None:
    async def listed(world: World) -> tuple[str, str]:
        return await world.listed("Verified Waltz")

    _, listing_id = service.bring(listed)
    page = visit(None)
    page.goto(f"/listings/{listing_id}")
    for name in ("Receipt", "Our signing keys", "The log's key"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        download.value.save_as(tmp_path / download.value.suggested_filename)
    program, verb, *arguments = page.locator("#verify").inner_text().split()
    assert (program, verb) == ("countersign", "verify")
    named = [word if word.startswith("--") else str(tmp_path / word) for word in arguments]
    verified = run("app.cli", verb, *named)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "bundle accepted" in verified.stdout


def test_a_takedown_from_the_notice_to_the_restoration(
    service: Service, visit: Visit, tmp_path: Path
) -> None:
    async def listed(world: World) -> tuple[str, str]:
        return await world.listed()

    track_id, listing_id = service.bring(listed)
    public, reviewer, creator = visit(None), visit("rita"), visit("ada")

    link = _report(public, listing_id)
    _accept(reviewer, link)
    public.goto(f"/listings/{listing_id}")
    expect(public.get_by_role("heading", name="This listing is not available")).to_be_visible()

    _counter(creator, track_id)
    public.goto(link)
    expect(public.get_by_text("the notifier has time to go to court")).to_be_visible()
    expect(public.locator("q", has_text="I wrote it in my kitchen.")).to_be_visible()
    for desk in (reviewer, creator):
        desk.close()  # they would ask on with sessions that are over by then

    _let_days_pass(service, 22)
    _reload_until_it_is_back(public, f"/listings/{listing_id}")
    public.goto(link)
    expect(public.get_by_text("Counter notice succeeded")).to_be_visible()
    _verify_decisions(service, public, tmp_path)


def _verify_decisions(service: Service, public: Page, folder: Path) -> None:
    """What the case's page gives for download proves each decision, and the audit stands."""
    log_key = folder / "log.vkey"
    log_key.write_bytes(httpx.get(f"{service.url}/log/key").content)
    receipts = public.get_by_role("link", name="receipt", exact=True)
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while receipts.count() < len(("takedown", "restoration")) and time.monotonic() < deadline:
        public.reload()  # the sealer takes a second or so
    for link in receipts.all():
        with public.expect_download() as download:
            link.click()
        download.value.save_as(folder / download.value.suggested_filename)
    saved = sorted(str(path) for path in folder.glob("*.json"))
    verified = run("app.cli", "verify", "--log-key", str(log_key), *saved)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert verified.stdout.count("disclosure accepted") == receipts.count() >= 2
    audited = run("app.cli", "audit", "verify", COUNTERSIGN_HOME=str(service.settings.home))
    assert audited.returncode == 0, audited.stdout + audited.stderr
    assert "audit events are what was written" in audited.stdout


def test_the_pages_work_without_scripts(service: Service, browser: Browser) -> None:
    async def blocked(world: World) -> tuple[str, str]:
        return await world.screened(MatchKind.RECORDING, title="Unscripted Air")

    track_id, screening_id = service.bring(blocked)
    context = browser.new_context(base_url=service.url, java_script_enabled=False)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto("/sign-in?next=/desk")
    page.get_by_label("E-mail address").fill("ralf@people.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.locator(f"#row-{screening_id}").get_by_role("button", name="Claim").click()
    expect(page.locator("#upload-1 audio")).to_be_visible()
    page.get_by_label("Block it").check()
    page.get_by_label("Reason, which the creator reads").fill("It is the recording, note for note.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Decided.")).to_be_visible()
    page.goto(f"/studio/tracks/{track_id}")
    expect(page.get_by_text("Blocked, and a reviewer agreed")).to_be_visible()
    context.close()


def _report(page: Page, listing_id: str) -> str:
    """File a notice through the public form; the private link."""
    page.goto(f"/listings/{listing_id}")
    page.get_by_role("link", name="Report an infringement").click()
    page.get_by_label("Your works").fill("The Blackbird, recording of 1998")
    page.get_by_label("E-mail").fill("bernard@label.example")
    page.get_by_role("button", name="Send the notice").click()
    expect(page.get_by_text("3 of 6 elements are still missing.")).to_be_visible()
    expect(page.get_by_label("Your works")).to_have_value("The Blackbird, recording of 1998")
    for statement in page.get_by_role("checkbox").all():
        statement.check()
    page.get_by_label("Full name as signature").fill("Bernard Holder")
    page.get_by_role("button", name="Send the notice").click()
    expect(page.get_by_role("heading", name="We received your notice")).to_be_visible()
    return page.get_by_label("Private link").input_value()


def _accept(page: Page, link: str) -> None:
    """Claim and accept the notice on the desk."""
    found = re.search(r"ntc_[0-9a-z]+", link)
    assert found is not None
    page.goto(f"/desk/notices/{found[0]}")
    page.get_by_role("button", name="Claim").click()
    page.get_by_label("Accept").check()
    page.get_by_label("Reasoning, which both parties read").fill("The melody is the work's.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Decided.")).to_be_visible()


def _counter(page: Page, track_id: str) -> None:
    """Answer the notice from the studio."""
    page.goto(f"/studio/tracks/{track_id}")
    page.get_by_text("Was this a mistake? Send a counter notice").click()
    page.get_by_label("Name", exact=True).fill("Ada Lovelace")
    page.get_by_label("Telephone").fill("+44 20 0000 0000")
    page.get_by_label("Postal address").fill("12 St James's Square, London")
    page.get_by_label("Why it was a mistake").fill("I wrote it in my kitchen.")
    for statement in page.locator(".counter-form").get_by_role("checkbox").all():
        statement.check()
    page.get_by_label("Full name as signature").fill("Ada Lovelace")
    page.get_by_role("button", name="Send the counter notice").click()
    expect(page.get_by_role("status")).to_contain_text("Your counter notice is complete")


def _reload_until_it_is_back(page: Page, listing: str) -> None:
    """The sweep restores the listing within a second or so."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < deadline:
        answer = page.goto(listing)
        if answer is not None and answer.status == 200:
            break
    expect(page.get_by_role("heading", name="Harbour at Dusk")).to_be_visible()


def _let_days_pass(service: Service, days: int) -> None:
    """Move the sandbox's clock, as an operator."""
    key = service.bring(lambda world: world.operator_key())
    answer = httpx.post(
        f"{service.url}/v1/sandbox/clock",
        json={"seconds": days * 24 * 3600},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert answer.status_code == 200, answer.text
