"""The stored tree gives the root and proofs that RFC 9162's definitions give."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.provenance import merkle
from app.provenance.merkle import LeafRange, NodeId

sizes = st.integers(1, 300)


def leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(index.to_bytes(4)) for index in range(count)]


def naive_root(hashes: list[bytes]) -> bytes:
    """MTH as section 2.1.1 defines it: split at the largest power of two below the length."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return merkle.node_hash(naive_root(hashes[:split]), naive_root(hashes[split:]))


def stored(count: int) -> dict[NodeId, bytes]:
    return merkle.append({}, 0, leaves(count))


def proof(path: tuple[LeafRange, ...], nodes: dict[NodeId, bytes]) -> list[bytes]:
    return [part.root(nodes) for part in path]


@given(st.lists(st.integers(0, 40), max_size=12))
def test_batches_append_to_the_naive_root(batches: list[int]) -> None:
    nodes: dict[NodeId, bytes] = {}
    size = 0
    for batch in batches:
        frontier = {node: nodes[node] for node in LeafRange(0, size).nodes()}
        added = merkle.append(frontier, size, leaves(size + batch)[size:])
        assert not added.keys() & nodes.keys()  # what is stored never changes
        nodes |= added
        size += batch
        assert LeafRange(0, size).root({**frontier, **added}) == naive_root(leaves(size))


@given(st.integers(0, 10**12))
def test_the_frontier_is_logarithmic(size: int) -> None:
    assert len(LeafRange(0, size).nodes()) == size.bit_count()


@given(st.data(), sizes)
def test_every_leaf_can_be_proved_and_no_other(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    nodes, root = stored(size), naive_root(leaves(size))
    hashes = proof(merkle.inclusion_path(index, size), nodes)
    leaf = leaves(size)[index]
    assert merkle.verify_inclusion(leaf, index, size, hashes, root)
    assert not merkle.verify_inclusion(merkle.leaf_hash(b"other"), index, size, hashes, root)
    for elsewhere in {(index + 1) % size, size - 1} - {index}:
        assert not merkle.verify_inclusion(leaf, elsewhere, size, hashes, root)
    if hashes:
        flawed = data.draw(st.integers(0, len(hashes) - 1))
        broken = [*hashes[:flawed], bytes(32), *hashes[flawed + 1 :]]
        assert not merkle.verify_inclusion(leaf, index, size, broken, root)
        assert not merkle.verify_inclusion(leaf, index, size, hashes[:-1], root)
    assert not merkle.verify_inclusion(leaf, index, size, [*hashes, bytes(32)], root)


@given(st.data(), sizes)
def test_every_prefix_can_be_proved_and_no_other(data: st.DataObject, second: int) -> None:
    first = data.draw(st.integers(1, second))
    nodes = stored(second)
    old, new = naive_root(leaves(first)), naive_root(leaves(second))
    hashes = proof(merkle.consistency_path(first, second), nodes)
    assert merkle.verify_consistency(first, second, old, new, hashes)
    rewritten = naive_root([bytes(32), *leaves(first)[1:]])
    assert not merkle.verify_consistency(first, second, rewritten, new, hashes)
    if first < second:
        assert not merkle.verify_consistency(first, second, old, old, hashes)
        assert not merkle.verify_consistency(second, first, new, old, hashes)
    assert not merkle.verify_consistency(first, second, old, new, [*hashes, bytes(32)])


def test_impossible_questions_are_refused() -> None:
    for index, size in [(0, 0), (3, 3), (-1, 3)]:
        with pytest.raises(ValueError, match="no leaf"):
            merkle.inclusion_path(index, size)
    for first, second in [(0, 3), (4, 3)]:
        with pytest.raises(ValueError, match="no prefix"):
            merkle.consistency_path(first, second)
    assert not merkle.verify_consistency(0, 3, merkle.EMPTY_ROOT, naive_root(leaves(3)), [])
