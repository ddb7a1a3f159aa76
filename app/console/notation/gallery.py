"""Engravings by request: drawn in the process pool, remembered by what they show."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from app.console.notation.engraving import engrave_comparison
from app.core.processes import ProcessPool
from similarity.match import AlignedNote

_REMEMBERED: Final = 256  # drawings of some 60 kB each: a working day of one desk in 16 MB
_LABELS: Final = ("Upload", "Reference")


class Gallery:
    """Draws each comparison once; a reviewer's second look costs nothing."""

    def __init__(self, pool: ProcessPool) -> None:
        self._pool = pool
        self._drawn: OrderedDict[bytes, str] = OrderedDict()

    async def comparison(self, notes: Sequence[AlignedNote], transposition: int) -> str:
        """SVG of a melody alignment, the reference moved up by ``transposition`` semitones.

        Raises:
            EngravingFailed: Verovio refused the document.
        """
        shown = hashlib.sha256(repr((tuple(notes), transposition)).encode()).digest()
        drawing = self._drawn.get(shown)
        if drawing is None:
            drawing = await self._pool.run(engrave_comparison, tuple(notes), transposition, _LABELS)
            self._drawn[shown] = drawing
        self._drawn.move_to_end(shown)
        while len(self._drawn) > _REMEMBERED:
            self._drawn.popitem(last=False)
        return drawing
