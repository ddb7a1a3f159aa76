"""The house's own keys: made once, encrypted at rest, the same ever after."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import msgspec
import pytest

from app.core.settings import Settings
from app.provenance import keys
from app.provenance.errors import KeyUnsupported
from app.provenance.house import HouseKeys


def test_keys_are_made_once_and_kept(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, public_url="https://music.example/")
    first, second = HouseKeys.load(settings), HouseKeys.load(settings)
    assert first.jwks() == second.jwks()
    assert first.log_key.vkey == second.log_key.vkey
    assert first.origin == "music.example/log"
    assert first.statements.public_key.kid != first.log.public_key.kid


def test_the_log_keeps_its_name_when_the_service_moves(tmp_path: Path) -> None:
    before = HouseKeys.load(Settings(home=tmp_path, public_url="https://old.example"))
    after = HouseKeys.load(Settings(home=tmp_path, public_url="https://new.example"))
    assert (after.origin, after.url) == (before.origin, "https://new.example")


def test_keys_at_rest_are_encrypted_and_ours_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, key_passphrase="a long and pleasant sentence")
    HouseKeys.load(settings)
    for name in ("statements.pem", "log.pem"):
        path = tmp_path / "keys" / name
        assert b"ENCRYPTED" in path.read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(KeyUnsupported):
        HouseKeys.load(msgspec.structs.replace(settings, key_passphrase="another sentence"))


def test_nodes_that_start_together_agree_on_the_keys(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    loaded: list[str] = []
    barrier = threading.Barrier(6)

    def start() -> None:
        barrier.wait()
        loaded.append(HouseKeys.load(settings).log_key.vkey)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loaded) == 6
    assert len(set(loaded)) == 1
    assert not list((tmp_path / "keys").glob(".*"))  # nothing half written is left behind


def test_published_keys_are_public_only(tmp_path: Path) -> None:
    (jwk,) = HouseKeys.load(Settings(home=tmp_path)).jwks()["keys"]
    assert keys.from_jwk(jwk).kid == jwk["kid"]
    assert "d" not in jwk
