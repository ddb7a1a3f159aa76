"""The transparency log in the database: leaves are queued, sealed in batches, and proved.

A leaf is queued in the transaction of what it records. A sealer gives queued leaves their places,
stores the new complete subtrees and signs a checkpoint, all in one transaction, so that there is
never a signed tree that the database does not hold.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import BadRequest, NotFound
from app.core.unit_of_work import UnitOfWork
from app.provenance import canonical, checkpoint, disclosure, merkle
from app.provenance.checkpoint import TreeHead
from app.provenance.disclosure import Disclosure
from app.provenance.errors import LogInconsistent, NotYetSealed
from app.provenance.house import HouseKeys
from app.provenance.merkle import LeafRange, NodeId
from app.provenance.models import Checkpoint, LogDisclosure, LogHead, LogLeaf, LogNode
from app.provenance.receipt import Receipt
from app.provenance.statement import timestamp

BATCH: Final = 1024
"""Leaves per checkpoint at most: a transaction of some 50 ms, so that writers barely wait."""

_HEAD: Final = 1


async def queue_leaf(
    uow: UnitOfWork, *, kind: str, subject: str, payload_sha256: str, kid: str | None = None
) -> LogLeaf:
    """Queue an entry for the log. It says what kind of document had which digest, and when.

    ``subject`` and anything else that could lead to a person stays in our row, outside the entry.
    ``kid``, a digest itself, lets monitors find whatever a compromised key signed.
    """
    said = {"payloadSha256": payload_sha256}
    return await _queue(uow, kind, subject, said if kid is None else {**said, "kid": kid})


async def queue_salted(
    uow: UnitOfWork, *, kind: str, subject: str, document: dict[str, Any]
) -> LogLeaf:
    """Queue an entry for what only those concerned may read: its HMAC-SHA-256 under a new salt.

    Document and salt are kept beside the log, for whoever is to prove what the entry stands for.
    """
    salt, content = secrets.token_bytes(disclosure.SALT_BYTES), canonical.encode(document)
    said = {"saltedSha256": disclosure.salted_sha256(content, salt)}
    leaf = await _queue(uow, kind, subject, said)
    uow.session.add(LogDisclosure(leaf_sequence=leaf.sequence, document=content, salt=salt))
    await uow.session.flush()
    return leaf


async def seal(uow: UnitOfWork, house: HouseKeys) -> Checkpoint | None:
    """Append up to BATCH queued leaves and sign the new tree; None when nothing was queued.

    Raises:
        LogInconsistent: the stored tree is not the one of the newest checkpoint. Nothing is signed.
    """
    session = uow.session
    head = await session.get_one(LogHead, _HEAD, with_for_update=True)
    leaves = await _queued(session)
    if not leaves:
        return None
    frontier = await _nodes(session, [LeafRange(0, head.tree_size)])
    await _require_consistent(session, head.tree_size, frontier)
    added = merkle.append(
        frontier, head.tree_size, (merkle.leaf_hash(leaf.entry) for leaf in leaves)
    )
    places = enumerate(leaves, start=head.tree_size)
    await session.execute(
        sa.update(LogLeaf),
        [{"sequence": leaf.sequence, "leaf_index": index} for index, leaf in places],
    )
    await session.execute(
        sa.insert(LogNode),
        [
            {"level": node.level, "node_index": node.position, "hash": digest}
            for node, digest in added.items()
        ],
    )
    head.tree_size += len(leaves)
    root = LeafRange(0, head.tree_size).root({**frontier, **added})
    return await _sign(uow, house, TreeHead(house.origin, head.tree_size, root))


async def has_queued(session: AsyncSession) -> bool:
    """Whether anything waits to be sealed."""
    query = sa.select(LogLeaf.sequence).where(LogLeaf.leaf_index.is_(None)).limit(1)
    return await session.scalar(query) is not None


async def latest_checkpoint(session: AsyncSession) -> Checkpoint:
    """The newest signed tree head.

    Raises:
        NotFound: nothing has been sealed yet.
    """
    newest = await session.scalar(
        sa.select(Checkpoint).order_by(Checkpoint.tree_size.desc()).limit(1)
    )
    if newest is None:
        raise NotFound("The log is empty; its first entry is sealed within seconds.")
    return newest


async def receipt_of(session: AsyncSession, leaf: LogLeaf) -> Receipt:
    """The proof that a leaf is in the log, against the checkpoint that first held it.

    Always the same for the same leaf, so that it can be kept, cached and compared.

    Raises:
        NotYetSealed: the leaf is still queued.
    """
    if leaf.leaf_index is None:
        raise NotYetSealed("It will be in the next checkpoint, within seconds. Ask again then.")
    held = await session.scalar(
        sa.select(Checkpoint)
        .where(Checkpoint.tree_size > leaf.leaf_index)
        .order_by(Checkpoint.tree_size)
        .limit(1)
    )
    if held is None:
        raise LogInconsistent("An entry has a place in the log, but no checkpoint covers it.")
    path = merkle.inclusion_path(leaf.leaf_index, held.tree_size)
    return Receipt(leaf.entry, leaf.leaf_index, await _hashes(session, path), held.note)


async def logged_among(session: AsyncSession, subjects: Collection[str]) -> set[str]:
    """Those of the subjects that salted entries in a signed tree are about."""
    query = (
        sa.select(LogLeaf.subject)
        .join(LogDisclosure, LogDisclosure.leaf_sequence == LogLeaf.sequence)
        .where(LogLeaf.subject.in_(subjects), LogLeaf.leaf_index.is_not(None))
    )
    return set(await session.scalars(query))


async def disclose(session: AsyncSession, house: HouseKeys, subject: str) -> Disclosure:
    """What the salted entry about ``subject`` stands for, with its receipt. Check who asks first.

    Raises:
        NotFound: there is none, or its salt was discarded.
        NotYetSealed: the entry is still queued.
    """
    found = (
        await session.execute(
            sa.select(LogLeaf, LogDisclosure)
            .join(LogDisclosure, LogDisclosure.leaf_sequence == LogLeaf.sequence)
            .where(LogLeaf.subject == subject)
        )
    ).one_or_none()
    if found is None:
        raise NotFound("The log has no entry of its own about this.")
    leaf, kept = found
    receipt = await receipt_of(session, leaf)
    return Disclosure(
        document=json.loads(kept.document),
        salt=kept.salt.hex(),
        receipt=receipt.text(),
        log=house.log_key.vkey,
    )


async def consistency_proof(session: AsyncSession, first: int, second: int) -> tuple[bytes, ...]:
    """The hashes that prove the tree of ``first`` leaves to be a prefix of that of ``second``.

    Raises:
        BadRequest: not 0 < first <= second <= size of the newest checkpoint.
    """
    newest = await latest_checkpoint(session)
    if not 0 < first <= second <= newest.tree_size:
        raise BadRequest(
            f"Ask for 0 < from <= to <= {newest.tree_size}, the size of the newest checkpoint."
        )
    return await _hashes(session, merkle.consistency_path(first, second))


async def _queue(uow: UnitOfWork, kind: str, subject: str, said: Mapping[str, str]) -> LogLeaf:
    leaf = LogLeaf(
        entry=canonical.encode({"at": timestamp(uow.now), "kind": kind, **said}),
        kind=kind,
        subject=subject,
        queued_at=uow.now,
        leaf_index=None,
    )
    uow.session.add(leaf)
    await uow.session.flush()
    return leaf


async def _queued(session: AsyncSession) -> list[LogLeaf]:
    query = (
        sa.select(LogLeaf)
        .where(LogLeaf.leaf_index.is_(None))
        .order_by(LogLeaf.sequence)
        .limit(BATCH)
    )
    return list(await session.scalars(query))


async def _require_consistent(
    session: AsyncSession, size: int, frontier: dict[NodeId, bytes]
) -> None:
    # A signature over a tree that contradicts an earlier one can never be taken back.
    if size == 0:
        return
    signed = await session.get(Checkpoint, size)
    if signed is None or signed.root != LeafRange(0, size).root(frontier):
        raise LogInconsistent(f"The stored tree of {size} leaves is not the one that was signed.")


async def _sign(uow: UnitOfWork, house: HouseKeys, head: TreeHead) -> Checkpoint:
    note = await asyncio.to_thread(checkpoint.sign, head, house.log)
    if house.cosigner is not None:
        note += await asyncio.to_thread(house.cosigner.line, head, uow.now)
    signed = Checkpoint(
        tree_size=head.size,
        root=head.root,
        note=note,
        sealed_at=uow.now,
    )
    uow.session.add(signed)
    await uow.session.flush()
    uow.record("log.sealed", "log", tree_size=head.size, root=head.root.hex())
    return signed


async def _hashes(session: AsyncSession, path: Iterable[LeafRange]) -> tuple[bytes, ...]:
    ranges = tuple(path)
    nodes = await _nodes(session, ranges)
    return tuple(leaves.root(nodes) for leaves in ranges)


async def _nodes(session: AsyncSession, ranges: Iterable[LeafRange]) -> dict[NodeId, bytes]:
    wanted = {node for leaves in ranges for node in leaves.nodes()}
    # One index search per node; SQLite would scan the table for (level, node_index) IN (...).
    places = [
        sa.and_(LogNode.level == node.level, LogNode.node_index == node.position) for node in wanted
    ]
    query = sa.select(LogNode.level, LogNode.node_index, LogNode.hash).where(
        sa.or_(sa.false(), *places)
    )
    found = {NodeId(level, index): digest for level, index, digest in await session.execute(query)}
    if found.keys() != wanted:
        raise LogInconsistent("The log lacks hashes of its own tree.")
    return found
