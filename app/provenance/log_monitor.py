"""Watching a log from outside, with nothing but its key and its static resources.

Works with any log laid out as https://c2sp.org/tlog-tiles. Whoever watches keeps the last
checkpoint that they verified; a log that shrinks, forks or rewrites its past cannot prove the next
one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Final

from app.provenance import checkpoint, merkle
from app.provenance.checkpoint import NoteKey, TreeHead
from app.provenance.errors import LogInconsistent, LogRolledBack, LogSplitView
from app.provenance.merkle import HASH_BYTES, LeafRange, NodeId
from app.provenance.tiles import TILE_HEIGHT, TILE_WIDTH, TilePath

Fetch = Callable[[str], bytes]
"""Gives the bytes of a resource by its path below the log's address, such as ``checkpoint``."""

_LENGTH_BYTES: Final = 2


def newest_checkpoint(fetch: Fetch, key: NoteKey) -> tuple[str, TreeHead]:
    """The note that the log serves now, and what it says.

    Raises:
        NoteInvalid: not a checkpoint that the log's key signed.
    """
    note = fetch("checkpoint").decode("utf-8", "replace")
    return note, checkpoint.verify(note, key)


def require_extends(fetch: Fetch, seen: TreeHead, now: TreeHead) -> None:
    """The log as it is now holds everything that was seen, in its place (RFC 9162, 2.1.4).

    Both heads are verified ones of the same log. The proof is put together from tiles.

    Raises:
        LogRolledBack: the log is shorter than it was.
        LogSplitView: it shows another past than the one that was seen.
        LogInconsistent: its tiles are not those of its own checkpoint.
    """
    if now.size < seen.size:
        raise LogRolledBack(
            f"The log had {seen.size} entries when last seen and shows {now.size} now."
        )
    if seen.size == 0:
        return
    nodes = _Tiles(fetch, now.size)
    if nodes.root(LeafRange(0, now.size)) != now.root:
        raise LogInconsistent("The log's tiles do not give the root of its own checkpoint.")
    if nodes.root(LeafRange(0, seen.size)) != seen.root:
        raise LogSplitView(
            f"The first {seen.size} entries are not the ones that were seen: the log shows "
            "different trees to different people, or was rewritten."
        )


def audit(fetch: Fetch, head: TreeHead, told: Callable[[int], None]) -> None:
    """Fetch every entry and compute the root anew. ``told`` hears how many are done.

    Raises:
        LogInconsistent: the entries do not give the root of the checkpoint.
    """
    frontier: dict[NodeId, bytes] = {}
    for start in range(0, head.size, TILE_WIDTH):
        tile = TilePath(start // TILE_WIDTH, min(TILE_WIDTH, head.size - start))
        hashes = [merkle.leaf_hash(entry) for entry in _entries(fetch(f"tile/entries/{tile}"))]
        if len(hashes) != tile.width:
            raise LogInconsistent(f"The bundle {tile} does not hold {tile.width} entries.")
        grown = {**frontier, **merkle.append(frontier, start, hashes)}
        size = start + tile.width
        # Of all nodes only those of the right edge are needed for what follows.
        frontier = {node: grown[node] for node in LeafRange(0, size).nodes()}
        told(size)
    if LeafRange(0, head.size).root(frontier) != head.root:
        raise LogInconsistent("The entries do not give the root that the checkpoint signs.")


class _Tiles:
    """Hashes of complete subtrees, folded from the tiles of a tree of some size."""

    def __init__(self, fetch: Fetch, size: int) -> None:
        self._size = size
        self._tile = cache(lambda level, tile: _hashes(fetch(f"tile/{level}/{tile}"), tile))

    def root(self, leaves: LeafRange) -> bytes:
        nodes: Mapping[NodeId, bytes] = {node: self._node(node) for node in leaves.nodes()}
        return leaves.root(nodes)

    def _node(self, node: NodeId) -> bytes:
        level, height = divmod(node.level, TILE_HEIGHT)
        first = node.position << height
        number, offset = divmod(first, TILE_WIDTH)
        filled = (self._size >> (level * TILE_HEIGHT)) - number * TILE_WIDTH
        tile = self._tile(level, TilePath(number, min(TILE_WIDTH, filled)))
        row = tile[offset : offset + (1 << height)]
        while len(row) > 1:
            row = [merkle.node_hash(*row[at : at + 2]) for at in range(0, len(row), 2)]
        return row[0]


def _hashes(data: bytes, tile: TilePath) -> list[bytes]:
    if len(data) != tile.width * HASH_BYTES:
        raise LogInconsistent(f"The tile {tile} does not hold {tile.width} hashes.")
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def _entries(bundle: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(bundle):
        length = int.from_bytes(bundle[at : at + _LENGTH_BYTES])
        at += _LENGTH_BYTES
        if at + length > len(bundle):
            raise LogInconsistent("A bundle of entries is cut off.")
        yield bundle[at : at + length]
        at += length
