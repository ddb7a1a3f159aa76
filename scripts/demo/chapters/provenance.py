"""Chapters: a generator registers its key; tracks arrive signed, and forgeries are refused."""

from __future__ import annotations

import base64
from urllib.parse import quote

from app.provenance.dsse import pre_authentication_encoding
from app.provenance.keys import Algorithm
from app.provenance.signer import PrivateKeySigner
from scripts.demo.audio import flip_one_byte
from scripts.demo.people import Document, Person
from scripts.demo.stage import Stage
from scripts.demo.tracks import GENERATOR, PROVIDER, MadeTrack


def register_generator(stage: Stage) -> PrivateKeySigner:
    """A model vendor's product and its signing key."""
    stage.narrator.chapter("A model vendor is registered, and proves that it holds its key")
    operator = stage.cast.operator
    signer = PrivateKeySigner.generate(Algorithm.ED25519)
    generator = operator.post("/v1/generators", {"name": GENERATOR, "provider": PROVIDER})
    proposed = operator.post(
        f"/v1/generators/{generator['id']}/keys", {"public_key_pem": signer.public_key.pem()}
    )
    challenge = proposed["challenge"]
    proof = signer.sign(
        pre_authentication_encoding(
            challenge["payload_type"], base64.b64decode(challenge["payload"])
        )
    )
    key = operator.post(
        f"/v1/keys/{signer.public_key.kid}/proof", {"signature": base64.b64encode(proof).decode()}
    )
    stage.narrator.say(f"{GENERATOR} by {PROVIDER} signed our challenge with its private key.")
    stage.narrator.evidence(
        {"generator": generator["id"], "key id": key["kid"], "state": key["state"]}
    )
    return signer


def bring(person: Person, made: MadeTrack) -> str:
    """Open a track and stream its files up; its id."""
    track = person.post("/v1/tracks", {"title": made.title, "artist_name": person.name})
    for role, path in made.files():
        person.upload(f"/v1/tracks/{track['id']}/assets/{role}/{quote(path.name)}", path)
    identifier: str = track["id"]
    return identifier


def submit(person: Person, track_id: str, envelope: bytes) -> Document:
    """Send the signed statement; screening begins when it is accepted."""
    answer: Document = person.send(
        f"/v1/tracks/{track_id}/submission", envelope, "application/json"
    )
    return answer


def upload_original(stage: Stage, signer: PrivateKeySigner, made: MadeTrack) -> str:
    """The hero of the story: forged papers are refused, the honest ones accepted."""
    narrator, creator = stage.narrator, stage.cast.creator
    narrator.chapter("A creator uploads an original; forged papers are refused one by one")
    track_id = bring(creator, made)
    narrator.say(
        f"{creator.name} streamed up {len(made.files())} files of “{made.title}”: a mix, two "
        "stems and a MIDI score."
    )
    honest = made.envelope(signer)
    unknown = made.envelope(PrivateKeySigner.generate(Algorithm.ED25519))
    for what, envelope in (
        ("A statement by a key that nobody registered.", unknown),
        ("The honest signature on another payload.", _with_payload_of(honest, unknown)),
    ):
        narrator.refused(what, _refusal(creator, track_id, envelope))
    submit(creator, track_id, honest)
    narrator.say("The honest statement is accepted: signature, key and all digests fit.")
    return track_id


def upload_tampered(stage: Stage, signer: PrivateKeySigner, made: MadeTrack) -> None:
    """One byte of a stem was changed after the generator had signed."""
    narrator, rival = stage.narrator, stage.cast.rival
    narrator.chapter("A tampered upload: one bit of one stem is not what was signed")
    envelope = made.envelope(signer)
    flip_one_byte(next(iter(made.stems.values())))
    track_id = bring(rival, made)
    narrator.refused("The statement binds the stem as it was.", _refusal(rival, track_id, envelope))


def _refusal(person: Person, track_id: str, envelope: bytes) -> Document:
    return person.refusal(lambda: submit(person, track_id, envelope))


def _with_payload_of(signed: bytes, other: bytes) -> bytes:
    """The signature of one envelope over the payload of another."""
    payload = signed.split(b'"payload":"')[1].split(b'"')[0]
    foreign = other.split(b'"payload":"')[1].split(b'"')[0]
    altered = foreign[:-8] + foreign[-8:].swapcase() if payload == foreign else foreign
    return signed.replace(payload, altered)
