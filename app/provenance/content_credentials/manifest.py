"""The manifest that leaves us with a file: what C2PA 2.4 and its conformance rubric ask for.

A file that came without Content Credentials was *created* by the generator whose signed statement
we verified. One that came with them was *opened*: the maker's manifest becomes its parent. Then it
was *published*. Update manifests are not used: they do not hold in WAV, MP3 and FLAC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

import msgspec

from app.provenance.content_credentials import soft_binding
from app.provenance.music_generation import AiFacets

SPEC_VERSION: Final = "2.4.0"
GENERATED: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
COMPOSITE: Final = (
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
)

PROVENANCE: Final = "example.countersign.provenance"
SCREENING: Final = "example.countersign.screening"
LICENCE: Final = "cawg.metadata"
TRAINING_MINING: Final = "cawg.training-mining"

_COMPONENT: Final = "componentOf"
_INPUT: Final = "inputTo"

_SCHEMA: Final = "1"
"""In the data, because the library drops a version ``v1`` from a label."""


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """Another file that went into this one, by its digest (SHA-256 hex)."""

    title: str
    sha256: str
    description: str


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What the house says of a released file; plain values, fit for a worker process.

    ``statement_sha256`` and ``countersignature_sha256`` (hex) are digests of payloads in the log;
    ``redactions`` are addresses of the maker's assertions that disclose a prompt. ``stems`` were
    mixed into the file, ``references`` were what the generator was given to follow.
    """

    title: str
    artist: str
    software_agent: str
    software_version: str
    digital_source_type: str
    created_at: str
    statement_uri: str
    statement_sha256: str
    countersignature_uri: str
    countersignature_sha256: str
    policy: str
    rights_uri: str
    training_mining: Mapping[str, str] = {}
    redactions: tuple[str, ...] = ()
    stems: tuple[Component, ...] = ()
    references: tuple[Component, ...] = ()


def digital_source_type(facets: AiFacets) -> str:
    """IPTC's word: fully generated, or a composite where people had a share."""
    shares = msgspec.structs.astuple(facets)
    return COMPOSITE if "partial" in shares else GENERATED


def definition(claim: Claim, binding: bytes, *, opened: bool) -> dict[str, Any]:
    """The library's manifest definition. ``opened``: the file had credentials of its maker.

    ``binding``: the ISCC-SEQ of the file that is signed.
    """
    found: dict[str, Any] = {
        "title": claim.title,
        "claim_generator_info": [
            {
                "name": "Countersign",
                "version": version("countersign"),
                "specVersion": SPEC_VERSION,
            }
        ],
        "assertions": [*_assertions(claim, opened=opened), soft_binding.assertion(binding)],
    }
    if not opened:
        found["ingredients"] = list(_ingredients(claim))
    if opened and claim.redactions:
        found["redactions"] = list(claim.redactions)
    return found


def _assertions(claim: Claim, *, opened: bool) -> Iterator[dict[str, Any]]:
    # Validators disagree about c2pa.redacted: what one demands, another refuses. Both accept a
    # redaction that the claim alone declares, and then the actions are not all there.
    complete = not (opened and claim.redactions)
    yield _created(
        "c2pa.actions.v2",
        {"allActionsIncluded": complete, "actions": _actions(claim, opened=opened)},
    )
    if claim.training_mining:
        entries = {name: {"use": use} for name, use in claim.training_mining.items()}
        yield {"label": TRAINING_MINING, "data": {"entries": entries}}
    yield _created(
        PROVENANCE,
        {
            "schema": _SCHEMA,
            "statement": {
                "uri": claim.statement_uri,
                "digest": {"sha256": claim.statement_sha256},
            },
        },
    )
    yield _created(
        SCREENING,
        {
            "schema": _SCHEMA,
            "verificationResult": "PASSED",
            "policy": {"uri": claim.policy},
            "countersignature": {
                "uri": claim.countersignature_uri,
                "digest": {"sha256": claim.countersignature_sha256},
            },
        },
    )
    yield {"label": LICENCE, "kind": "Json", "data": dict(_licence(claim))}


def _actions(claim: Claim, *, opened: bool) -> list[dict[str, Any]]:
    published = {"action": "c2pa.published"}
    if opened:  # how it was made before, its maker's manifest tells
        return [published]
    created: dict[str, Any] = {
        "action": "c2pa.created",
        "when": claim.created_at,
        "digitalSourceType": claim.digital_source_type,
        "softwareAgent": {"name": claim.software_agent, "version": claim.software_version},
    }
    if claim.references:
        created["parameters"] = {"ingredientIds": _names(_INPUT, claim.references)}
    if not claim.stems:
        return [created, published]
    placed = {
        "action": "c2pa.placed",
        "parameters": {"ingredientIds": _names(_COMPONENT, claim.stems)},
    }
    return [created, placed, published]


def _ingredients(claim: Claim) -> Iterator[dict[str, Any]]:
    for relationship, components in ((_COMPONENT, claim.stems), (_INPUT, claim.references)):
        for name, one in zip(_names(relationship, components), components, strict=True):
            yield {
                "label": name,
                "relationship": relationship,
                "title": one.title,
                "description": one.description,
                "instance_id": f"urn:hash::sha256:{one.sha256}",
            }


def _names(relationship: str, components: Sequence[Component]) -> list[str]:
    """By which the library knows an ingredient until it has its own label for it."""
    return [f"{relationship}{number}" for number, _ in enumerate(components)]


def _licence(claim: Claim) -> Mapping[str, Any]:
    # IPTC and XMP names, as CAWG's metadata assertion (1.1) wants them.
    return {
        "@context": {
            "dc": "http://purl.org/dc/elements/1.1/",
            "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
        },
        "dc:title": claim.title,
        "dc:creator": [claim.artist],
        "xmpRights:Marked": True,
        "xmpRights:WebStatement": claim.rights_uri,
        "xmpRights:UsageTerms": "Use needs a licence; its certificate names this file by digest.",
    }


def _created(label: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {"label": label, "created": True, "data": dict(data)}
