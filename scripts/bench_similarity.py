"""Make every row of the floors table from any folders of audio and scores.

    python scripts/bench_similarity.py FOLDER... [--out DIR] [--seed N] [--rows TEXT...]
        [--references N] [--queries N] [--part tune|report|all] [--baselines] [--quick]

Files are known by their content, never by their names: a hash says which are references and which
are held aside as unknown music. ffmpeg and sox make the distortions, by seed; what they made is
kept under ``--out``, so that an ended run goes on where it was. Prints Markdown, and writes it
with JSON to ``--out``. ``--families`` is a folder of tunes with a ``labels.tsv``.
"""

from __future__ import annotations

import argparse
import math
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

# Started as a file, the interpreter looks beside that file only.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.bench import melodies, noises, recordings
from scripts.bench.baselines import build_baselines
from scripts.bench.cells import Cell, Figure
from scripts.bench.judging import MISSED
from scripts.bench.kept import Kept
from scripts.bench.material import Part, Split, Work, divide, find_works
from scripts.bench.montage import HOUR_S
from scripts.bench.recordings import Size
from scripts.bench.report import Circumstances, machine, markdown, to_json, versions
from scripts.bench.scores import family_labels, load_works
from scripts.bench.searching import Answer, Setting, Task, search_all
from similarity.media import MediaKind

