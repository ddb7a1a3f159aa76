"""Writing a music-generation statement about files, for whoever signs one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from app.provenance import music_generation
from app.provenance import statement as in_toto
from app.provenance.errors import StatementInvalid
from app.provenance.music_generation import MusicGeneration, Prompt, Stem
from app.provenance.statement import MUSIC_GENERATION, DigestSet, Subject

_SHORTEST_SALT: Final = 16


def subject_of(path: Path) -> Subject:
    """A file as a subject: its name, and the SHA-256 of its bytes."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Subject(name=path.name, digest=DigestSet(sha256=digest))


def prompt_of(text: str, *, salt: bytes, disclose: bool, language: str | None = None) -> Prompt:
    """A prompt for a statement; kept private unless ``disclose``. ``salt`` is 16 random bytes.

    Raises:
        ValueError: the salt is too short to hide a guessable prompt.
    """
    if len(salt) < _SHORTEST_SALT:
        raise ValueError(f"a salt needs at least {_SHORTEST_SALT} bytes")
    return Prompt(
        salted_sha256=music_generation.salted_sha256(text, salt),
        salt=salt.hex() if disclose else None,
        text=text if disclose else None,
        language=language,
    )


def unsigned_statement(
    generation: MusicGeneration, files: Sequence[Path], stems: Mapping[str, Path]
) -> bytes:
    """The canonical payload that binds files to how they were made.

    ``files`` are the mix and the scores; ``stems`` maps what each stem plays to its file and
    replaces the stems of ``generation``.

    Raises:
        StatementInvalid: no file, or the declarations contradict each other.
        OSError: a file cannot be read.
    """
    parts = {role: subject_of(path) for role, path in stems.items()}
    subjects = [*(subject_of(path) for path in files), *parts.values()]
    declared = tuple(Stem(sha256=part.digest.sha256, role=role) for role, part in parts.items())
    complete = msgspec.structs.replace(generation, stems=declared)
    predicate: dict[str, object] = msgspec.to_builtins(complete)
    payload = in_toto.encode(subjects, MUSIC_GENERATION, predicate)
    music_generation.parse(in_toto.parse(payload))
    return payload


def read_generation(document: bytes) -> MusicGeneration:
    """The declarations of a generator from a JSON file as ``docs/predicates`` describes it.

    Raises:
        StatementInvalid: says which member is missing, unknown or malformed.
    """
    try:
        return msgspec.json.decode(document, type=MusicGeneration)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise StatementInvalid(f"The generation document is not valid: {error}.") from error
