"""The calibration plot, from reports to a picture."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from scripts import bench_calibration


def report(path: Path, evalues: list[float], n: int) -> Path:
    """A report of the benchmark with one sample in it."""
    path.write_text(json.dumps({"chance": {"recordings, 20 s": {"n": n, "evalues": evalues}}}))
    return path


def test_the_same_reports_give_the_same_picture(tmp_path: Path) -> None:
    evalues = np.random.default_rng(1).exponential(1.0, 200).tolist()
    source = report(tmp_path / "report.json", evalues, 200)
    pictures = [tmp_path / "a.svg", tmp_path / "b.svg"]
    for picture in pictures:
        assert bench_calibration.main([str(source), "--out", str(picture)]) == 0
    assert pictures[0].read_bytes() == pictures[1].read_bytes()
    assert b"<svg" in pictures[0].read_bytes()


def test_other_claims_give_another_picture(tmp_path: Path) -> None:
    drawn = []
    for name, evalues in (("honest", [0.5, 1.0, 2.0]), ("boastful", [1e-5, 1e-4, 1e-3])):
        picture = tmp_path / f"{name}.svg"
        source = report(tmp_path / f"{name}.json", evalues, 3)
        bench_calibration.main([str(source), "--out", str(picture)])
        drawn.append(picture.read_bytes())
    assert drawn[0] != drawn[1]


def test_reports_without_unknown_inputs_are_refused(tmp_path: Path) -> None:
    picture = tmp_path / "none.svg"
    assert bench_calibration.main([str(report(tmp_path / "r.json", [], 0)), "--out", str(picture)])
    assert not picture.exists()
