"""The world of the cases, on each engine."""

from __future__ import annotations

import pytest

from app.core.unit_of_work import UnitOfWorkFactory
from tests.cases.world import World


@pytest.fixture
async def world(units: UnitOfWorkFactory) -> World:
    """A listed track, its uploader, and those who work the desk."""
    return await World.build(units)
