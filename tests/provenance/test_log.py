"""The log in the database, on both engines: places, proofs, tiles, and sealers that race."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.clock import TestClock
from app.core.database import Database
from app.core.errors import BadRequest, NotFound
from app.core.settings import Settings
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance import checkpoint, log, merkle, tiles
from app.provenance.errors import LogInconsistent, NotYetSealed
from app.provenance.jobs import ProvenanceJobs
from app.provenance.models import Checkpoint, LogLeaf, LogNode
from app.provenance.tiles import TilePath
from tests.conftest import RecordedJobs
from tests.provenance.generators import OPERATOR, new_house
from tests.provenance.test_merkle import naive_root

HOUSE = new_house()


async def queue(units: UnitOfWorkFactory, count: int) -> None:
    async with units.begin(OPERATOR) as uow:
        for number in range(count):
            digest = hashlib.sha256(number.to_bytes(4)).hexdigest()
            await log.queue_leaf(uow, kind="test", subject=f"t{number}", payload_sha256=digest)


async def seal(units: UnitOfWorkFactory) -> Checkpoint | None:
    async with units.begin(OPERATOR) as uow:
        return await log.seal(uow, HOUSE)


async def sealed_leaves(units: UnitOfWorkFactory) -> list[LogLeaf]:
    async with units.look(OPERATOR) as uow:
        query = (
            sa.select(LogLeaf).where(LogLeaf.leaf_index.is_not(None)).order_by(LogLeaf.leaf_index)
        )
        return list(await uow.session.scalars(query))


async def test_batches_are_sealed_into_one_growing_tree(units: UnitOfWorkFactory) -> None:
    assert await seal(units) is None
    heads = []
    for batch in (1, 2, 5, 9):
        await queue(units, batch)
        signed = await seal(units)
        assert signed is not None
        heads.append(checkpoint.verify(signed.note, HOUSE.log_key))
    leaves = await sealed_leaves(units)
    hashes = [merkle.leaf_hash(leaf.entry) for leaf in leaves]
    assert [leaf.leaf_index for leaf in leaves] == list(range(17))
    assert [head.size for head in heads] == [1, 3, 8, 17]
    assert [head.root for head in heads] == [naive_root(hashes[: head.size]) for head in heads]
    async with units.look(OPERATOR) as uow:
        for old, new in itertools.combinations_with_replacement(heads, 2):
            proof = await log.consistency_proof(uow.session, old.size, new.size)
            assert merkle.verify_consistency(old.size, new.size, old.root, new.root, proof)
        for leaf in leaves:
            receipt = await log.receipt_of(uow.session, leaf)
            assert receipt.verify(HOUSE.log_key) in heads
            assert receipt.entry == leaf.entry


async def test_a_receipt_never_changes(units: UnitOfWorkFactory) -> None:
    await queue(units, 3)
    await seal(units)
    leaf = (await sealed_leaves(units))[1]
    async with units.look(OPERATOR) as uow:
        before = (await log.receipt_of(uow.session, leaf)).text()
    await queue(units, 4)
    await seal(units)
    async with units.look(OPERATOR) as uow:
        assert (await log.receipt_of(uow.session, leaf)).text() == before


async def test_a_queued_leaf_has_no_receipt(units: UnitOfWorkFactory) -> None:
    await queue(units, 1)
    async with units.look(OPERATOR) as uow:
        leaf = await uow.session.scalar(sa.select(LogLeaf))
        assert leaf is not None
        with pytest.raises(NotYetSealed):
            await log.receipt_of(uow.session, leaf)
        with pytest.raises(NotFound):
            await log.latest_checkpoint(uow.session)


async def test_racing_sealers_sign_one_history(units: UnitOfWorkFactory) -> None:
    """Writers queue while several sealers seal: no place is given twice, no leaf is lost."""

    async def write(count: int) -> None:
        for _ in range(count):
            await queue(units, 3)

    async def sealer() -> None:
        while len(await sealed_leaves(units)) < 30:
            await seal(units)

    async with asyncio.timeout(60):
        await asyncio.gather(write(5), write(5), sealer(), sealer(), sealer())
    leaves = await sealed_leaves(units)
    assert [leaf.leaf_index for leaf in leaves] == list(range(30))
    async with units.look(OPERATOR) as uow:
        signed = list(await uow.session.scalars(sa.select(Checkpoint)))
    hashes = [merkle.leaf_hash(leaf.entry) for leaf in leaves]
    for head in signed:
        assert head.root == naive_root(hashes[: head.tree_size])


async def test_the_sealer_empties_the_queue(
    units: UnitOfWorkFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "BATCH", 4)
    await queue(units, 10)
    await ProvenanceJobs(units, HOUSE).seal_queued()
    async with units.look(OPERATOR) as uow:
        sizes = list(await uow.session.scalars(sa.select(Checkpoint.tree_size)))
        assert not await log.has_queued(uow.session)
    assert sorted(sizes) == [4, 8, 10]


async def test_nothing_is_signed_over_a_damaged_log(units: UnitOfWorkFactory) -> None:
    await queue(units, 5)
    await seal(units)
    async with units.begin(OPERATOR) as uow:
        await uow.session.execute(
            sa.update(LogNode).where(LogNode.level == 2).values(hash=bytes(32))
        )
    await queue(units, 1)
    with pytest.raises(LogInconsistent):
        await seal(units)
    async with units.begin(OPERATOR) as uow:
        await uow.session.execute(sa.delete(LogNode).where(LogNode.level == 2))
    with pytest.raises(LogInconsistent):
        await seal(units)


async def test_hashes_are_searched_for_and_never_scanned(
    sqlite_settings: Settings, clock: TestClock, jobs: RecordedJobs
) -> None:
    """SQLite scans for some forms of the query, which only shows in a log of a million leaves."""
    database = Database.connect(sqlite_settings)
    units = UnitOfWorkFactory(database, clock, jobs)
    await queue(units, 21)
    await seal(units)
    asked: list[tuple[str, Any]] = []

    def listen(_c: object, _u: object, statement: str, parameters: Any, *_: object) -> None:
        asked.append((statement, parameters))

    sa.event.listen(database.engine.sync_engine, "before_cursor_execute", listen)
    async with units.look(OPERATOR) as uow:
        await log.consistency_proof(uow.session, 5, 21)
    ((statement, parameters),) = [ask for ask in asked if "log_node" in ask[0]]
    async with database.engine.connect() as connection:
        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        steps = [row[-1] for row in plan]
    await database.close()
    assert any("SEARCH" in step for step in steps)
    assert not any("SCAN" in step for step in steps)


async def test_impossible_consistency_is_refused(units: UnitOfWorkFactory) -> None:
    await queue(units, 3)
    await seal(units)
    async with units.look(OPERATOR) as uow:
        for first, second in [(0, 3), (2, 4), (3, 2), (-1, 2), (10**30, 10**30)]:
            with pytest.raises(BadRequest):
                await log.consistency_proof(uow.session, first, second)


async def test_the_tree_can_be_rebuilt_from_its_tiles(
    units: UnitOfWorkFactory, clock: TestClock
) -> None:
    """As a monitor does: entries give leaf hashes, tiles give the levels above, all agree."""
    await queue(units, 300)
    clock.advance(timedelta(minutes=1))
    await queue(units, 230)
    signed = await seal(units)
    assert signed is not None
    entries: list[bytes] = []
    level_0: list[bytes] = []
    async with units.look(OPERATOR) as uow:
        for path in ("000", "001", "002.p/18"):
            tile = TilePath.parse(path)
            bundle = await tiles.entry_bundle(uow.session, tile)
            while bundle:
                length = int.from_bytes(bundle[:2])
                entries.append(bundle[2 : 2 + length])
                bundle = bundle[2 + length :]
            level_0 += _hashes(await tiles.hash_tile(uow.session, 0, tile))
        level_1 = _hashes(await tiles.hash_tile(uow.session, 1, TilePath.parse("000.p/2")))
        for level, path in [(0, "002"), (0, "003.p/1"), (1, "000"), (1, "000.p/3"), (64, "000")]:
            with pytest.raises(NotFound):
                await tiles.hash_tile(uow.session, level, TilePath.parse(path))
        with pytest.raises(NotFound):
            await tiles.entry_bundle(uow.session, TilePath.parse("003"))
    assert level_0 == [merkle.leaf_hash(entry) for entry in entries]
    assert level_1 == [naive_root(level_0[:256]), naive_root(level_0[256:512])]
    assert naive_root(level_0) == signed.root


@pytest.mark.parametrize(
    ("number", "path"), [(0, "000"), (5, "005"), (999, "999"), (1234067, "x001/x234/067")]
)
def test_tile_paths(number: int, path: str) -> None:
    assert TilePath.parse(path) == TilePath(number, 256)
    assert TilePath.parse(f"{path}.p/17") == TilePath(number, 17)
    assert str(TilePath(number, 17)) == f"{path}.p/17"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "1000",
        "x000/001",
        "001/001",
        "x001",
        "000.p/0",
        "000.p/01",
        "000.p/256",
        "000.p/300",
        "000.p/",
        "../000",
        "\u0660\u0660\u0660",
        "x999/" * 5 + "999",
    ],
)
def test_other_tile_paths_are_unknown(path: str) -> None:
    with pytest.raises(NotFound):
        TilePath.parse(path)


def _hashes(tile: bytes) -> list[bytes]:
    return [tile[start : start + 32] for start in range(0, len(tile), 32)]
