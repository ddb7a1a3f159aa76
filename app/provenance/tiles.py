"""The log as static resources: https://c2sp.org/tlog-tiles.

tile/<L>/<N>[.p/<W>]         hashes of complete subtrees, 256 to a tile
tile/entries/<N>[.p/<W>]     the entries themselves, 256 to a bundle
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFound
from app.provenance.models import LogLeaf, LogNode

TILE_WIDTH: Final = 256
TILE_HEIGHT: Final = 8  # 2**8 hashes wide
MAX_LEVEL: Final = 63

# Five groups of digits name 256 * 10**15 leaves, and stay within the database's integers.
_PATH: Final = re.compile(r"((?:x[0-9]{3}/){0,4}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True)
class TilePath:
    """Which tile of its level, and how many of its 256 places are filled."""

    number: int
    width: int

    @classmethod
    def parse(cls, path: str) -> TilePath:
        """
        Raises:
            NotFound: not the one spelling of a tile's path.
        """
        match = _PATH.fullmatch(path)
        if match is not None:
            width = int(match[2]) if match[2] else TILE_WIDTH
            tile = cls(int(match[1].replace("x", "").replace("/", "")), width)
            if width <= TILE_WIDTH and str(tile) == path:
                return tile
        raise NotFound("Tiles are named as in https://c2sp.org/tlog-tiles.")

    def __str__(self) -> str:
        digits = str(self.number)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]]) + partial

    @property
    def start(self) -> int:
        return self.number * TILE_WIDTH

    @property
    def end(self) -> int:
        return self.start + self.width


async def hash_tile(session: AsyncSession, level: int, tile: TilePath) -> bytes:
    """The concatenated hashes of a tile.

    Raises:
        NotFound: the log does not fill the tile that far.
    """
    if not 0 <= level <= MAX_LEVEL:
        raise NotFound(f"Tiles have levels 0 to {MAX_LEVEL}.")
    query = (
        sa.select(LogNode.hash)
        .where(
            LogNode.level == level * TILE_HEIGHT,
            LogNode.node_index >= tile.start,
            LogNode.node_index < tile.end,
        )
        .order_by(LogNode.node_index)
    )
    return b"".join(_filled(tile, list(await session.scalars(query))))


async def entry_bundle(session: AsyncSession, tile: TilePath) -> bytes:
    """The entries of a level 0 tile, each after its length as a big-endian uint16.

    Raises:
        NotFound: the log does not fill the bundle that far.
    """
    query = (
        sa.select(LogLeaf.entry)
        .where(LogLeaf.leaf_index >= tile.start, LogLeaf.leaf_index < tile.end)
        .order_by(LogLeaf.leaf_index)
    )
    entries = _filled(tile, list(await session.scalars(query)))
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def _filled(tile: TilePath, parts: list[bytes]) -> list[bytes]:
    if len(parts) != tile.width:
        raise NotFound("The log has not grown that far.")
    return parts
