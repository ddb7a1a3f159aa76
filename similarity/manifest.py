"""The manifest of an index: one small file that says what is in force, and proves itself whole.

    {"content": {"extractors", "generation", "lanes", "parts", "previous"},
     "format": 2,
     "sha256": of the content}

It is written in one canonical form, so that any changed byte is noticed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Self

from similarity.errors import IndexCorrupt, IndexVersionMismatch
from similarity.sums import FileSum

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from similarity.parts import State
    from similarity.sums import Part

FORMAT: Final = 3
"""Changes whenever older code could not read the folder."""

WHAT_TO_DO: Final = "Restore the folder from a backup, or delete it and build the index again."


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in force.

    ``generation`` counts commits. ``extractors`` names, for each lane, the version of the code that
    made what it holds. ``lanes`` are the lanes' states, ``parts`` the parts they name, ``previous``
    the parts of the generation before, which late readers may still be opening. ``digest`` is the
    SHA-256 (hex) of the file.
    """

    generation: int
    extractors: Mapping[str, str]
    lanes: Mapping[str, State]
    parts: Mapping[str, Part]
    previous: tuple[str, ...]
    digest: str

    @classmethod
    def empty(cls, extractors: Mapping[str, str]) -> Self:
        """What is in force in a folder without a manifest: nothing."""
        return cls(0, extractors, {}, {}, (), "")

    def followed_by(
        self, lanes: Mapping[str, State], parts: Mapping[str, Part]
    ) -> tuple[Manifest, bytes]:
        """The next generation, and the bytes of its file."""
        content = {
            "generation": self.generation + 1,
            "extractors": dict(self.extractors),
            "lanes": dict(lanes),
            "parts": {
                name: {file: asdict(total) for file, total in part.items()}
                for name, part in parts.items()
            },
            "previous": sorted(self.parts),
        }
        encoded = _encoded({"format": FORMAT, "sha256": _digest(content), "content": content})
        return _manifest(content, encoded), encoded


def read_manifest(path: Path, extractors: Mapping[str, str]) -> Manifest:
    """The manifest in a file, made by these extractors.

    Raises:
        FileNotFoundError: there is none.
        IndexCorrupt, IndexVersionMismatch
    """
    encoded = path.read_bytes()
    try:
        document = json.loads(encoded)
        if document["format"] == FORMAT and (
            _encoded(document) != encoded or _digest(document["content"]) != document["sha256"]
        ):
            raise ValueError("it does not match its checksum")
        if document["format"] != FORMAT:
            raise IndexVersionMismatch(
                f"The index in {path.parent} has format {document['format']}, this version reads "
                f"{FORMAT}: delete the folder and build it again."
            )
        manifest = _manifest(document["content"], encoded)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise IndexCorrupt(
            f"{path}, the manifest of the index, is damaged. {WHAT_TO_DO}"
        ) from error
    for lane, version in extractors.items():
        if manifest.extractors.get(lane) != version:
            raise IndexVersionMismatch(
                f"The index in {path.parent} was made by {lane} extractor "
                f"{manifest.extractors.get(lane)}, this version has {version}: "
                "delete the folder and build it again."
            )
    return manifest


def _manifest(content: dict[str, Any], encoded: bytes) -> Manifest:
    return Manifest(
        generation=int(content["generation"]),
        extractors=dict(content["extractors"]),
        lanes=dict(content["lanes"]),
        parts={
            _inside(name): {
                _inside(file): FileSum(int(total["size"]), str(total["sha256"]))
                for file, total in part.items()
            }
            for name, part in content["parts"].items()
        },
        previous=tuple(map(_inside, content["previous"])),
        digest=hashlib.sha256(encoded).hexdigest(),
    )


def _inside(name: str) -> str:
    """The name, which must lead to no place outside of the index."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError("it names a file outside of the index")
    return name


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(_encoded(content)).hexdigest()


def _encoded(value: dict[str, Any]) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True).encode()
