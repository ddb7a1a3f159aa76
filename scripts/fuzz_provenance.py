"""Damage envelopes, receipts and signed files: nothing may crash, nothing altered be accepted.

    python scripts/fuzz_provenance.py [--trials N] [--seed N] [--jobs N] [--only KIND...]

Each kind is made fresh, signed with a new key, and damaged N times by seed: bytes of the document,
and bytes of what is encoded within it. A damaged document must be refused by name, or be accepted
with every signed part as it was (spelling, padding and labels are not signed). Prints a Markdown
table; the exit code is 1 when a document did anything else, or a reader died.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from tqdm import tqdm

# Started as a file, the interpreter looks beside that file only.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.errors import ServiceError
from app.provenance import checkpoint, merkle
from app.provenance.checkpoint import NoteKey, TreeHead
from app.provenance.content_credentials.authority import issue_leaf, new_authority
from app.provenance.content_credentials.containers import EMBEDDING
from app.provenance.content_credentials.jumbf import find_store
from app.provenance.content_credentials.reading import CredentialState, read_credentials
from app.provenance.content_credentials.self_test import SAMPLE
from app.provenance.content_credentials.signing import ClaimSigner, Release, sign_file
from app.provenance.content_credentials.tags import Tags
from app.provenance.content_credentials.trust import TrustAnchors
from app.provenance.dsse import INTOTO, Envelope
from app.provenance.keys import Algorithm
from app.provenance.merkle import LeafRange
from app.provenance.receipt import Receipt
from app.provenance.signer import PrivateKeySigner
from scripts.bench.report import machine
from scripts.fuzz.mutations import mutated

REFUSED, UNALTERED, ACCEPTED, UNNAMED, DIED = (
    "refused",
    "unsigned parts only",
    "altered, accepted",
    "unnamed exception",
    "reader died",
)
FINE: Final = frozenset({REFUSED, UNALTERED})
_CHUNK: Final = 250
_AROUND: Final = 256
"""Bytes beside a manifest store that its container writes about it, and that no hash covers."""

Judge = Callable[[bytes, Path], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of document: one whole, and what becomes of a damaged one."""

    name: str
    original: bytes
    inner: Callable[[bytes, np.random.Generator], bytes]
    judge: Judge


def envelopes(seed: int) -> Kind:
    """DSSE envelopes; the payload, its type and the signature are the signed parts."""
    signer = PrivateKeySigner.generate(Algorithm.ED25519)
    payload = json.dumps({"seed": str(seed), "files": ["0" * 64] * 4}).encode()
    whole = Envelope.sign(payload, INTOTO, signer)

    def inner(document: bytes, rng: np.random.Generator) -> bytes:
        wire = json.loads(document)
        member = wire if rng.random() < 0.5 else wire["signatures"][0]
        name = "payload" if member is wire else "sig"
        damaged = mutated(base64.b64decode(member[name]), payload, rng)
        member[name] = base64.b64encode(damaged).decode()
        return json.dumps(wire).encode()

    def judge(document: bytes, _: Path) -> str:
        read = Envelope.parse(document)
        read.verify(signer.public_key)
        same = (read.payload, read.payload_type) == (whole.payload, whole.payload_type)
        return UNALTERED if same else ACCEPTED

    return Kind("envelopes", whole.encode(), inner, judge)


def receipts(seed: int) -> Kind:
    """Receipts; the entry, its place and the checkpoint are the signed parts."""
    signer = PrivateKeySigner.generate(Algorithm.ED25519)
    entries = [f"{seed}/{number}".encode() for number in range(1_000)]
    nodes = merkle.append({}, 0, [merkle.leaf_hash(entry) for entry in entries])
    head = TreeHead("fuzz.example/log", len(entries), LeafRange(0, len(entries)).root(nodes))
    path = [leaves.root(nodes) for leaves in merkle.inclusion_path(617, len(entries))]
    whole = Receipt(entries[617], 617, tuple(path), checkpoint.sign(head, signer))
    key = NoteKey(head.origin, signer.public_key)

    def inner(document: bytes, rng: np.random.Generator) -> bytes:
        lines = document.decode().split("\n")
        at = int(rng.integers(1, len(lines)))
        prefix, _, encoded = lines[at].rpartition(" ")
        try:
            damaged = mutated(base64.b64decode(encoded, validate=True), b"0" * 32, rng)
        except ValueError:
            damaged = encoded.encode()[::-1]
        lines[at] = f"{prefix} {base64.b64encode(damaged).decode()}".strip()
        return "\n".join(lines).encode()

    def judge(document: bytes, _: Path) -> str:
        try:
            read = Receipt.parse(document.decode())
        except UnicodeDecodeError:
            return REFUSED
        same = read.verify(key) == head and (read.entry, read.index) == (whole.entry, whole.index)
        return UNALTERED if same else ACCEPTED

    return Kind("receipts", whole.text().encode(), inner, judge)


