"""Copy the console's browser assets from node_modules to where the service serves them.

Run after ``npm ci``; safe to repeat. What is served is exactly what the locked packages released.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
TARGET: Final = ROOT / "app" / "console" / "static" / "vendor"

ASSETS: Final = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx.LICENSE": "htmx.org/LICENSE",
    "wavesurfer.min.js": "wavesurfer.js/dist/wavesurfer.min.js",
    "wavesurfer-regions.min.js": "wavesurfer.js/dist/plugins/regions.min.js",
    "wavesurfer.LICENSE": "wavesurfer.js/LICENSE",
}


def main() -> int:
    """Copy all assets, or say which is missing and how to get it."""
    sources = {name: ROOT / "node_modules" / place for name, place in ASSETS.items()}
    missing = [str(source.relative_to(ROOT)) for source in sources.values() if not source.exists()]
    if missing:
        print(f"Missing {', '.join(missing)}: run `npm ci` first.", file=sys.stderr)
        return 1
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, source in sources.items():
        shutil.copyfile(source, TARGET / name)
    print(f"{len(sources)} browser assets are in {TARGET.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
