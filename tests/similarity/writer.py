"""A process that adds references one commit at a time, once it is told to.

python -m tests.similarity.writer INDEX NAME COUNT
"""

from __future__ import annotations

import sys
from pathlib import Path

from similarity.index import ReferenceIndex
from tests.similarity.small import small_fingerprint, small_score


def main(directory: Path, name: str, count: int) -> None:
    index = ReferenceIndex.open(directory)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(count):
        reference = f"{name}-{number}"
        seed = seed_of(reference)
        index.add_fingerprint(reference, small_fingerprint(seed))
        index.add_score(reference, small_score(seed))
        index.commit()


def seed_of(reference: str) -> int:
    """The seed of a reference's numbers: another for every name."""
    return int.from_bytes(reference.encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
