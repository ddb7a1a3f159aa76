"""The outline for display."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from similarity.audio.waveform import peaks


@given(st.lists(st.integers(-32768, 32767), max_size=400), st.integers(1, 500))
def test_shows_the_loudest_and_nothing_louder(values: list[int], count: int) -> None:
    outline = peaks(np.array(values, dtype=np.int16), count)
    assert len(outline) == min(count, len(values))
    assert all(0.0 <= value <= 1.0 for value in outline)
    loudest = max((abs(value) for value in values), default=0) / 32768
    assert max(outline, default=0.0) == pytest.approx(loudest, abs=1e-4)


def test_needs_room_for_one_value() -> None:
    with pytest.raises(ValueError, match="at least one"):
        peaks(np.zeros(3, dtype=np.int16), 0)
