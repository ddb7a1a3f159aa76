"""One cell of a table: so many of so many, with its interval and its floor."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from scipy import stats


class Kind(StrEnum):
    """How a cell is held against its floor."""

    AT_LEAST = "at least"
    AT_MOST = "at most"


@dataclass(frozen=True, slots=True)
class Cell:
    """A share: ``hits`` of ``n``; ``floor`` is None where the row is shown for its own sake.

    ``peers`` are the shares of baselines on the same queries.
    """

    group: str
    row: str
    n: int
    hits: int
    floor: float | None = None
    kind: Kind = Kind.AT_LEAST
    note: str = ""
    peers: dict[str, float] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Hits by queries; 0 of none."""
        return self.hits / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share."""
        return clopper_pearson(self.hits, self.n)

    @property
    def passed(self) -> bool | None:
        """Whether the share is on its floor's right side; None without a floor or queries."""
        if self.floor is None or not self.n:
            return None
        if self.kind is Kind.AT_LEAST:
            return self.share >= self.floor
        return self.share <= self.floor


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured quantity that is no share, such as bytes or seconds: the mean over ``n``."""

    group: str
    row: str
    unit: str
    n: int
    value: float
    low: float | None = None
    high: float | None = None
    floor: float | None = None
    kind: Kind = Kind.AT_MOST
    note: str = ""

    @property
    def passed(self) -> bool | None:
        """As for a cell."""
        if self.floor is None or not self.n:
            return None
        if self.kind is Kind.AT_LEAST:
            return self.value >= self.floor
        return self.value <= self.floor


def clopper_pearson(hits: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """The exact interval of a binomial share (Clopper and Pearson, Biometrika 1934)."""
    if not 0 <= hits <= n:
        raise ValueError("a share counts between none and all")
    if n == 0:
        return 0.0, 1.0
    tail = (1 - confidence) / 2
    low = float(stats.beta.ppf(tail, hits, n - hits + 1)) if hits else 0.0
    high = float(stats.beta.ppf(1 - tail, hits + 1, n - hits)) if hits < n else 1.0
    return low, high
