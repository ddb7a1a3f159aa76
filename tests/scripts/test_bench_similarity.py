"""The whole benchmark, as a person runs it, on a folder made of numbers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.similarity.synthesis import tune, write_wav

ROOT = Path(__file__).parents[2]
TUNES = (
    "G2BG dGBd|g2fe dBAG|c2ec B2dB|AGAB AFED|G2BG dGBd|g2fe dBAG|cBAG FGAF|G2B2 G4|",
    "dfa afd|gbg faf|efe dBA|B2A AFA|dfd ceA|dcd BAF|GFE FAd|edc d2A|dfa afd|gbg faf|",
    "E2G2 c2d2|c2A2 G2E2|C2D2 E2F2|A2f2 e2d2|B2c2 A2F2|G2A2 c2a2|g2e2 c2d2|B2G2 A2c2|",
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The JSON of one quick run over four pieces of music and three tunes."""
    folder, out = tmp_path_factory.mktemp("music"), tmp_path_factory.mktemp("out")
    for seed in range(4):
        write_wav(folder / f"{seed}.wav", tune(seed, 50.0))
    for number, notes in enumerate(TUNES):
        bars = "|".join(notes.strip("|").split("|") * 3)
        (folder / f"{number}.abc").write_text(f"X:1\nT:{number}\nM:4/4\nL:1/8\nK:G\n{bars}|\n")
    chosen = ["channels, 20 s/clean", "speed 90", "unknown music, 20 s", "noises, d", "melodies"]
    command = [sys.executable, "scripts/bench_similarity.py", str(folder), "--out", str(out)]
    options = ["--quick", "--part", "all", "--baselines", "--aside", "0.3", "--seed", "8"]
    done = subprocess.run(
        [*command, *options, "--rows", *chosen],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (out / "report.md").read_text() in done.stdout
    found: dict[str, Any] = json.loads((out / "report.json").read_text())
    return found


def cell(report: dict[str, Any], row: str) -> dict[str, Any]:
    return next(cell for cell in report["cells"] if cell["row"] == row)


def test_what_is_there_is_found_and_counted(report: dict[str, Any]) -> None:
    for row in ("clean", "speed 90 %"):
        found = cell(report, row)
        assert (found["hits"], found["n"], found["passed"]) == (1, 1, True)
        assert found["interval"] == pytest.approx([0.025, 1.0])
    assert cell(report, "clean")["peers"]["audfprint-style"] == 1
    assert cell(report, "speed 90 %")["peers"]["audfprint-style"] == 0


def test_what_is_not_there_is_not_found(report: dict[str, Any]) -> None:
    assert cell(report, "unknown music, 20 s")["hits"] == 0
    noises = cell(report, "noises, tones, drones, silence, speech")
    assert (noises["hits"], noises["n"]) == (0, 2)
    assert {cell(report, kind)["n"] for kind in ("drone", "digital silence")} == {1}


def test_melodies_have_their_rows(report: dict[str, Any]) -> None:
    assert cell(report, "16 notes exact, top 5")["floor"] == 0.95


def test_the_report_says_what_it_was_made_on(report: dict[str, Any]) -> None:
    assert "cores" in report["machine"]
    assert any(version.startswith("sox") for version in report["versions"])
    assert len(report["engine"]) == 64


def test_a_folder_without_music_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing to hear")
    command = [sys.executable, "scripts/bench_similarity.py", str(tmp_path)]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "out")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "neither audio nor a score" in done.stderr
