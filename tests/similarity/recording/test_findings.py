"""What the second lane says about what the first one found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from similarity.recording.chance import Chance
from similarity.recording.chroma import pitchgram
from similarity.recording.constellation import Sky
from similarity.recording.decoys import Chances
from similarity.recording.findings import UNSEEN_DOUBT, Heard, item_finding
from similarity.recording.fingerprint import SECONDS_PER_ITEM, fingerprint
from similarity.recording.glimpse import Glimpse
from similarity.recording.null import Null
from similarity.recording.part import RecordingPart
from similarity.recording.refine import Alignment, refine
from similarity.recording.variants import Variant
from similarity.recording.view import CorpusView
from tests.similarity.synthesis import RATE, tune

SECONDS = 20.0
OFFSET_S = 12.0


def test_items_whose_alignment_peaks_do_not_see_are_doubted() -> None:
    song = tune(3, 45)
    part = RecordingPart.of({"song": fingerprint(song, RATE)})
    view = CorpusView((part,), (np.ones(1, dtype=np.bool_),), Null())
    samples = song[int(OFFSET_S * RATE) : int((OFFSET_S + SECONDS) * RATE)]
    sky, grid = Sky.of(samples), pitchgram(samples)
    middle = SECONDS / 2 / SECONDS_PER_ITEM
    coarse = Alignment(Variant(view.tuning(0), 1.0), middle, middle + OFFSET_S / SECONDS_PER_ITEM)
    refined = refine(grid, view.items(0), coarse)
    chance = Chance(mode=5.0, decay=0.5)
    heard = Heard(sky, Glimpse(sky), grid, SECONDS, Chances(chance, chance))
    blind = replace(heard, glimpse=Glimpse(Sky(sky.peaks[:0])))
    seen, unseen = (item_finding(view, each, 0, refined) for each in (heard, blind))
    assert seen.log10_evalue < -5
    assert seen.placement.offset_s == pytest.approx(OFFSET_S, abs=0.1)
    assert unseen.log10_evalue == pytest.approx(seen.log10_evalue + UNSEEN_DOUBT)
