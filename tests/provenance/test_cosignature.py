"""Post-quantum signatures under checkpoints: the format, and that nothing altered passes."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.settings import Settings
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance import checkpoint, cosignature, log
from app.provenance.checkpoint import TreeHead
from app.provenance.cosignature import Cosigner, CosignerKey
from app.provenance.errors import KeyUnsupported, NoteInvalid
from app.provenance.house import HouseKeys
from tests.conftest import START
from tests.provenance.generators import OPERATOR, new_house
from tests.provenance.test_log import queue

HOUSE = new_house()
COSIGNER = Cosigner.generate(HOUSE.origin)
HEAD = TreeHead(HOUSE.origin, 17, bytes(range(32)))
NOTE = checkpoint.sign(HEAD, HOUSE.log) + COSIGNER.line(HEAD, START)


def test_both_signatures_are_verified_each_by_its_key() -> None:
    assert checkpoint.verify(NOTE, HOUSE.log_key) == HEAD
    assert cosignature.verify(NOTE, COSIGNER.key) == HEAD


def test_the_line_has_the_published_layout() -> None:
    """c2sp.org/tlog-cosignature: key id, eight bytes of time, 2,420 bytes of ML-DSA-44."""
    line = NOTE.rstrip("\n").rpartition("\n")[2]
    dash, name, encoded = line.split(" ")
    data = base64.b64decode(encoded)
    assert (dash, name) == ("—", HOUSE.origin)
    assert data[:4] == COSIGNER.key.key_id
    assert int.from_bytes(data[4:12]) == int(START.timestamp())
    assert len(data) == 4 + 8 + 2_420


@given(at=st.integers(0, len(NOTE) - 1), to=st.characters(codec="utf-8"))
def test_nothing_altered_is_accepted(at: int, to: str) -> None:
    altered = NOTE[:at] + to + NOTE[at + 1 :]
    try:
        head = cosignature.verify(altered, COSIGNER.key)
    except NoteInvalid:
        return
    assert head == HEAD  # what was altered is the other signature's line


def test_another_key_has_not_signed() -> None:
    other = Cosigner.generate(HOUSE.origin)
    with pytest.raises(NoteInvalid, match="no cosignature"):
        cosignature.verify(NOTE, other.key)
    with pytest.raises(NoteInvalid, match="no cosignature"):
        cosignature.verify(checkpoint.sign(HEAD, HOUSE.log), COSIGNER.key)


def test_a_cosignature_is_of_one_tree_only() -> None:
    other = replace(HEAD, size=18)
    moved = checkpoint.sign(other, HOUSE.log) + COSIGNER.line(HEAD, START)
    with pytest.raises(NoteInvalid, match="altered"):
        cosignature.verify(moved, COSIGNER.key)


def test_a_key_goes_through_its_line_of_text() -> None:
    vkey = COSIGNER.key.vkey
    assert CosignerKey.from_vkey(vkey + "\n") == COSIGNER.key
    for bad in (HOUSE.log_key.vkey, vkey[:-8], "other" + vkey, ""):
        with pytest.raises(KeyUnsupported):
            CosignerKey.from_vkey(bad)


def test_the_houses_key_is_made_once_where_the_setting_asks_for_it(tmp_path: Path) -> None:
    plain = HouseKeys.load(Settings(home=tmp_path))
    assert plain.cosigner is None
    asked = Settings(home=tmp_path, post_quantum=True)
    first, second = HouseKeys.load(asked), HouseKeys.load(asked)
    assert first.cosigner is not None
    assert second.cosigner is not None
    assert first.cosigner.key == second.cosigner.key
    assert b"ENCRYPTED" in (tmp_path / "keys" / "log-ml-dsa-44.pem").read_bytes()


async def test_sealed_checkpoints_carry_both(units: UnitOfWorkFactory) -> None:
    await queue(units, 3)
    async with units.begin(OPERATOR) as uow:
        signed = await log.seal(uow, replace(HOUSE, cosigner=COSIGNER))
    assert signed is not None
    head = checkpoint.verify(signed.note, HOUSE.log_key)
    assert cosignature.verify(signed.note, COSIGNER.key) == head
