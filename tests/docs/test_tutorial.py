"""The tutorial keeps its word: every cell runs, in order, in an empty folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial-similarity.md"
CELL = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_every_cell_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = TUTORIAL.read_text()
    cells = list(CELL.finditer(text))
    assert len(cells) >= 10
    shared: dict[str, object] = {"__name__": "tutorial"}
    for cell in cells:
        # Empty lines in front, so that a traceback names the tutorial's own line.
        lines_before = text.count("\n", 0, cell.start(1))
        exec(compile("\n" * lines_before + cell[1], str(TUTORIAL), "exec"), shared)
    assert "piece 2 block" in capsys.readouterr().out
    assert (tmp_path / "recording.png").exists()
    assert (tmp_path / "melody.png").exists()
