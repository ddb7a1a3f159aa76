"""Where two works meet, as a picture: both on one scale of time, and how well they agree there.

Plain numbers for a template to draw as SVG; everything comes from the stored evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.screening.evidence import FoundMatch, RecordingProof
from similarity.thresholds import MATCH_BIT_ERROR

WIDTH: Final = 720
CURVE_HEIGHT: Final = 72
NARROWEST: Final = 4.0
"""Units: a passage of seconds in an hour stays visible."""

CHANCE: Final = 0.5
"""Bits of unrelated recordings agree this often; the curve's floor."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One work: its length, and where the passage begins and ends, in units of the picture."""

    length: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Curve:
    """Agreement along the passage as an area and its upper edge (SVG points), with the limit."""

    area: str
    edge: str
    limit: float


@dataclass(frozen=True, slots=True)
class Picture:
    """Two bars on one scale, and the curve where items were compared."""

    upload: Bar
    reference: Bar
    curve: Curve | None

    @property
    def link(self) -> str:
        """The quadrangle between the passages: slanted where speeds differ."""
        above, below = self.upload, self.reference
        corners = ((above.start, 0), (above.end, 0), (below.end, 1), (below.start, 1))
        return " ".join(f"{x:.1f},{20 + 28 * y}" for x, y in corners)


def picture_of(match: FoundMatch, upload_s: float) -> Picture:
    """The picture of a match in an upload of that length."""
    query, reference = match.query_span, match.reference_span
    # Works whose length is not known are shown as far as they are known.
    upload_s = max(upload_s, query.end_s)
    reference_s = max(match.work.duration_s or 0.0, reference.end_s)
    scale = WIDTH / max(upload_s, reference_s, 1e-3)
    return Picture(
        upload=_bar(upload_s, query.start_s, query.end_s, scale),
        reference=_bar(reference_s, reference.start_s, reference.end_s, scale),
        curve=_curve(match),
    )


def _bar(length_s: float, start_s: float, end_s: float, scale: float) -> Bar:
    start = min(start_s * scale, WIDTH - NARROWEST)
    end = max(end_s * scale, start + NARROWEST)
    return Bar(round(length_s * scale, 1), round(start, 1), round(end, 1))


def _curve(match: FoundMatch) -> Curve | None:
    if not isinstance(match.proof, RecordingProof) or len(match.proof.error_curve) < 2:
        return None
    heights = [_height(error) for error in match.proof.error_curve]
    step = WIDTH / (len(heights) - 1)
    edge = " ".join(f"{number * step:.1f},{height:.1f}" for number, height in enumerate(heights))
    return Curve(
        area=f"0,{CURVE_HEIGHT} {edge} {WIDTH},{CURVE_HEIGHT}",
        edge=edge,
        limit=round(_height(MATCH_BIT_ERROR), 1),
    )


def _height(error: float) -> float:
    """From the top: nothing differs at 0, no more than chance agrees at the bottom."""
    return CURVE_HEIGHT * min(1.0, max(0.0, error / CHANCE))
