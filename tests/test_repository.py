"""The repository keeps its own promises: locks, docs, names."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import msgspec
import pytest

from app.core.settings import Settings, load_settings
from scripts import list_problems

ROOT = Path(__file__).parents[1]
TRACKED = subprocess.run(
    ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
).stdout.splitlines()
FORBIDDEN_NAMES = re.compile(r"(^|/)(utils?|helpers?|misc|common|manager)\.py$")


@pytest.mark.parametrize("lock", ["requirements.lock", "package-lock.json"])
def test_lock_files_name_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r'"resolved"|--index-url|--find-links', text)
    assert "://" not in re.sub(r'"url": "[^"]*"', "", text)


def test_every_requirement_is_hashed() -> None:
    lines = (ROOT / "requirements.lock").read_text()
    pinned = re.findall(r"^[a-z0-9][^\s]*==", lines, flags=re.MULTILINE)
    blocks = re.split(r"^(?=[a-z0-9])", lines, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pinned) > 50
    assert all("--hash=sha256:" in block for block in blocks)


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [name for name in TRACKED if FORBIDDEN_NAMES.search(name)] == []


def test_no_file_has_outgrown_one_sentence() -> None:
    lengths = {
        name: len((ROOT / name).read_text().splitlines())
        for name in TRACKED
        if name.endswith(".py")
        and (ROOT / name).exists()
        and not name.startswith("migrations/versions/")  # written by Alembic, a table after another
    }
    assert {name: lines for name, lines in lengths.items() if lines > 450} == {}


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    names = [f"COUNTERSIGN_{field.name.upper()}" for field in msgspec.structs.fields(Settings)]
    assert [name for name in names if name not in text] == []


def test_settings_come_from_the_environment() -> None:
    settings = load_settings(
        {
            "COUNTERSIGN_PORT": "8123",
            "COUNTERSIGN_SANDBOX": "true",
            "DATABASE_URL": "postgresql:///x",
        }
    )
    assert settings.port == 8123
    assert settings.sandbox
    assert settings.async_database_url == "postgresql+asyncpg:///x"


def test_a_setting_of_the_wrong_type_is_refused_by_name() -> None:
    with pytest.raises(msgspec.ValidationError, match="port"):
        load_settings({"COUNTERSIGN_PORT": "eighty"})


def test_every_decision_is_numbered_once() -> None:
    numbers = sorted(path.name[:4] for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert numbers == [f"{index:04d}" for index in range(1, len(numbers) + 1)]


def test_links_between_documents_lead_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        (str(document.relative_to(ROOT)), target)
        for document in documents
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text())
        if "://" not in target and not (document.parent / target).exists()
    ]
    assert broken == []


def test_every_problem_is_documented() -> None:
    assert (ROOT / "docs" / "problems.md").read_text() == list_problems.page()