def signed_files(container: str, folder: Path) -> Kind:
    """Files with Content Credentials; the claim and all sound are the signed parts."""
    now = datetime.now(UTC)
    authority = new_authority("Fuzz", now)
    leaf = issue_leaf(
        authority.issuing,
        organisation="Fuzz",
        common_name="Fuzz",
        algorithm=Algorithm.ES256,
        at=now,
    )
    anchors = TrustAnchors.of([authority.root.pem])
    signer = ClaimSigner(
        leaf.pem + authority.issuing.pem, Algorithm.ES256, anchors, leaf.key_pem(None)
    )
    source, target = folder / f"source.{container}", folder / f"signed.{container}"
    noise = ["-f", "lavfi", "-i", "anoisesrc=duration=0.3:sample_rate=22050:seed=1"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *noise, str(source)], check=True)
    release = Release(container, SAMPLE, Tags(title="Fuzz", artist="Fuzz"))
    signed = sign_file(source, target, release, signer)
    whole = target.read_bytes()

    def inner(document: bytes, rng: np.random.Generator) -> bytes:
        start = document.index(signed.store[:64])
        end = start + len(signed.store)
        damaged = mutated(document[start:end], document[:1_000], rng)
        # Of the same length, so that what lies around it still fits.
        return document[:start] + damaged[: end - start].ljust(end - start, b"\0") + document[end:]

    def judge(document: bytes, path: Path) -> str:
        path.write_bytes(document)
        read = read_credentials(path, container, anchors, now)
        if read is None or read.state is not CredentialState.TRUSTED:
            return REFUSED
        same = read.claim_sha256 == signed.claim_sha256 and _hashed(path, container) == sound
        return UNALTERED if same else ACCEPTED

    sound = _hashed(target, container)
    return Kind(f"signed {container}", whole, inner, judge)


def _hashed(path: Path, container: str) -> bytes:
    """What a file holds apart from its manifest store and what the container says about that."""
    data, store = path.read_bytes(), find_store(path)
    start = data.index(store) if store else len(data)
    end = start + len(store or b"")
    # The brands of an MP4 file and the sizes of RIFF and ID3 lie outside what the standard hashes.
    head = 64 if container == "m4a" else 12
    return data[head : max(head, start - _AROUND)] + data[end + _AROUND :]


def try_some(kind: Kind, seed: int, trials: range, path: Path) -> Counter[str]:
    """How many of these trials ended in which way."""
    count: Counter[str] = Counter()
    for trial in trials:
        rng = np.random.default_rng((seed, trial))
        within = rng.random() < 0.5
        damaged = (
            kind.inner(kind.original, rng) if within else mutated(kind.original, b"{}" * 50, rng)
        )
        if damaged == kind.original:
            continue
        try:
            count[kind.judge(damaged, path)] += 1
        except ServiceError:
            count[REFUSED] += 1
        except Exception as error:  # noqa: BLE001 (whatever it is, it is what we look for)
            print(f"{kind.name}, trial {trial}: {error!r}", file=sys.stderr)
            count[UNNAMED] += 1
    return count


def _worker(name: str, seed: int, start: int, end: int) -> Counter[str]:
    with TemporaryDirectory() as folder:
        kind = _KINDS[name](seed, Path(folder))
        return try_some(kind, seed, range(start, end), Path(folder, "damaged"))


def _in_chunks(name: str, options: argparse.Namespace) -> Iterator[tuple[int, Counter[str]]]:
    with ProcessPoolExecutor(options.jobs, get_context("spawn")) as pool:
        starts = range(0, options.trials, _CHUNK)
        ends = [min(start + _CHUNK, options.trials) for start in starts]
        waiting = [
            pool.submit(_worker, name, options.seed, start, end)
            for start, end in zip(starts, ends, strict=True)
        ]
        for future, start, end in zip(waiting, starts, ends, strict=True):
            try:
                yield end - start, future.result()
            except BrokenProcessPool:
                yield end - start, Counter({DIED: 1})


def main() -> int:
    """Damage, read, count; 1 when a document did what none may do."""
    options = _parser().parse_args()
    names = [name for name in _KINDS if not options.only or name in options.only]
    counts: dict[str, Counter[str]] = {}
    with tqdm(total=options.trials * len(names), disable=None) as progress:
        for name in names:
            counts[name] = Counter()
            for done, count in _in_chunks(name, options):
                counts[name] += count
                progress.update(done)
    print(f"`{' '.join(['python scripts/fuzz_provenance.py', *sys.argv[1:]])}`\n\n{machine()}.\n")
    endings = (REFUSED, UNALTERED, ACCEPTED, UNNAMED, DIED)
    print(f"| what | damaged | {' | '.join(endings)} |\n|{'---|' * (2 + len(endings))}")
    for name, count in counts.items():
        cells = " | ".join(f"{count[ending]:,}" for ending in endings)
        print(f"| {name} | {count.total():,} | {cells} |")
    return int(any(count[ending] for count in counts.values() for ending in endings[2:]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=10_000, help="of each kind (%(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--only", nargs="*", default=[], metavar="KIND", help="some kinds only")
    return parser


_KINDS: Final[dict[str, Callable[[int, Path], Kind]]] = {
    "envelopes": lambda seed, _: envelopes(seed),
    "receipts": lambda seed, _: receipts(seed),
    **{
        f"signed {container}": lambda _, folder, it=container: signed_files(it, folder)  # type: ignore[misc]
        for container in EMBEDDING
    },
}

if __name__ == "__main__":
    sys.exit(main())
