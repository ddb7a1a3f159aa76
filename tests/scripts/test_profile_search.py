"""The table of where a search spends its time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.profile_search import main
from similarity.index import ReferenceIndex
from similarity.recording.fingerprint import fingerprint
from tests.similarity.synthesis import RATE, tune, write_wav


def test_names_the_modules_that_a_search_goes_through(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = ReferenceIndex.create(tmp_path / "index")
    index.add_fingerprint("tune-1", fingerprint(tune(1, 20), RATE))
    index.commit()
    upload = write_wav(tmp_path / "upload.wav", tune(1, 20))
    assert main([str(tmp_path / "index"), str(upload)]) == 0
    printed = capsys.readouterr().out
    assert "1 references, 20 s of input" in printed
    seconds = [float(row) for row in re.findall(r"\| (?!together)\S+ \| ([\d.]+) \|", printed)]
    together = re.search(r"\| together \| ([\d.]+) \|", printed)
    assert together is not None
    assert sum(seconds) == pytest.approx(float(together[1]), abs=0.02)
    assert "| similarity.recording.voting |" in printed
    assert "| similarity.audio.decode |" in printed


def test_names_what_it_cannot_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), str(tmp_path / "none.wav")]) == 1
    assert "There is no index" in capsys.readouterr().err
