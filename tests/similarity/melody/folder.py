"""The parts of a snapshot as plain folders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from similarity.errors import IndexCorrupt


@dataclass(frozen=True)
class FolderParts:
    """Parts below one folder, all of them in force."""

    root: Path

    def folder(self, name: str) -> Path:
        if not (self.root / name).is_dir():
            raise IndexCorrupt(f"no part {name}")
        return self.root / name

    def new(self) -> tuple[str, Path]:
        name = f"part-{len(list(self.root.iterdir())):03d}"
        (self.root / name).mkdir()
        return name, self.root / name
