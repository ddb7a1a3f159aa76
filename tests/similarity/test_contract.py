"""``python -m similarity``, as an outside program uses it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.similarity.synthesis import RATE, resampled, tune, write_wav

MATCH_KEYS = {
    "kind",
    "reference",
    "score",
    "evalue",
    "query_span_s",
    "reference_span_s",
    "speed",
    "pitch_semitones",
    "band",
}

TUNES = {
    "d": "X:1\nT:One\nM:4/4\nL:1/8\nK:G\nG2BG dGBd|g2fe dBAG|c2ec B2dB|AGAB AFED|\n"
    "G2BG dGBd|g2fe dBAG|cBAG FGAF|G2B2 G4|\n",
    "e": "X:1\nT:Two\nM:6/8\nL:1/8\nK:D\nA|dfa afd|gbg faf|efe dBA|B2A AFA|dfd ceA|\n"
    "dcd BAF|GFE FAd|edc d2|\n",
    "f": "X:1\nT:Three\nM:3/4\nL:1/4\nK:C\nE G c|d c A|G E C|D2 E|F A f|e d B|c A F|G3|\n"
    "A c a|g e c|d B G|c3|\n",
}


def run(*arguments: str | Path) -> tuple[int, list[dict[str, Any]], str]:
    """Exit status, one object per line of output, what was said on the side."""
    done = subprocess.run(
        [sys.executable, "-m", "similarity", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three recordings, one in a subfolder, three tunes, a text and a hidden file."""
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "more").mkdir()
    write_wav(folder / "a.wav", tune(1, 25))
    write_wav(folder / "b.wav", tune(2, 25))
    write_wav(folder / "more" / "c.wav", tune(3, 25))
    for name in ("d", "e", "f"):
        (folder / f"{name}.abc").write_text(TUNES[name])
    (folder / "readme.txt").write_text("Nothing to hear here.\n")
    (folder / ".hidden.wav").write_bytes(b"")
    return folder


@pytest.fixture(scope="module")
def index(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("out") / "index"
    status, lines, _ = run("index", "--out", directory, folder)
    assert status == 0
    (summary,) = lines
    assert (summary["recordings"], summary["melodies"], summary["errors"]) == (3, 3, [])
    assert summary["ignored"] == [str(folder / "readme.txt")]
    return directory


def test_answers_each_input_in_order(index: Path, folder: Path, tmp_path: Path) -> None:
    faster = write_wav(tmp_path / "faster.wav", resampled(tune(2, 25)[3 * RATE :], 1.12))
    damaged = tmp_path / "damaged.wav"
    damaged.write_bytes(b"RIFF\x00\x00")
    inputs = [folder / "a.wav", damaged, faster, folder / "e.abc", tmp_path / "missing.flac"]
    status, answers, _ = run("search", "--index", index, *inputs)
    assert status == 3
    assert [answer["path"] for answer in answers] == [str(path) for path in inputs]
    itself, broken, sped_up, score, missing = answers
    for answer in (broken, missing):
        assert set(answer) == {"path", "error"}
        assert set(answer["error"]) == {"type", "message"}
        assert answer["error"]["type"] == "unreadable-media"
    for answer in (itself, sped_up, score):
        assert set(answer) == {"path", "duration_s", "verdict", "matches", "elapsed_s"}
        assert answer["verdict"] == "block"
        evalues = [match["evalue"] for match in answer["matches"]]
        assert evalues == sorted(evalues)
        assert all(set(match) == MATCH_KEYS for match in answer["matches"])
        assert all(0 <= match["score"] <= 1 for match in answer["matches"])
    assert itself["matches"][0]["reference"] == str(folder / "a.wav")
    assert score["matches"][0]["reference"] == str(folder / "e.abc")
    assert score["matches"][0]["kind"] == "melody"
    best = sped_up["matches"][0]
    assert (best["kind"], best["reference"]) == ("recording", str(folder / "b.wav"))
    assert best["speed"] == pytest.approx(1.12, rel=0.01)
    assert best["pitch_semitones"] == pytest.approx(1.96, abs=0.3)
    start = best["reference_span_s"][0] - best["query_span_s"][0] * best["speed"]
    assert start == pytest.approx(3.0, abs=0.5)


def test_keeps_to_the_kind_and_number_asked_for(index: Path, folder: Path) -> None:
    status, answers, _ = run(
        *("search", "--index", index, "--kind", "melody", "--top", "1"),
        *(folder / "a.wav", folder / "d.abc"),
    )
    assert status == 0
    assert all(match["kind"] == "melody" for match in answers[0]["matches"])
    assert answers[0]["verdict"] == "clear"
    assert [match["reference"] for match in answers[1]["matches"]] == [str(folder / "d.abc")]


def test_says_when_a_named_file_cannot_be_indexed(folder: Path, tmp_path: Path) -> None:
    status, lines, _ = run(
        "index", "--out", tmp_path / "index", folder / "readme.txt", folder / "a.wav"
    )
    assert status == 3
    assert lines[0]["recordings"] == 1
    assert [error["error"]["type"] for error in lines[0]["errors"]] == ["unsupported-media"]


def test_wrong_usage_and_a_missing_index_are_said_in_words(tmp_path: Path, folder: Path) -> None:
    status, lines, said = run("search", "--index", tmp_path, folder / "a.wav")
    assert (status, lines) == (2, [])
    assert "no index" in said
    assert run("search", "--index", tmp_path)[0] == 2
    assert run("search", "--index", tmp_path, "--top", "0", "x.wav")[0] == 2
