"""Take the README's pictures of a running demo.

Usage: python -m scripts.screenshots --url http://127.0.0.1:8000 \\
           --creator ADDRESS:PASSWORD --reviewer ADDRESS:PASSWORD [--out docs/pictures]

The demo prints addresses and passwords on its last lines. Needs the system's Chromium.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

_WIDTH: Final = 1280
_HEIGHT: Final = 900
_ARGUMENTS: Final = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]


@dataclass(frozen=True)
class Photographer:
    """Opens pages as somebody and keeps pictures of them."""

    browser: Browser
    url: str
    folder: Path

    @contextmanager
    def visit(self, account: str = "") -> Iterator[Page]:
        """A window of its own, signed in as ``address:password`` if one is given."""
        context = self.browser.new_context(
            base_url=self.url, viewport={"width": _WIDTH, "height": _HEIGHT}
        )
        page = context.new_page()
        if account:
            address, _, password = account.partition(":")
            page.goto("/sign-in")
            page.get_by_label("E-mail address").fill(address)
            page.get_by_label("Password").fill(password)
            page.get_by_role("button", name="Sign in").click()
            page.get_by_role("button", name="Sign out").wait_for()
        yield page
        context.close()

    def keep(self, page: Page, name: str) -> None:
        """Save what is seen without scrolling."""
        page.wait_for_load_state("networkidle")
        path = self.folder / f"{name}.png"
        page.screenshot(path=path)
        print(path)


def main() -> int:
    options = _options()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("Install the package chromium first.", file=sys.stderr)
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        photographer = Photographer(browser, options.url, options.out)
        _public_pages(photographer)
        _studio(photographer, options.creator)
        _desk(photographer, options.reviewer)
        browser.close()
    return 0


def _public_pages(photographer: Photographer) -> None:
    with photographer.visit() as page:
        page.goto("/listings")
        page.locator("article a").first.click()
        page.locator("#preview").wait_for()
        photographer.keep(page, "listing")
        page.goto("/notices/new")
        photographer.keep(page, "notice-form")


def _studio(photographer: Photographer, account: str) -> None:
    with photographer.visit(account) as page:
        page.get_by_role("row").filter(has_text="countersigned").get_by_role("link").last.click()
        page.get_by_role("heading", name="Where it comes from").scroll_into_view_if_needed()
        photographer.keep(page, "studio-track")


def _desk(photographer: Photographer, account: str) -> None:
    """The queue, and the disguised tune of the story, which a reviewer decided about."""
    with photographer.visit(account) as page:
        photographer.keep(page, "desk")
        decided = page.request.get("/v1/screenings", params={"state": "upheld"}).json()
        page.goto(f"/desk/screenings/{decided[0]['id']}")
        page.get_by_role("heading", name="The melody of").first.wait_for()
        photographer.keep(page, "desk-screening")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="screenshots",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--url", required=True, help="the running demo")
    parser.add_argument("--creator", required=True, metavar="ADDRESS:PASSWORD")
    parser.add_argument("--reviewer", required=True, metavar="ADDRESS:PASSWORD")
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
