"""C2PA's asset rubric (conformance 0.2, specification 2.4), its checks in our own words.

The rubric itself runs on JSON Formula, for which there is no Python; what it asks of manifests like
ours is asked here, of every container and of each way in which a file leaves us.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import c2pa
import pytest

from app.provenance.content_credentials.containers import (
    EMBEDDING,
    media_type_of,
    sidecar_type_of,
)
from app.provenance.content_credentials.manifest import SPEC_VERSION, Component
from app.provenance.content_credentials.reading import read_credentials
from tests.provenance.content_credentials.world import (
    NOW,
    maker_writes_sidecar,
    new_signer,
    release,
    sound,
)

HOUSE = new_signer()
MAKER = new_signer("SongGen")
STEM = Component(title="lead.wav", sha256="a" * 64, description="Stem: lead")
REFERENCE = Component(title="Reference audio", sha256="b" * 64, description="Licence: CC0-1.0")
NOT_EDITORIAL = {"c2pa.created", "c2pa.opened", "c2pa.published", "c2pa.placed"}
STANDARD = {
    "c2pa.actions.v2",
    "c2pa.hash.bmff.v3",
    "c2pa.hash.data",
    "c2pa.ingredient.v3",
    "c2pa.soft-binding",
}

Manifest = Mapping[str, Any]


def actions(manifest: Manifest) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = manifest["assertions"]["c2pa.actions.v2"]["actions"]
    return found


def ingredients(manifest: Manifest) -> list[dict[str, Any]]:
    return [one for one in manifest["assertions"].values() if "relationship" in one]


def references(manifest: Manifest, action: str) -> list[int]:
    return [
        len(one.get("parameters", {}).get("ingredients", []))
        for one in actions(manifest)
        if one["action"] == action
    ]


RULES: Mapping[str, Callable[[Manifest], bool]] = {
    "the specification's version is said where it belongs": lambda manifest: (
        manifest["claim.v2"]["claim_generator_info"]["specVersion"] == SPEC_VERSION
        and "specVersion" not in manifest["claim.v2"]
    ),
    "whether all actions are included is said": lambda manifest: isinstance(
        manifest["assertions"]["c2pa.actions.v2"].get("allActionsIncluded"), bool
    ),
    "nothing failed": lambda manifest: manifest["validationResults"]["failure"] == [],
    "actions are the first created assertion, inception the first action": lambda manifest: (
        next(
            one["url"]
            for one in manifest["claim.v2"]["created_assertions"]
            if "c2pa.actions" in one["url"]
        ).endswith("c2pa.actions.v2")
        and actions(manifest)[0]["action"] in {"c2pa.created", "c2pa.opened"}
    ),
    "what is created has a source type, what is opened has none": lambda manifest: all(
        ("digitalSourceType" in one) is (one["action"] == "c2pa.created")
        for one in actions(manifest)
    ),
    "only known assertions, or named after their owner": lambda manifest: all(
        label.partition("__")[0] in STANDARD or ("." in label and not label.startswith("c2pa."))
        for label in manifest["assertions"]
    ),
    "no action that would need a source type": lambda manifest: all(
        one["action"] in NOT_EDITORIAL for one in actions(manifest)
    ),
    "parameters are those of version 2": lambda manifest: all(
        one.get("parameters", {}).keys() <= {"ingredients"} for one in actions(manifest)
    ),
    "the manifest's name is a C2PA URN": lambda manifest: manifest["label"].startswith("urn:c2pa:"),
    "ingredients have results exactly where they have a manifest": lambda manifest: all(
        ("activeManifest" in one) is ("validationResults" in one) for one in ingredients(manifest)
    ),
    "what was opened refers to its one parent": lambda manifest: all(
        count == 1 for count in references(manifest, "c2pa.opened")
    ),
    "what was placed refers to what it is": lambda manifest: all(
        count > 0 for count in references(manifest, "c2pa.placed")
    ),
    "hashes name no address": lambda manifest: all(
        "url" not in value
        for label, value in manifest["assertions"].items()
        if label.startswith("c2pa.hash")
    ),
}


@pytest.mark.parametrize("way", ["created", "opened", "redacted"])
@pytest.mark.parametrize("container", [*EMBEDDING, "ogg"])
def test_what_leaves_us_keeps_the_rubric(tmp_path: Path, container: str, way: str) -> None:
    source, target = sound(tmp_path, container), tmp_path / f"out.{container}"
    if way == "created":
        signed = release(source, target, HOUSE, stems=(STEM,), references=(REFERENCE,))
    else:
        beside = maker_writes_sidecar(source, MAKER, prompt="a slow air in D")
        read = read_credentials(source, container, MAKER.anchors, NOW, beside)
        assert read is not None
        redactions = read.prompts if way == "redacted" else ()
        signed = release(source, target, HOUSE, sidecar=beside, redactions=redactions)
    media_type = (media_type_of if signed.embedded else sidecar_type_of)(container)
    store = None if signed.embedded else signed.store
    with (
        target.open("rb") as file,
        c2pa.Reader(media_type, file, store, HOUSE.anchors.context()) as reader,
    ):
        manifest = json.loads(reader.crjson())["manifests"][0]
    assert [rule for rule, holds in RULES.items() if not holds(manifest)] == []
