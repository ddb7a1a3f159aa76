"""Files in every container, makers with certificates, and what the house says of a release."""

from __future__ import annotations

import hashlib
import io
import random
import subprocess
import wave
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import c2pa
import encypher_c2pa
import msgspec

from app.provenance.content_credentials.authority import (
    Authority,
    Certified,
    issue_leaf,
    new_authority,
)
from app.provenance.content_credentials.containers import media_type_of, sidecar_type_of
from app.provenance.content_credentials.manifest import GENERATED, Claim
from app.provenance.content_credentials.signing import ClaimSigner, Release, Signed, sign_file
from app.provenance.content_credentials.tags import Tags
from app.provenance.content_credentials.trust import TrustAnchors
from app.provenance.keys import Algorithm

NOW = datetime.now(UTC)
TAGS = Tags(title="Night Ferry", artist="Ada")
CLAIM = Claim(
    title="Night Ferry",
    artist="Ada",
    software_agent="SongGen",
    software_version="2.1",
    digital_source_type=GENERATED,
    created_at="2026-11-20T14:00:00Z",
    statement_uri="https://music.example/v1/statements/1",
    statement_sha256="0" * 64,
    countersignature_uri="https://music.example/v1/statements/2",
    countersignature_sha256="1" * 64,
    policy="https://music.example/policies/screening/v1",
    rights_uri="https://music.example/tracks/1",
    training_mining={"cawg.ai_generative_training": "notAllowed"},
)
_ENCODING = {
    "wav": ["-c:a", "pcm_s16le"],
    "mp3": ["-c:a", "libmp3lame"],
    "flac": ["-c:a", "flac"],
    "m4a": ["-c:a", "aac"],
    "ogg": ["-c:a", "libvorbis"],
    "aiff": ["-c:a", "pcm_s16be"],
}


def sound(folder: Path, container: str, seed: int = 1) -> Path:
    """A second of noise in a container."""
    plain, path = folder / f"{seed}.raw.wav", folder / f"{seed}.{container}"
    plain.write_bytes(_noise(seed))
    command = ["ffmpeg", "-v", "error", "-y", "-i", plain, *_ENCODING[container], path]
    subprocess.run(command, check=True)
    return path


def decoded(path: Path) -> str:
    """Digest of the samples, as a decoder that is not ours hears them."""
    command = ["ffmpeg", "-v", "error", "-i", path, "-f", "s16le", "-"]
    heard = subprocess.run(command, check=True, capture_output=True).stdout
    assert heard
    return hashlib.sha256(heard).hexdigest()


def signer_of(authority: Authority, leaf: Certified, algorithm: Algorithm) -> ClaimSigner:
    return ClaimSigner(
        leaf.pem + authority.issuing.pem,
        algorithm,
        TrustAnchors.of([authority.root.pem]),
        leaf.key_pem(None),
    )


def new_signer(name: str = "Countersign", algorithm: Algorithm = Algorithm.ES256) -> ClaimSigner:
    """Somebody with an authority of their own."""
    authority = new_authority(name, NOW)
    leaf = issue_leaf(
        authority.issuing, organisation=name, common_name=name, algorithm=algorithm, at=NOW
    )
    return signer_of(authority, leaf, algorithm)


def release(
    source: Path,
    target: Path,
    signer: ClaimSigner,
    *,
    opened: bool = False,
    sidecar: bytes | None = None,
    **changes: Any,
) -> Signed:
    """Sign a file; its container is its suffix."""
    claim = msgspec.structs.replace(CLAIM, **changes)
    wanted = Release(source.suffix[1:], claim, TAGS, opened or sidecar is not None, sidecar)
    return sign_file(source, target, wanted, signer)


def maker_signs(source: Path, target: Path, signer: ClaimSigner, **data: object) -> None:
    """Credentials of a generator, with an assertion of its own."""
    made, context = _made(source, data), signer.anchors.context()
    with source.open("rb") as file, target.open("w+b") as out, signer.open() as opened:
        c2pa.Builder(made, context).sign(opened, media_type_of(source.suffix[1:]), file, out)


def maker_writes_sidecar(source: Path, signer: ClaimSigner, **data: object) -> bytes:
    """The same beside a file."""
    builder = c2pa.Builder(_made(source, data), signer.anchors.context())
    builder.set_no_embed()
    media_type = sidecar_type_of(source.suffix[1:])
    with source.open("rb") as file, signer.open() as opened:
        return bytes(builder.sign(opened, media_type, file, io.BytesIO()))


def _made(source: Path, data: dict[str, object]) -> dict[str, Any]:
    return {
        "title": source.name,
        "claim_generator_info": [{"name": "SongGen", "version": "2.1", "specVersion": "2.4.0"}],
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "created": True,
                "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": GENERATED}]},
            },
            {"label": "com.songgen.generation", "created": True, "data": {"seed": "42", **data}},
        ],
    }


def second_opinion(
    path: Path, signer: ClaimSigner, store: bytes | None = None
) -> tuple[str, list[str]]:
    """What another implementation of C2PA says: its state, and the codes of what failed."""
    report = encypher_c2pa.verify(
        path.read_bytes(),
        (sidecar_type_of if store else media_type_of)(path.suffix[1:]),
        manifest_store=store,
        trust_pem=signer.anchors.pem.decode(),
        no_default_trust=True,
        telemetry=False,
    )
    results = report["validation_results"]
    return report["validation_state"], [one["code"] for one in results.get("failure", [])]


def flipped(path: Path, target: Path, at: int) -> Path:
    """A copy with one bit changed."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    target.write_bytes(data)
    return target


def _noise(seed: int) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(22_050)
        file.writeframes(random.Random(seed).randbytes(4 * 22_050))
    return buffer.getvalue()
