"""Which soft bindings lead to which manifests: C2PA 2.4, 18.10, looked up by ISCC units.

An Instance-Code leads to a manifest when it is equal, a similarity code when fewer than 16 of its
256 bits differ. Then one of its sixteen words is equal, by which it is found in an index.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.unit_of_work import UnitOfWork
from app.provenance.content_credentials import iscc
from app.provenance.content_credentials.iscc import Unit
from app.provenance.errors import BindingUnknown
from app.provenance.models import BindingUnit, BindingWord, SoftBinding

_WORD_BYTES: Final = 2

MOST_DIFFERING: Final = 15
"""Bits of 256 in which codes of one sound may differ: fewer than words, so that one word is equal.

``docs/provenance.md`` has what re-encoding does to codes, and how near unrelated pieces come.
"""


async def bind(uow: UnitOfWork, *, manifest_id: str, value: bytes) -> None:
    """Let a value lead to a manifest. Nothing happens where it does already.

    Raises:
        BindingMalformed: no ISCC-SEQ with units that count.
    """
    units = iscc.units_of(value)
    known = await uow.session.scalar(
        sa.select(SoftBinding.id).where(
            SoftBinding.value == value, SoftBinding.manifest_id == manifest_id
        )
    )
    if known is not None:
        return
    binding = SoftBinding(
        id=uow.new_id("bnd"),
        algorithm=iscc.ALGORITHM,
        value=value,
        manifest_id=manifest_id,
        bound_at=uow.now,
    )
    uow.session.add(binding)
    await uow.session.flush()
    for ordinal, unit in enumerate(units):
        uow.session.add(
            BindingUnit(binding_id=binding.id, ordinal=ordinal, header=unit.header, body=unit.body)
        )
        await uow.session.flush()
        if not unit.is_exact:
            uow.session.add_all(
                BindingWord(binding_id=binding.id, ordinal=ordinal, place=place, word=word)
                for place, word in enumerate(_words(unit))
            )
    await uow.session.flush()
    uow.record("binding.made", binding.id, manifest=manifest_id)


async def manifests_bound_to(session: AsyncSession, value: bytes) -> list[str]:
    """The manifests that exactly this value leads to.

    Raises:
        BindingUnknown: none.
    """
    query = sa.select(SoftBinding.manifest_id).where(SoftBinding.value == value)
    found = list(await session.scalars(query))
    if not found:
        raise BindingUnknown("No manifest is bound to this value; create the binding first.")
    return found


async def unbind(uow: UnitOfWork, *, manifest_id: str, value: bytes | None = None) -> None:
    """Let this value, or any, lead to the manifest no more."""
    gone = [SoftBinding.manifest_id == manifest_id]
    if value is not None:
        gone.append(SoftBinding.value == value)
    bindings = list(await uow.session.scalars(sa.select(SoftBinding.id).where(*gone)))
    for statement in (
        sa.delete(BindingWord).where(BindingWord.binding_id.in_(bindings)),
        sa.delete(BindingUnit).where(BindingUnit.binding_id.in_(bindings)),
        sa.delete(SoftBinding).where(SoftBinding.id.in_(bindings)),
    ):
        await uow.session.execute(statement)
    for binding in bindings:
        uow.record("binding.undone", binding, manifest=manifest_id)


async def matches(
    session: AsyncSession, units: Sequence[Unit], limit: int
) -> list[tuple[str, float]]:
    """Manifests whose bindings are like the units, the likest first: share of equal bits, 0 to 1.

    A manifest counts with its likest unit.
    """
    best: dict[str, float] = {}
    for unit in units:
        candidates = await _candidates(session, unit)
        for manifest_id, share in _shares(unit, candidates):
            best[manifest_id] = max(share, best.get(manifest_id, 0.0))
    return sorted(best.items(), key=lambda found: (-found[1], found[0]))[:limit]


async def _candidates(session: AsyncSession, unit: Unit) -> list[tuple[str, bytes]]:
    query = sa.select(SoftBinding.manifest_id, BindingUnit.header, BindingUnit.body).join(
        BindingUnit, BindingUnit.binding_id == SoftBinding.id
    )
    if unit.is_exact:
        query = query.where(BindingUnit.header == unit.header, BindingUnit.body == unit.body)
    else:
        same_unit = sa.and_(
            BindingWord.binding_id == BindingUnit.binding_id,
            BindingWord.ordinal == BindingUnit.ordinal,
        )
        equal = [
            sa.and_(BindingWord.place == place, BindingWord.word == word)
            for place, word in enumerate(_words(unit))
        ]
        query = query.join(BindingWord, same_unit).where(sa.or_(*equal)).distinct()
    # Headers are compared here: most are alike, and a search by them would read every code.
    return [
        (manifest_id, body)
        for manifest_id, header, body in await session.execute(query)
        if header == unit.header
    ]


def _words(unit: Unit) -> list[int]:
    starts = range(0, len(unit.body), _WORD_BYTES)
    return [int.from_bytes(unit.body[start : start + _WORD_BYTES]) for start in starts]


def _shares(unit: Unit, candidates: list[tuple[str, bytes]]) -> list[tuple[str, float]]:
    bodies = np.frombuffer(b"".join(body for _, body in candidates), np.uint8)
    bodies = bodies.reshape(len(candidates), len(unit.body))
    asked = np.frombuffer(unit.body, np.uint8)
    differing = np.bitwise_count(bodies ^ asked).sum(axis=1, dtype=np.int64)
    return [
        (manifest_id, 1.0 - int(bits) / iscc.UNIT_BITS)
        for (manifest_id, _), bits in zip(candidates, differing, strict=True)
        if bits <= MOST_DIFFERING
    ]
