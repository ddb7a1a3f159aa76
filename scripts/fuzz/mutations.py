"""Damage to bytes, as wires, disks and enemies do it. Everything is drawn from the generator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import numpy as np

MOST_HITS: Final = 64
"""Places that one mutation changes: beyond that little of the format is left to be tested."""

HEADER_BYTES: Final = 256
"""Half of all hits fall here, where counts and lengths are."""

EXTREMES: Final = (0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF)
"""Values at the edges of signed and unsigned numbers."""

Mutation = Callable[[bytearray, np.random.Generator], None]


def mutated(data: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """One to three kinds of damage; ``other`` is a file of the same format to splice from."""
    damaged = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        if int(rng.integers(len(MUTATIONS) + 1)) == len(MUTATIONS):
            damaged = _spliced(damaged, other, rng)
        else:
            MUTATIONS[int(rng.integers(len(MUTATIONS)))](damaged, rng)
        if not damaged:
            break
    return bytes(damaged)


def _place(data: bytearray, rng: np.random.Generator) -> int:
    reach = min(len(data), HEADER_BYTES) if rng.random() < 0.5 else len(data)
    return int(rng.integers(reach))


def flip_bits(data: bytearray, rng: np.random.Generator) -> None:
    """Single bits, as a bad wire does."""
    for _ in range(int(rng.integers(1, MOST_HITS))):
        data[_place(data, rng)] ^= 1 << int(rng.integers(8))


def set_extremes(data: bytearray, rng: np.random.Generator) -> None:
    """Bytes at the edges of what they can hold."""
    for _ in range(int(rng.integers(1, MOST_HITS))):
        data[_place(data, rng)] = int(rng.choice(EXTREMES))


def set_number(data: bytearray, rng: np.random.Generator) -> None:
    """A whole number of two to eight bytes, large, small or nearly right, of either byte order."""
    width = int(rng.choice((2, 4, 8)))
    at = _place(data, rng)
    order: Literal["little", "big"] = "little" if rng.random() < 0.5 else "big"
    was = int.from_bytes(data[at : at + width], order)
    drawn = (0, 1, 2 ** (8 * width) - 1, 2 ** (8 * width - 1), was + 1, was - 1, was * 2)
    value = drawn[int(rng.integers(len(drawn)))] % 2 ** (8 * width)
    data[at : at + width] = value.to_bytes(width, order)[: len(data) - at]


def cut_short(data: bytearray, rng: np.random.Generator) -> None:
    """The end is missing."""
    del data[int(rng.integers(len(data))) :]


def leave_out(data: bytearray, rng: np.random.Generator) -> None:
    """A stretch is missing."""
    at = _place(data, rng)
    del data[at : at + int(rng.integers(1, 4096))]


def repeat(data: bytearray, rng: np.random.Generator) -> None:
    """A stretch comes several times."""
    at = _place(data, rng)
    stretch = bytes(data[at : at + int(rng.integers(1, 4096))])
    data[at:at] = stretch * int(rng.integers(1, 9))


def overwrite(data: bytearray, rng: np.random.Generator) -> None:
    """A stretch of noise."""
    at = _place(data, rng)
    length = min(int(rng.integers(1, 1024)), len(data) - at)
    data[at : at + length] = rng.bytes(length)


def change_number_in_text(data: bytearray, rng: np.random.Generator) -> None:
    """Digits become others, more of them, or none: numbers in notation are text."""
    digits = np.flatnonzero((np.frombuffer(bytes(data), np.uint8) - ord("0")) < 10)
    if not len(digits):
        return
    for _ in range(int(rng.integers(1, 6))):
        at = min(int(rng.choice(digits)), len(data) - 1)
        replacements = (b"0", b"-1", b"999999999", b"1e9", b"", b"\xef\xbc\x91")
        data[at : at + 1] = replacements[int(rng.integers(len(replacements)))]
        if not data:
            return


MUTATIONS: Final[tuple[Mutation, ...]] = (
    flip_bits,
    set_extremes,
    set_number,
    cut_short,
    leave_out,
    repeat,
    overwrite,
    change_number_in_text,
)


def _spliced(data: bytearray, other: bytes, rng: np.random.Generator) -> bytearray:
    """The beginning of one file and the end of another."""
    return data[: int(rng.integers(len(data))) + 1] + other[int(rng.integers(len(other))) :]
