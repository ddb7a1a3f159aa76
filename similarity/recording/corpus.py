"""Arrays of all references laid end to end, so that one place names a reference too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Self, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import DTypeLike, NDArray

_Word = TypeVar("_Word", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False)
class Laid(Generic[_Word]):
    """Arrays laid end to end in ``values``, one from each of ``starts`` to the next."""

    values: NDArray[_Word]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, arrays: Iterable[NDArray[_Word]], kind: DTypeLike) -> Self:
        listed = list(arrays)
        starts = np.cumsum([0, *(len(array) for array in listed)], dtype=np.int64)
        values = np.concatenate(listed) if listed else np.zeros(0, dtype=kind)
        return cls(sealed(values), sealed(starts))

    def part(self, number: int) -> NDArray[_Word]:
        return self.values[self.starts[number] : self.starts[number + 1]]

    def __len__(self) -> int:
        return len(self.starts) - 1


def sealed(array: NDArray[_Word]) -> NDArray[_Word]:
    """The array, read-only, as a mapped one is: kernels are then compiled for one kind of array."""
    array.setflags(write=False)
    return array
