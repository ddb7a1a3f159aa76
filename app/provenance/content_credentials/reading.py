"""Reading the Content Credentials of a file that came to us, and saying what they are worth.

The library checks hashes and signatures; we decide. On top of its verdict: the leaf's certificate
by our own policy, every ingredient (a tampered one does not make the library refuse the whole), and
one manifest store only. Nothing is fetched from the network.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import c2pa
import msgspec

from app.provenance.content_credentials import leaf_policy
from app.provenance.content_credentials.containers import embedded_type_of, sidecar_type_of
from app.provenance.content_credentials.jumbf import (
    ActiveManifest,
    StoreMalformed,
    active_manifest,
    find_store,
)
from app.provenance.content_credentials.trust import TrustAnchors

_MAX_GENERATIONS: Final = 40
"""Ingredients of ingredients; thirty hands are known to work, a loop would never end."""


class CredentialState(StrEnum):
    """What Content Credentials are worth."""

    BROKEN = "broken"
    """They do not fit the file, or something in them was changed after signing."""

    UNTRUSTED = "untrusted"
    """Whole, but signed by somebody whom we have no reason to believe: anybody can do that."""

    TRUSTED = "trusted"
    """Whole, and signed under one of our trust anchors by a certificate made for this."""


class Finding(msgspec.Struct, frozen=True):
    """Something that speaks against the credentials. ``code`` is C2PA's, or ``countersign.…``."""

    code: str
    words: str
    where: str


class Ingredient(msgspec.Struct, frozen=True):
    """What the file was made from. ``label`` is its manifest's, where it has one."""

    title: str
    relationship: str
    label: str | None


class ContentCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """What a file's manifest store says, and our judgement. JSON of it is kept as evidence.

    ``claim_sha256`` identifies the manifest; the bytes around the claim are malleable.
    """

    state: CredentialState
    findings: tuple[Finding, ...]
    manifest_sha256: str
    claim_sha256: str | None = None
    label: str | None = None
    claim_generator: str | None = None
    signed_by: str | None = None
    signed_at: str | None = None
    digital_source_types: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    training_mining: dict[str, str] = {}
    ingredients: tuple[Ingredient, ...] = ()
    prompts: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        """One sentence for people."""
        match self.state:
            case CredentialState.TRUSTED:
                return f"Content Credentials signed by {self.signed_by}, whole and trusted."
            case CredentialState.UNTRUSTED:
                return (
                    f"Content Credentials signed by {self.signed_by or 'nobody we know'}, whole, "
                    "but nobody vouches for the signer."
                )
            case CredentialState.BROKEN:
                return f"Content Credentials that do not hold: {self.findings[0].words}"


def read_credentials(
    path: Path, container: str, anchors: TrustAnchors, at: datetime, store: bytes | None = None
) -> ContentCredentials | None:
    """The credentials of a file, or those that ``store``, a sidecar, gives it; None: it has none.

    CPU-bound and fit for a worker process. ``container`` matters to a sidecar alone. ``at``: when
    certificates must be valid unless a trusted time stamp says when the claim was signed.
    """
    found = store if store is not None else find_store(path)
    if found is None:
        return None
    digest = hashlib.sha256(found).hexdigest()
    context = anchors.context()
    media_type = embedded_type_of(path) if store is None else sidecar_type_of(container)
    try:
        active = active_manifest(found)
        report = _report(path, media_type, found, context)
        if store is None:
            _require_only_store(path, media_type, active, context)
    except StoreMalformed as error:
        return _unreadable(digest, "countersign.storeMalformed", str(error))
    except c2pa.C2paError as error:
        return _unreadable(digest, "countersign.unreadable", f"They cannot be read: {error}.")
    return _judged(report, active, anchors, at, digest)


def _report(path: Path, media_type: str, store: bytes, context: c2pa.Context) -> dict[str, Any]:
    # The very bytes that we took apart are judged, wherever else the file may have others.
    with (
        path.open("rb") as file,
        c2pa.Reader(media_type, file, store, context) as reader,
    ):
        report: dict[str, Any] = json.loads(reader.json())
        return report


def _require_only_store(
    path: Path, media_type: str, active: ActiveManifest, context: c2pa.Context
) -> None:
    with (
        path.open("rb") as file,
        c2pa.Reader(media_type, file, context=context) as reader,
    ):
        if json.loads(reader.json()).get("active_manifest") != active.label:
            raise StoreMalformed("The file carries more than one manifest store.")


def _unreadable(digest: str, code: str, words: str) -> ContentCredentials:
    return ContentCredentials(
        state=CredentialState.BROKEN, findings=(Finding(code, words, ""),), manifest_sha256=digest
    )


