"""Names for MIDI pitches: a key signature with few accidentals, and one spelling per pitch class.

Notes are places on the line of fifths (… B♭=-2, F=-1, C=0, G=1, D=2 …). A key with ``k`` sharps has
the diatonic notes k-1 … k+5; the twelve places k-3 … k+8 spell every pitch class exactly once, as
tonal music mostly does (Longuet-Higgins; Temperley, *The Cognition of Basic Musical Structures*).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Accidental = Literal["ff", "f", "n", "s", "ss"]

_STEPS: Final = "fcgdaeb"  # the line of fifths from F
_PITCH_CLASS_OF_STEP: Final = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_ACCIDENTALS: Final[dict[int, Accidental]] = {-2: "ff", -1: "f", 0: "n", 1: "s", 2: "ss"}
_KEYS: Final = (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6)  # simplest first, which breaks ties


@dataclass(frozen=True, slots=True)
class SpelledPitch:
    """A pitch as it is written: step, accidental and octave (C4 is middle C)."""

    step: str
    accidental: Accidental
    octave: int


def key_of(pitches: Iterable[int]) -> int:
    """The key signature, -6 (flats) to 6 (sharps), that leaves the fewest notes outside of it."""
    classes = [pitch % 12 for pitch in pitches]

    def outside(key: int) -> int:
        scale = {7 * place % 12 for place in range(key - 1, key + 6)}
        return sum(pitch_class not in scale for pitch_class in classes)

    return min(_KEYS, key=outside)


def spell(pitch: int, key: int) -> SpelledPitch:
    """The MIDI pitch as it is written in a key of ``key`` sharps (negative: flats)."""
    place = next(place for place in range(key - 3, key + 9) if 7 * place % 12 == pitch % 12)
    alteration, step_index = divmod(place + 1, 7)
    step = _STEPS[step_index]
    octave = (pitch - alteration - _PITCH_CLASS_OF_STEP[step]) // 12 - 1
    return SpelledPitch(step, _ACCIDENTALS[alteration], octave)


def signature_accidental(step: str, key: int) -> Accidental:
    """What the key signature says about a step."""
    index = _STEPS.index(step)
    if key > index:
        return "s"
    if -key >= len(_STEPS) - index:
        return "f"
    return "n"


def key_signature(key: int) -> str:
    """The MEI ``keysig`` value: ``2s``, ``3f`` or ``0``."""
    if key == 0:
        return "0"
    return f"{abs(key)}{'s' if key > 0 else 'f'}"
