"""How things are told to people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.console import formats
from app.console.evidence import chance_in_words, tempo_in_words, transposition_in_words

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0:00.0"), (67.44, "1:07.4"), (59.96, "1:00.0"), (3600, "60:00.0")]
)
def test_timecodes(seconds: float, told: str) -> None:
    assert formats.timecode(seconds) == told


@pytest.mark.parametrize(
    ("away", "told"),
    [
        (timedelta(seconds=-10), "just now"),
        (timedelta(days=-3), "3 days ago"),
        (timedelta(hours=2), "in 2 hours"),
    ],
)
def test_relative_times(away: timedelta, told: str) -> None:
    assert formats.relative(NOW + away, NOW) == told


@pytest.mark.parametrize(("points", "told"), [(10_000, "100%"), (3_334, "33.34%"), (5, "0.05%")])
def test_basis_points_are_exact(points: int, told: str) -> None:
    assert formats.basis_points(points) == told


@pytest.mark.parametrize(
    ("size", "told"), [(999, "999 bytes"), (1_834_123, "1.8 MB"), (2_000_000_000_000, "2,000 GB")]
)
def test_file_sizes(size: int, told: str) -> None:
    assert formats.file_size(size) == told


def test_money_keeps_its_minor_units() -> None:
    assert formats.amount(4_900, "EUR") == "€49.00"
    assert formats.amount(4_900, "JPY").endswith("4,900")


@pytest.mark.parametrize(
    ("semitones", "told"),
    [
        (3.02, "a minor third higher"),
        (-12, "an octave lower"),
        (0.1, "same pitch"),
        (2.5, "2.5 semitones higher"),
        (-19, "19.0 semitones lower"),
    ],
)
def test_transpositions(semitones: float, told: str) -> None:
    assert transposition_in_words(semitones) == told


@pytest.mark.parametrize(
    ("speed", "told"),
    [
        (1.005, "same tempo"),
        (1.12, "12% faster than the reference"),
        (0.9, "10% slower than the reference"),
    ],
)
def test_tempos(speed: float, told: str) -> None:
    assert tempo_in_words(speed) == told


@pytest.mark.parametrize(
    ("evalue", "told"),
    [
        (1e-12, "practically never as good"),
        (0.01, "as good once in 100 such searches"),
        (7.2, "some 7 as good in every search"),
    ],
)
def test_chance(evalue: float, told: str) -> None:
    assert chance_in_words(evalue) == told
