"""Chromaprint's sixteen trained classifiers: a chroma image in, 32-bit items out.

Each compares the energy of two groups of rectangles in a window of 16 frames by 12 pitch classes,
and quantises the log ratio to two bits in Gray code. The shapes and thresholds are the published
parameters of algorithm TEST2 (Chromaprint, Lukáš Lalinský, MIT licence), which an item is defined
by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from similarity.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILTER_WIDTH: Final = 16
"""Frames that one item looks at, after smoothing."""


@dataclass(frozen=True, slots=True)
class Classifier:
    """One filter: its layout (0..5), lowest pitch class, height, width, and three thresholds."""

    layout: int
    row: int
    height: int
    width: int
    thresholds: tuple[float, float, float]


CLASSIFIERS: Final = (
    Classifier(0, 4, 3, 15, (1.98215, 2.35817, 2.63523)),
    Classifier(4, 4, 6, 15, (-1.03809, -0.651211, -0.282167)),
    Classifier(1, 0, 4, 16, (-0.298702, 0.119262, 0.558497)),
    Classifier(3, 8, 2, 12, (-0.105439, 0.0153946, 0.135898)),
    Classifier(3, 4, 4, 8, (-0.142891, 0.0258736, 0.200632)),
    Classifier(4, 0, 3, 5, (-0.826319, -0.590612, -0.368214)),
    Classifier(1, 2, 2, 9, (-0.557409, -0.233035, 0.0534525)),
    Classifier(2, 7, 3, 4, (-0.0646826, 0.00620476, 0.0784847)),
    Classifier(2, 6, 2, 16, (-0.192387, -0.029699, 0.215855)),
    Classifier(2, 1, 3, 2, (-0.0397818, -0.00568076, 0.0292026)),
    Classifier(5, 10, 1, 15, (-0.53823, -0.369934, -0.190235)),
    Classifier(3, 6, 2, 10, (-0.124877, 0.0296483, 0.139239)),
    Classifier(2, 1, 1, 14, (-0.101475, 0.0225617, 0.231971)),
    Classifier(3, 5, 6, 4, (-0.0799915, -0.00729616, 0.063262)),
    Classifier(1, 9, 2, 12, (-0.272556, 0.019424, 0.302559)),
    Classifier(3, 4, 2, 14, (-0.164292, -0.0321188, 0.0846339)),
)

_Rectangle = tuple[int, int, int, int]
"""First frame, first pitch class, frames, pitch classes."""


def _rectangles(classifier: Classifier) -> tuple[list[_Rectangle], list[_Rectangle]]:
    """The rectangles whose energies are set against each other."""
    y, w, h = classifier.row, classifier.width, classifier.height
    w2, h2, w3, h3 = w // 2, h // 2, w // 3, h // 3
    match classifier.layout:
        case 0:
            return [(0, y, w, h)], []
        case 1:
            return [(0, y + h2, w, h - h2)], [(0, y, w, h2)]
        case 2:
            return [(w2, y, w - w2, h)], [(0, y, w2, h)]
        case 3:
            return (
                [(0, y + h2, w2, h - h2), (w2, y, w - w2, h2)],
                [(0, y, w2, h2), (w2, y + h2, w - w2, h - h2)],
            )
        case 4:
            return [(0, y + h3, w, h3)], [(0, y, w, h3), (0, y + 2 * h3, w, h - 2 * h3)]
        case _:
            return [(w3, y, w3, h)], [(0, y, w3, h), (2 * w3, y, w - 2 * w3, h)]


_MOST_RECTANGLES: Final = 4


def _table() -> NDArray[np.int64]:
    """Side (0: for, 1: against), first frame, first pitch class, frames, pitch classes."""
    table = np.zeros((len(CLASSIFIERS), _MOST_RECTANGLES, 5), dtype=np.int64)
    for number, classifier in enumerate(CLASSIFIERS):
        more, less = _rectangles(classifier)
        rows = [(0, *rectangle) for rectangle in more] + [(1, *rectangle) for rectangle in less]
        table[number, : len(rows)] = rows
    return table


_RECTANGLES: Final = _table()
_LIMITS: Final = np.exp([classifier.thresholds for classifier in CLASSIFIERS])
"""Against log(over / under), without taking logarithms."""

_SHARPNESS: Final = np.array(
    [64 * 2 / (classifier.thresholds[2] - classifier.thresholds[0]) for classifier in CLASSIFIERS]
)


@compiled
def classify(
    image: NDArray[np.float32],
    items: NDArray[np.uint32],
    margins: NDArray[np.uint8],
) -> None:
    """Fill in the items of a chroma image, shape (frames, 12): one per frame from which 16 remain.

    Args:
        image: normalised chroma.
        items: shape (frames - 15,), to be filled.
        margins: shape (frames - 15, 16) to be filled, or (0, 16): how far each classifier is from
            changing its sign, in 64ths of the distance between its thresholds.
    """
    count = len(items)
    integral = np.zeros((13, len(image) + 1))
    for row in range(12):
        total = 0.0
        for frame in range(len(image)):
            total += image[frame, row]
            integral[row + 1, frame + 1] = integral[row, frame + 1] + total
    items[:] = 0
    energies = np.empty((2, count))
    for number in range(len(_LIMITS)):
        energies[:] = 1.0
        for rectangle in range(_MOST_RECTANGLES):
            side, frame, row, width, height = _RECTANGLES[number, rectangle]
            if width == 0:
                continue
            top, bottom = integral[row + height], integral[row]
            for item in range(count):
                energies[side, item] += (
                    top[item + frame + width]
                    - top[item + frame]
                    - bottom[item + frame + width]
                    + bottom[item + frame]
                )
        low, middle, high = _LIMITS[number]
        for item in range(count):
            over, under = energies[0, item], energies[1, item]
            sign = np.uint32(over >= middle * under)
            inner = np.uint32(over >= low * under and not over >= high * under)
            items[item] = (items[item] << np.uint32(2)) | (sign << np.uint32(1)) | inner
        if len(margins):
            for item in range(count):
                ratio = energies[0, item] / (middle * energies[1, item])
                margins[item, number] = np.uint8(min(abs(ratio - 1) * _SHARPNESS[number], 255.0))
