"""MEI to SVG by Verovio, in a process of the pool: byte-identical for the same document."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import verovio

from app.console.notation.comparison import comparison_document
from app.core.errors import ServiceError
from similarity.match import AlignedNote

_OPTIONS: Final[dict[str, object]] = {
    "adjustPageHeight": True,
    "breaks": "encoded",
    "footer": "none",
    "header": "none",
    "pageHeight": 60_000,  # one page, however many systems; cut to what is used
    "pageMarginBottom": 10,
    "pageMarginLeft": 40,
    "pageMarginRight": 10,
    "pageMarginTop": 10,
    "pageWidth": 2400,
    "scale": 40,
    "svgRemoveXlink": True,
    "svgViewBox": True,
}

# The console's style sheet says the same; an inline one would need a hole in the content policy.
_INLINE_STYLE: Final = re.compile(r"<style.*?</style>", re.DOTALL)


class EngravingFailed(ServiceError):
    """Verovio could not draw a document that we wrote ourselves."""

    slug = "engraving-failed"
    title = "The sheet music could not be drawn"


def engrave_comparison(
    notes: Sequence[AlignedNote], transposition: int, labels: tuple[str, str]
) -> str:
    """SVG of a melody alignment; takes what ``comparison_document`` takes.

    Raises:
        EngravingFailed: Verovio refused the document.
    """
    return engrave(comparison_document(notes, transposition, labels))


def engrave(document: str) -> str:
    """SVG of an MEI document; notes keep their MEI ``type`` as a CSS class.

    Raises:
        EngravingFailed: Verovio refused the document.
    """
    verovio.enableLog(verovio.LOG_ERROR)  # its warnings go to standard output, past our logging
    toolkit = verovio.toolkit(initFont=False)
    # Outside of the main thread Verovio does not find its fonts and draws nothing, silently.
    toolkit.setResourcePath(str(Path(verovio.__file__).parent / "data"))
    # Ids are seeded by the content: reproducible, and distinct for two pictures on one page.
    seed = int.from_bytes(hashlib.sha256(document.encode()).digest()[:3], "big") + 1
    toolkit.setOptions({**_OPTIONS, "xmlIdSeed": seed})
    if not toolkit.loadData(document):
        raise EngravingFailed("The evidence is complete without it; tell the operator.")
    drawing: str = toolkit.renderToSVG(1)
    return _INLINE_STYLE.sub("", drawing)
