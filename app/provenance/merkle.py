"""RFC 9162 section 2.1: the Merkle tree of the log. Pure: hashes in, hashes and verdicts out.

A tree is stored as its complete subtrees: node (level, position) is the hash of the 2**level
leaves from position * 2**level on. The right edge of a tree that is no power of two is not stored
but folded from them, so nothing stored ever changes and appending touches O(log n) nodes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


class NodeId(NamedTuple):
    """The place of a complete subtree."""

    level: int
    position: int


@dataclass(frozen=True, slots=True)
class LeafRange:
    """The leaves from ``start`` up to, not including, ``end``."""

    start: int
    end: int

    def nodes(self) -> tuple[NodeId, ...]:
        """The complete subtrees that make up the range, left to right, the largest first.

        Exact for the ranges that RFC 9162 hashes: those that start at a multiple of the largest
        power of two below their length.
        """
        found, start = [], self.start
        while start < self.end:
            level = (self.end - start).bit_length() - 1
            found.append(NodeId(level, start >> level))
            start += 1 << level
        return tuple(found)

    def root(self, nodes: Mapping[NodeId, bytes]) -> bytes:
        """MTH of the range from its complete subtrees.

        Raises:
            KeyError: ``nodes`` lacks one of ``self.nodes()``.
        """
        hashes = [nodes[node] for node in self.nodes()]
        if not hashes:
            return EMPTY_ROOT
        folded = hashes.pop()
        while hashes:
            folded = node_hash(hashes.pop(), folded)
        return folded


def leaf_hash(entry: bytes) -> bytes:
    """MTH({entry}) = SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def append(
    frontier: Mapping[NodeId, bytes], size: int, leaf_hashes: Iterable[bytes]
) -> dict[NodeId, bytes]:
    """The nodes that appending leaves to a tree of ``size`` leaves adds.

    ``frontier`` holds at least ``LeafRange(0, size).nodes()``, which are O(log size).
    """
    added: dict[NodeId, bytes] = {}
    for index, leaf in enumerate(leaf_hashes, start=size):
        node, current = NodeId(0, index), leaf
        added[node] = current
        while node.position & 1:
            sibling = NodeId(node.level, node.position - 1)
            left = added[sibling] if sibling in added else frontier[sibling]
            node, current = NodeId(node.level + 1, node.position >> 1), node_hash(left, current)
            added[node] = current
    return added


def inclusion_path(index: int, size: int) -> tuple[LeafRange, ...]:
    """The ranges whose hashes prove leaf ``index`` in a tree of ``size`` (2.1.3.1), leaf upwards.

    Raises:
        ValueError: there is no such leaf in such a tree.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path: list[LeafRange] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(LeafRange(middle, end))
            end = middle
        else:
            path.append(LeafRange(start, middle))
            start = middle
    return tuple(reversed(path))


def consistency_path(first: int, second: int) -> tuple[LeafRange, ...]:
    """The ranges whose hashes prove that the first tree is a prefix of the second (2.1.4.1).

    Raises:
        ValueError: not 0 < first <= second.
    """
    if not 0 < first <= second:
        raise ValueError(f"a tree of {first} leaves is no prefix of one of {second}")
    path: list[LeafRange] = []
    start, end = 0, second
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(LeafRange(middle, end))
            end = middle
        else:
            path.append(LeafRange(start, middle))
            start = middle
    if start > 0:  # otherwise the first root itself stands here, and the verifier has it
        path.append(LeafRange(start, end))
    return tuple(reversed(path))


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """RFC 9162 section 2.1.3.2: the leaf hash ``leaf`` is the ``index``-th below ``root``."""
    if not 0 <= index < size or not _well_formed((leaf, root, *proof)):
        return False
    position, last, current = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            current = node_hash(sibling, current)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            current = node_hash(current, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and current == root


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """RFC 9162 section 2.1.4.2: the first tree is a prefix of the second.

    An empty first tree is refused: it has nothing to prove, and a verifier that accepts it can be
    led to forget what it has seen.
    """
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    if not _well_formed((first_root, second_root, *proof)):
        return False
    # A first tree of a power of two is itself the node where the proof starts.
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    position, last = first - 1, second - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    if not path:
        return False
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _split(length: int) -> int:
    """The largest power of two smaller than ``length`` (length > 1)."""
    return 1 << ((length - 1).bit_length() - 1)


def _well_formed(hashes: Iterable[bytes]) -> bool:
    return all(len(digest) == HASH_BYTES for digest in hashes)