def _judged(
    report: Mapping[str, Any],
    active: ActiveManifest,
    anchors: TrustAnchors,
    at: datetime,
    digest: str,
) -> ContentCredentials:
    manifests: dict[str, Any] = report.get("manifests", {})
    manifest = manifests.get(active.label, {})
    failures = tuple(_failures(report, manifests, active.label))
    signature = manifest.get("signature_info") or {}
    signed_at = _trusted_time(report, signature)
    refusal = leaf_policy.refusal_of(active.chain, anchors.certificates, signed_at or at)
    broken = tuple(one for one in failures if not one.code.startswith("signingCredential."))
    if broken or (report.get("validation_state") == "Invalid" and not failures):
        state = CredentialState.BROKEN
    elif refusal or report.get("validation_state") != "Trusted":
        state = CredentialState.UNTRUSTED
    else:
        state = CredentialState.TRUSTED
    if refusal:
        failures += (Finding("countersign.leafRefused", refusal, active.label),)
    if state is CredentialState.BROKEN and not failures:
        failures = (Finding("countersign.invalid", "They are not valid.", active.label),)
    assertions = manifest.get("assertions") or []
    actions = list(_actions(assertions))
    return ContentCredentials(
        state=state,
        findings=(*broken, *(one for one in failures if one not in broken)),
        manifest_sha256=digest,
        claim_sha256=active.claim_sha256,
        label=active.label,
        claim_generator=_generator(manifest),
        signed_by=signature.get("issuer"),
        signed_at=signature.get("time"),
        digital_source_types=tuple(
            dict.fromkeys(
                str(action["digitalSourceType"])
                for action in actions
                if "digitalSourceType" in action
            )
        ),
        actions=tuple(str(action.get("action")) for action in actions),
        training_mining=_training_mining(assertions),
        ingredients=tuple(
            Ingredient(
                title=str(one.get("title", "")),
                relationship=str(one.get("relationship", "")),
                label=one.get("active_manifest"),
            )
            for one in manifest.get("ingredients") or []
        ),
        prompts=tuple(_prompts(active.label, assertions)),
    )


def _failures(
    report: Mapping[str, Any], manifests: Mapping[str, Any], label: str
) -> Iterator[Finding]:
    results = report.get("validation_results") or {}
    yield from _findings(results.get("activeManifest"))
    for delta in results.get("ingredientDeltas") or []:
        yield from _findings(delta.get("validationDeltas"))
    yield from _ingredient_failures(manifests, label, 0)


def _ingredient_failures(
    manifests: Mapping[str, Any], label: str, generation: int
) -> Iterator[Finding]:
    if generation > _MAX_GENERATIONS:
        yield Finding("countersign.tooDeep", "Too many generations of ingredients.", label)
        return
    for ingredient in (manifests.get(label) or {}).get("ingredients") or []:
        results = ingredient.get("validation_results") or {}
        # Whether strangers signed an ingredient is told, but the whole stands with its own signer.
        yield from (
            finding
            for finding in _findings(results.get("activeManifest"))
            if not finding.code.startswith("signingCredential.")
        )
        parent = ingredient.get("active_manifest")
        if parent:
            yield from _ingredient_failures(manifests, parent, generation + 1)


def _findings(results: Mapping[str, Any] | None) -> Iterator[Finding]:
    for failure in (results or {}).get("failure") or []:
        code = str(failure.get("code", ""))
        words = _WORDS.get(code) or str(failure.get("explanation", "")) or code
        yield Finding(code, words, str(failure.get("url", "")))


def _trusted_time(report: Mapping[str, Any], signature: Mapping[str, Any]) -> datetime | None:
    """When a trusted time stamp says that the claim was signed."""
    results = (report.get("validation_results") or {}).get("activeManifest") or {}
    trusted = any(one.get("code") == "timeStamp.trusted" for one in results.get("success") or [])
    time = signature.get("time")
    return datetime.fromisoformat(str(time)) if trusted and time else None


def _generator(manifest: Mapping[str, Any]) -> str | None:
    said = manifest.get("claim_generator_info") or []
    if not said:
        return manifest.get("claim_generator")
    return f"{said[0].get('name', '')} {said[0].get('version', '')}".strip()


def _actions(assertions: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for assertion in assertions:
        if str(assertion.get("label", "")).startswith("c2pa.actions"):
            yield from (assertion.get("data") or {}).get("actions") or []


def _training_mining(assertions: list[dict[str, Any]]) -> dict[str, str]:
    said: dict[str, str] = {}
    for assertion in assertions:
        if assertion.get("label") in {"cawg.training-mining", "c2pa.training-mining"}:
            entries = (assertion.get("data") or {}).get("entries") or {}
            said |= {str(name): str(entry.get("use")) for name, entry in entries.items()}
    return said


def _prompts(label: str, assertions: list[dict[str, Any]]) -> Iterator[str]:
    """Addresses of a vendor's assertions that disclose a prompt; they are redacted at delivery."""
    for assertion in assertions:
        name, data = str(assertion.get("label", "")), assertion.get("data")
        if name.startswith(("c2pa.", "cawg.")) or not isinstance(data, dict):
            continue
        if any("prompt" in key and isinstance(data[key], str) for key in data):
            yield f"self#jumbf=/c2pa/{label}/c2pa.assertions/{name}"


_WORDS: Final[dict[str, str]] = {
    "assertion.dataHash.mismatch": "The sound was changed after it was signed.",
    "assertion.bmffHash.mismatch": "The sound was changed after it was signed.",
    "assertion.hashedURI.mismatch": "A statement in them was changed after it was signed.",
    "assertion.missing": "A statement that was signed is missing.",
    "assertion.notRedacted": "A statement was removed in a way that is not allowed.",
    "claim.missing": "There is no claim in them.",
    "claimSignature.missing": "They are not signed.",
    "claimSignature.mismatch": "The signature does not fit what is claimed.",
    "ingredient.hashedURI.mismatch": "The credentials of what it was made from were changed.",
    "manifest.multipleParents": "They name more than one original.",
    "signingCredential.untrusted": "Nobody whom we believe vouches for the signer.",
    "signingCredential.invalid": "The signer's certificate is not one for signing claims.",
    "signingCredential.expired": "The signer's certificate had expired.",
}
"""C2PA's status codes (2.4, 15.2.3) that people meet, in plain words."""
