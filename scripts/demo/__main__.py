"""Tell the whole story against a service that really runs; then leave it running.

Usage: python -m scripts.demo [--exit] [--home DIR]
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
from pathlib import Path
from time import monotonic

from scripts.demo import processes
from scripts.demo.chapters import market, people, provenance, screening, takedown
from scripts.demo.narration import Narrator
from scripts.demo.processes import Service
from scripts.demo.stage import Cast, Stage
from scripts.demo.tracks import Studio


def main() -> int:
    options = _options()
    # Whatever ends us, the processes that we started end with us.
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _interrupt)
    started = monotonic()
    narrator = Narrator()
    corpus, home = options.home / "corpus", options.home / "demo"
    narrator.heading("Reference corpus (built once, then kept)")
    narrator.quote(processes.run("corpus", "build", "--out", str(corpus), environment={}))
    # Each run tells the story afresh; only the corpus is kept.
    processes.end_leftovers(home)
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    service = None
    try:
        service = processes.start(home, corpus)
        cast = _tell(narrator, service, home / "tracks", corpus)
        narrator.heading(f"\nDone in {monotonic() - started:.0f} seconds.")
        if not options.exit:
            _stay(narrator, service, cast)
    except KeyboardInterrupt:
        narrator.heading("\nStopped.")
    finally:
        if service is not None:
            service.stop()
    return 0


def _tell(narrator: Narrator, service: Service, folder: Path, corpus: Path) -> Cast:
    studio = Studio(folder, corpus)
    cast = people.open_accounts(narrator, service)
    stage = Stage(narrator, service, cast, folder)
    signer = provenance.register_generator(stage)
    track_id = provenance.upload_original(stage, signer, studio.original("Night Ferry", 2026))
    screening.see_original_cleared(stage, track_id)
    screening.see_copy_caught(
        stage,
        signer,
        *studio.excerpt("Fiddle Dream"),
        "An excerpt of a reference recording, re-encoded as MP3",
    )
    screening.see_copy_caught(
        stage,
        signer,
        *studio.faster("Double Time"),
        "A reference recording played 12 % faster and so two semitones higher",
    )
    disguised = screening.see_copy_caught(
        stage,
        signer,
        *studio.disguised("Neon Hornpipe"),
        "A folk tune in another key and rhythm under a new accompaniment",
    )
    provenance.upload_tampered(stage, signer, studio.original("Second Ferry", 2027))
    screening.see_reviewer_decide(stage, disguised)
    sale = market.sell(stage, market.list_track(stage, track_id))
    market.deliver(stage, sale)
    notice = takedown.take_down(stage, sale)
    takedown.bring_back(stage, sale, notice)
    return cast


def _stay(narrator: Narrator, service: Service, cast: Cast) -> None:
    narrator.heading("The service keeps running; Ctrl-C ends it. Sign in:")
    narrator.evidence(
        {
            f"{person.email}": f"password {person.password}   ({what})"
            for person, what in (
                (cast.creator, "creator's studio"),
                (cast.reviewer, "review and takedown desk"),
                (cast.buyer, "buyer"),
            )
        }
    )
    narrator.heading(f"Address: {service.url}/sign-in")
    signal.pause()


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--exit", action="store_true", help="end after the story")
    parser.add_argument("--home", type=Path, default=Path("var"), help="where data is kept")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
