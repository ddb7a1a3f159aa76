"""What changes to a tune cost when it is laid on another.

The substitution scores follow Mongeau & Sankoff (1990) and van Kranenburg et al. (2013) in kind:
pitch first, then rhythm, weighted by how much a note counts.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from similarity.compiled import compiled


class Costs(NamedTuple):
    """What changes cost, in units of one matching note of ordinary weight.

    ``near`` is a note one or two semitones off, a passing change; ``far`` any other but the
    ``octave``, which singers and arrangers fold. ``whole`` lines are aligned from end to end,
    others by their best parts.
    """

    near: float
    octave: float
    far: float
    gap_open: float
    gap_extend: float
    whole: bool


LOCAL_COSTS: Final = Costs(0.8, 0.8, 1.2, 1.2, 0.5, whole=False)
"""Strict, so that between unrelated lines scores grow with the logarithm of length, not with it."""

GLOBAL_COSTS: Final = Costs(0.3, 0.5, 1.0, 1.0, 0.35, whole=True)
"""Lenient: sung variants differ in many notes and still tell the same tune."""

NOTATED_RHYTHM: Final = 0.5
"""Share of a match lost where its IOI is off by a factor of four or more."""

TRANSCRIBED_RHYTHM: Final = 0.25
"""The same where the rhythm was heard, not written: onsets and pauses are estimates."""

LARGEST_RHYTHM_STEP: Final = 2.0
"""Octaves of IOI at which that share is reached."""


@compiled
def substitution(
    semitones: float, rhythm_step: float, weight: float, rhythm: float, costs: Costs
) -> float:
    """What laying one note on another is worth, given what is left of pitch and log2 IOI.

    ``rhythm`` is the share of a match that rhythm can take away.
    """
    apart = abs(semitones)
    if apart == 0:
        step = min(abs(rhythm_step), LARGEST_RHYTHM_STEP)
        return (1.0 - rhythm * step / LARGEST_RHYTHM_STEP) * weight
    if apart <= 2:
        return -costs.near
    if apart == 12:
        return -costs.octave
    return -costs.far