PEERS = ("audfprint-style", "AcoustID-style")
QUICK = Size(per_row=1, whole=0, hours=0, joined=1, unknown=2, noises=1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the wanted rows; 1 when there is nothing to run them on."""
    options = _parser().parse_args(arguments)
    works = find_works(options.folders, options.out)
    audio = _split(options, works, MediaKind.AUDIO)
    scores = _split(options, works, MediaKind.SCORE)
    if not audio.sources and not scores.sources and not options.families:
        print("There is neither audio nor a score to make references of.", file=sys.stderr)
        return 1
    cells: list[Cell | Figure] = []
    more: dict[str, object] = {}
    material = [f"part reported on: {options.part}; seed {options.seed}"]
    if audio.sources:
        setting = _setting(options, audio)
        found, summary = _recordings(options, setting)
        cells += found
        more |= summary
        material.append(_described(audio))
        material.append(f"speech by {noises.speech_by()}")
    if scores.sources or options.families:
        found, evalues = _melodies(options, scores)
        cells += found
        more["melody_chance"] = {"melodies, 60 notes": _chance(evalues)}
        material.append(
            f"{len(scores.references)} files of scores as references, "
            f"{len(scores.unknown)} held aside"
        )
    command = " ".join(["python scripts/bench_similarity.py", *(arguments or sys.argv[1:])])
    engine = recordings.engine_digest()
    about = Circumstances(command, engine, machine(), versions(), tuple(material))
    report = markdown(cells, about, PEERS)
    print(report)
    (options.out / "report.md").write_text(report)
    (options.out / "report.json").write_text(to_json(cells, about, more))
    return 0


def _recordings(
    options: argparse.Namespace, setting: Setting
) -> tuple[list[Cell | Figure], dict[str, object]]:
    wanted = _wanted(options.rows)
    size = QUICK if options.quick else _size(options)
    todo = recordings.jobs(setting, size, wanted)
    if not todo:
        return [], {}
    summary = recordings.build(setting)
    if setting.baselines:
        build_baselines(setting.baselines, [work.path for work in setting.split.references])
    kept = Kept(options.out / f"answers-{recordings.answers_key(setting)}")
    known = {job: answer for job in todo if (answer := kept.get(job))}
    for answer in search_all(setting, [job for job in todo if job not in known], options.jobs):
        kept.put(answer)
        known[answer.job] = answer
    answers = [known[job] for job in todo]
    for answer in answers:
        if answer.unread:
            print(answer.unread, file=sys.stderr)
    hours = sum(work.seconds for work in setting.split.references) / 3600
    return recordings.tables(answers, setting.index, hours), {
        "index": summary,
        "misses": [it for answer in answers for it in _missed(answer)],
        "false_accepts": [it for answer in answers for it in _wrong(answer)],
        "chance": {
            f"recordings, {seconds:g} s": _chance(
                answer.evalue
                for answer in answers
                if answer.job.task is Task.UNKNOWN and answer.job.row == f"{seconds:g}"
            )
            for seconds in recordings.UNKNOWN_SECONDS
        },
    }


def _chance(evalues: Iterable[float]) -> dict[str, object]:
    """The smallest E-value of each of ``n`` inputs that have nothing to be found, where any is."""
    found = list(evalues)
    return {"n": len(found), "evalues": sorted(it for it in found if math.isfinite(it))}


def _missed(answer: Answer) -> list[dict[str, object]]:
    outcomes = answer.outcomes or (MISSED,) * len(answer.rows)
    return [
        {
            "task": answer.job.task,
            "row": answer.job.row or row,
            "upload": answer.upload,
            "accepted": outcome.accepted,
            "first": outcome.first,
            "evalue": outcome.evalue if outcome.accepted else None,
        }
        for row, outcome in zip(answer.rows, outcomes, strict=True)
        if not outcome.hit
    ]


def _wrong(answer: Answer) -> list[dict[str, object]]:
    return [
        {
            "task": answer.job.task,
            "row": answer.job.row,
            "upload": answer.upload,
            "reference": Path(it.reference).name,
            "evalue": it.evalue,
            "band": it.band,
        }
        for it in answer.wrong
    ]


def _melodies(options: argparse.Namespace, split: Split) -> tuple[list[Cell | Figure], list[float]]:
    wanted = _wanted(options.rows)
    cells: list[Cell | Figure] = []
    work = options.out / "scores"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    rng = np.random.default_rng(options.seed)
    others = load_works([it.path for it in split.references])
    if options.families and wanted("tune families"):
        tunes, labels = load_works([options.families]), family_labels(options.families)
        cells += melodies.families(work / "alone", tunes, labels, {})
        if others:
            cells += melodies.families(work / "among", tunes, labels, others)
    if not others or not wanted("melodies"):
        return cells, []
    count = 2 if options.quick else options.queries
    index, built = melodies.index_scores(work / "references", others)
    asked = {str(it.path) for it in split.sources}
    # Tunes of a tune book are called after the book, a hash and a number.
    sources = {
        name: score
        for name, score in others.items()
        if name in asked or name.rpartition("#")[0] in asked
    }
    cells += [built, *melodies.planted(index, sources, count, rng)]
    cells += melodies.in_other_dress(index, sources, count, rng)
    unknown = load_works([it.path for it in split.unknown])
    if not unknown:
        return cells, []
    most = 4 if options.quick else options.unknown
    cells += melodies.strangers(index, unknown, most, rng)
    return cells, melodies.smallest_evalues(index, unknown, most, rng)


def _setting(options: argparse.Namespace, split: Split) -> Setting:
    key = recordings.index_key(split)
    return Setting(
        split=split,
        seed=options.seed,
        index=options.out / f"index-{key}",
        uploads=options.out / "uploads",
        hour_s=HOUR_S,
        unknown_pieces=QUICK.unknown if options.quick else options.unknown,
        baselines=options.out / f"baselines-{recordings.references_key(split)}"
        if options.baselines
        else None,
    )


def _split(options: argparse.Namespace, works: Sequence[Work], kind: MediaKind) -> Split:
    return divide(
        [work for work in works if work.kind is kind],
        seed=options.seed,
        aside=options.aside,
        part=options.part,
        most_references=options.references,
    )


def _described(split: Split) -> str:
    def hours(works: Sequence[Work]) -> str:
        return f"{sum(work.seconds for work in works) / 3600:.2f} h"

    return (
        f"{len(split.references)} recordings as references ({hours(split.references)}), "
        f"{len(split.sources)} of them asked for; "
        f"{len(split.unknown)} held aside ({hours(split.unknown)}); "
        f"{len(noises.REFERENCE_KINDS)} noises in the index, too"
    )


def _wanted(texts: Sequence[str]) -> recordings.Wanted:
    return lambda name: not texts or any(text in name for text in texts)


def _size(options: argparse.Namespace) -> Size:
    return Size(
        options.queries,
        options.whole if options.whole is not None else max(1, options.queries // 5),
        options.hours,
        options.queries,
        options.unknown,
        options.noises,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--families", type=Path, help="tunes with a labels.tsv")
    parser.add_argument("--out", type=Path, default=Path("var/bench"), help="%(default)s")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", type=Part, choices=list(Part), default=Part.REPORT)
    parser.add_argument("--aside", type=float, default=0.4, help="share held aside as unknown")
    parser.add_argument("--rows", nargs="*", default=[], help="only rows with one of these in them")
    parser.add_argument("--references", type=int, help="at most so many")
    parser.add_argument("--queries", type=int, default=100, help="excerpts for each row")
    parser.add_argument("--whole", type=int, help="whole files for each row (a fifth of that)")
    parser.add_argument("--hours", type=int, default=20, help="hour-long uploads")
    parser.add_argument("--unknown", type=int, default=4000, help="pieces of unknown music")
    parser.add_argument("--noises", type=int, default=400)
    parser.add_argument("--baselines", action="store_true", help="measure peers, too")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--quick", action="store_true", help="one query a row: does it run at all?")
    return parser


if __name__ == "__main__":
    sys.exit(main())
