"""Chapters: what tracks resemble, what a reviewer decides, and the countersignature."""

from __future__ import annotations

import json

from app.provenance.signer import PrivateKeySigner
from app.screening.corpus.works import Work
from scripts.demo.chapters.provenance import bring, submit
from scripts.demo.people import Document, Person
from scripts.demo.processes import run
from scripts.demo.stage import Stage
from scripts.demo.tracks import MadeTrack

_DECIDED = frozenset({"cleared", "in_review", "blocked", "failed"})
_SHOWN_MATCHES = 2


def see_original_cleared(stage: Stage, track_id: str) -> Document:
    """The original resembles nothing; it is countersigned, and anybody can check the receipt."""
    stage.narrator.chapter("Screening: the original resembles nothing, and is countersigned")
    _tell(stage, track_id, _screening(stage.cast.creator, track_id))
    track = stage.cast.creator.wait_for(
        f"/v1/tracks/{track_id}", lambda track: track["countersignature_id"] is not None
    )
    _verify_receipt(stage, track["countersignature_id"])
    return track


def see_copy_caught(
    stage: Stage, signer: PrivateKeySigner, made: MadeTrack, work: Work, how: str
) -> str:
    """A disguised copy: the screening must find the right work."""
    rival = stage.cast.rival
    stage.narrator.chapter(how)
    track_id = bring(rival, made)
    submit(rival, track_id, made.envelope(signer))
    answer = _screening(rival, track_id)
    _tell(stage, track_id, answer)
    found = _strong(answer)
    right = bool(found) and found[0]["work"]["title"] == work.title
    stage.narrator.say(
        f"It was made from “{work.title}” ({work.source}): "
        + ("found." if right else "NOT FOUND, which is a defect.")
    )
    return track_id


def see_reviewer_decide(stage: Stage, track_id: str) -> None:
    """A person decides, with a reason that the creator reads."""
    reviewer = stage.cast.reviewer
    stage.narrator.chapter("The review desk: a person decides about the disguised tune")
    queue = reviewer.get("/v1/screenings")
    stage.narrator.say(f"{len(queue)} screenings wait. {reviewer.name} claims this one.")
    waiting = next(screening for screening in queue if screening["track_id"] == track_id)
    claimed = reviewer.post(
        f"/v1/screenings/{waiting['id']}/claim", {"expected_version": waiting["version"]}
    )
    decided = reviewer.post(
        f"/v1/screenings/{waiting['id']}/decision",
        {
            "decision": "uphold",
            "reason": "The melody is the reference note for note, transposed; the rhythm differs.",
            "expected_version": claimed["version"],
        },
    )
    stage.narrator.evidence(
        {
            "screening": decided["id"],
            "state": decided["state"],
            "reason": decided["reviews"][-1]["reason"],
        }
    )


def _screening(person: Person, track_id: str) -> Document:
    return person.wait_for(
        f"/v1/tracks/{track_id}/screening",
        lambda answer: answer["screening"]["state"] in _DECIDED,
    )


def _tell(stage: Stage, track_id: str, answer: Document) -> None:
    screening = answer["screening"]
    facts: dict[str, object] = {
        "track": track_id,
        "verdict": f"{screening['verdict']} (state {screening['state']})",
    }
    for number, match in enumerate(_strong(answer)[:_SHOWN_MATCHES], start=1):
        facts[f"match {number}"] = (
            f"{match['kind']}: {match['work']['title']}, {match['work']['composer']}"
        )
        facts[f"  where {number}"] = (
            f"{_span(match['query_span'])} here, {_span(match['reference_span'])} there; "
            f"speed {match['speed']:.3f}, pitch {match['pitch_semitones']:+.1f} semitones"
        )
        facts[f"  how sure {number}"] = (
            f"score {match['score']:.2f}, e-value {match['evalue']:.1e}, band {match['band']}"
        )
    quality = _quality(answer)
    if quality is not None:
        facts["loudness"] = (
            f"{quality['integrated_lufs']:.1f} LUFS, true peak {quality['true_peak_dbtp']:.1f} dBTP"
        )
    facts["time by stage"] = ", ".join(
        f"{stage} {milliseconds} ms" for stage, milliseconds in screening["timings_ms"].items()
    )
    stage.narrator.evidence(facts)


def _verify_receipt(stage: Stage, statement_id: str) -> None:
    public = stage.public()
    bundle = public.wait_for_success(f"/v1/statements/{statement_id}/receipt")
    receipt, log_key, jwks = (
        stage.folder / name for name in ("receipt.json", "log.vkey", "jwks.json")
    )
    receipt.write_text(json.dumps(bundle))
    log_key.write_text(public.text("/log/key"))
    jwks.write_text(public.text("/.well-known/jwks.json"))
    stage.narrator.say("A stranger fetches the receipt and verifies it with no network:")
    printed = run(
        "verify",
        "--key",
        str(jwks),
        "--log-key",
        str(log_key),
        str(receipt),
        environment=stage.service.environment,
    )
    stage.narrator.quote(printed)


def _strong(answer: Document) -> list[Document]:
    evidence = answer["evidence"] or {"matches": []}
    return [match for match in evidence["matches"] if match["band"] != "none"]


def _quality(answer: Document) -> Document | None:
    files = (answer["evidence"] or {"files": []})["files"]
    return next((file["quality"] for file in files if file["role"] == "mix"), None)


def _span(span: Document) -> str:
    return f"{span['start_s']:.1f}-{span['end_s']:.1f} s"
