"""The ensembles that play the references: General MIDI programs and the room they play in.

A reference recording should sound like what circulates, and no two alike: matching must not learn
one timbre.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Instrumentation:
    """``programs`` are General MIDI numbers (0..127), handed to the voices in turn.

    ``octaves`` shift each voice likewise; ``tempo`` multiplies the notated one.
    """

    name: str
    programs: tuple[int, ...]
    octaves: tuple[int, ...] = (0,)
    tempo: float = 1.0


FOR_TUNES: Final = (
    Instrumentation("fiddle", (40,)),
    Instrumentation("piccolo", (72,), tempo=1.05),
    Instrumentation("accordion", (21,), tempo=0.96),
    Instrumentation("harmonica", (22,)),
    Instrumentation("flute", (73,), octaves=(1,)),
    Instrumentation("piano", (0,), tempo=0.92),
    Instrumentation("steel guitar", (25,)),
    Instrumentation("clarinet", (71,), tempo=1.08),
    Instrumentation("bagpipe", (109,)),
    Instrumentation("saw lead", (81,), tempo=1.12),
)
"""For one line of melody."""

FOR_PARTS: Final = (
    Instrumentation("string quartet", (40, 40, 41, 42)),
    Instrumentation("church organ", (19,)),
    Instrumentation("choir", (52,), tempo=0.94),
    Instrumentation("brass quartet", (56, 56, 60, 57)),
    Instrumentation("woodwind quartet", (73, 68, 71, 70), tempo=1.05),
    Instrumentation("piano", (0,)),
    Instrumentation("synthesizer pads", (89, 90, 91, 95)),
)
"""For several voices, highest first."""


def choices(voices: int) -> tuple[Instrumentation, ...]:
    """The ensembles for a work of that many voices."""
    return FOR_TUNES if voices == 1 else FOR_PARTS
