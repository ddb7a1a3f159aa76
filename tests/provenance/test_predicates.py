"""What docs/predicates/ publishes is what the code takes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest

from app.provenance import authoring, music_generation
from app.provenance import statement as in_toto
from app.provenance.authoring import prompt_of
from app.provenance.errors import StatementInvalid
from app.provenance.music_generation import MusicGeneration
from app.provenance.statement import MUSIC_GENERATION
from tests.provenance.generators import generation

PUBLISHED = Path(__file__).parents[2] / "docs" / "predicates"


def current_schema() -> str:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": MUSIC_GENERATION,
        **msgspec.json.schema(MusicGeneration),
    }
    return json.dumps(schema, indent=2) + "\n"


def test_the_published_schema_is_that_of_the_code() -> None:
    """Changed on purpose? A member may be added to v1; anything else needs a v2."""
    published = (PUBLISHED / "music-generation.v1.schema.json").read_text("utf-8")
    assert published == current_schema()


def test_the_documented_example_is_taken(tmp_path: Path) -> None:
    page = (PUBLISHED / "music-generation.md").read_text("utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    mix = tmp_path / "mix.wav"
    mix.write_bytes(b"RIFF")
    declared = authoring.read_generation(example.encode())
    payload = authoring.unsigned_statement(declared, [mix], {})
    assert in_toto.parse(payload).subject == (authoring.subject_of(mix),)


def test_stems_are_bound_with_their_roles(tmp_path: Path) -> None:
    for name in ("mix", "bass"):
        (tmp_path / name).write_bytes(name.encode())
    payload = authoring.unsigned_statement(
        generation(), [tmp_path / "mix"], {"bass": tmp_path / "bass"}
    )
    claim = in_toto.parse(payload)
    (stem,) = music_generation.parse(claim).stems
    assert (stem.role, stem.sha256) == (
        "bass",
        authoring.subject_of(tmp_path / "bass").digest.sha256,
    )
    assert len(claim.subject) == 2


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mix.wav").write_bytes(folder.encode())
    with pytest.raises(StatementInvalid, match="same name"):
        authoring.unsigned_statement(
            generation(), [tmp_path / "a/mix.wav", tmp_path / "b/mix.wav"], {}
        )


def test_a_prompt_is_private_unless_disclosed() -> None:
    salt = b"0123456789abcdef"
    private, disclosed = (
        prompt_of("a slow air", salt=salt, disclose=disclose) for disclose in (False, True)
    )
    assert (private.text, private.salt) == (None, None)
    assert private.salted_sha256 == disclosed.salted_sha256
    assert private.salted_sha256 != prompt_of("a reel", salt=salt, disclose=False).salted_sha256
    with pytest.raises(ValueError, match="16 bytes"):
        prompt_of("a slow air", salt=b"short", disclose=False)


@pytest.mark.parametrize("document", [b"", b"{}", b"[" * 100_000, b"\xff", b'{"sede":"1"}'])
def test_other_generation_documents_are_refused(document: bytes) -> None:
    with pytest.raises(StatementInvalid):
        authoring.read_generation(document)
