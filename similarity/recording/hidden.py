"""The landmark lane: which recordings, as they are, shine through an input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from similarity.recording.aligned import first_per_reference
from similarity.recording.chance import Chance
from similarity.recording.constellation import CLEAR, MASKED, Expected, Likeness, Placement, Sky
from similarity.recording.decoys import DECOYS
from similarity.recording.landmark_null import CLEAR_NULL, MASKED_NULL, LandmarkNull

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from similarity.recording.view import CorpusView

SHORT_INPUT_S: Final = 8.0
"""With less than this in common the hypothesis of a clean copy is tried too."""

DECOY_PLACES: Final = 40
"""Places looked at for the input backwards: the best of them is rarely further down."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What a copy shows of its reference's peaks, and what chance shows of them."""

    expected: Expected
    null: LandmarkNull
    longest_s: float = float("inf")


HYPOTHESES: Final = (
    Hypothesis(MASKED, MASKED_NULL),
    Hypothesis(CLEAR, CLEAR_NULL, SHORT_INPUT_S),
)


@dataclass(frozen=True, slots=True)
class Hidden:
    """The input begins ``offset_s`` into a reference, says the likelier hypothesis."""

    reference: int
    offset_s: float
    likeness: Likeness
    log10_evalue: float


def hidden_references(view: CorpusView, sky: Sky, input_s: float) -> Iterator[Hidden]:
    """The best placement of each candidate reference, the most promising first.

    Each is worked out as it is asked for.
    """
    lane = _Lane(view, sky, input_s)
    rough = sorted(
        (lane.judged(*place, coarse=True) for place in view.landmarks(sky.peaks)),
        key=lambda hidden: hidden.log10_evalue,
    )
    for number in first_per_reference(np.array([each.reference for each in rough], np.int64)):
        yield lane.judged(rough[number].reference, rough[number].offset_s)


class _Lane:
    """One input, and what chance shows of every reference in it."""

    def __init__(self, view: CorpusView, sky: Sky, input_s: float) -> None:
        self._view = view
        self._sky = sky
        self._input_s = input_s
        self._modes: Mapping[Hypothesis, float] = self._chance()

    def _chance(self) -> dict[Hypothesis, float]:
        """Backwards the input is as dense and as rhythmical as forwards, and matches nothing."""
        backwards = self._sky.backwards()
        places = self._view.landmarks(backwards.peaks)[:DECOY_PLACES]
        return {
            hypothesis: hypothesis.null.mode(
                self._decoys(backwards, places, hypothesis), self._input_s, self._view.frame_count
            )
            for hypothesis in HYPOTHESES
        }

    def _decoys(
        self, backwards: Sky, places: Sequence[tuple[int, float]], hypothesis: Hypothesis
    ) -> list[float]:
        """The evidence for each of the references most like the input backwards, best first."""

        def evidence(reference: int, offset_s: float, *, coarse: bool) -> float:
            peaks, place = self._view.peaks(reference), Placement(1.0, 0.0, offset_s)
            return backwards.likeness(peaks, place, hypothesis.expected, coarse=coarse).evidence

        tried = [place for place in places if hypothesis in self._tried(place[0])]
        tried.sort(key=lambda place: -evidence(*place, coarse=True))
        best = first_per_reference(np.array([reference for reference, _ in tried], np.int64))
        return sorted((evidence(*tried[n], coarse=False) for n in best[:DECOYS]), reverse=True)

    def judged(self, reference: int, offset_s: float, *, coarse: bool = False) -> Hidden:
        """What one placement shows."""
        return min(
            (
                self._under(hypothesis, reference, offset_s, coarse=coarse)
                for hypothesis in self._tried(reference)
            ),
            key=lambda hidden: hidden.log10_evalue,
        )

    def _under(
        self, hypothesis: Hypothesis, reference: int, offset_s: float, *, coarse: bool
    ) -> Hidden:
        likeness = self._sky.likeness(
            self._view.peaks(reference),
            Placement(1.0, 0.0, offset_s),
            hypothesis.expected,
            coarse=coarse,
        )
        chance = Chance(self._modes[hypothesis], hypothesis.null.decay(self._common_s(reference)))
        return Hidden(reference, offset_s, likeness, chance.log10_evalue(likeness.evidence))

    def _tried(self, reference: int) -> list[Hypothesis]:
        common_s = self._common_s(reference)
        return [hypothesis for hypothesis in HYPOTHESES if common_s < hypothesis.longest_s]

    def _common_s(self, reference: int) -> float:
        return min(self._input_s, self._view.duration_s(reference))
