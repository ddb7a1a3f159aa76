"""C2PA's Soft Binding Resolution API 2.4 over HTTP, but for what needs the catalogue's index."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from app.core.actor import Role
from app.core.clock import TestClock
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.core.unit_of_work import UnitOfWorkFactory
from app.identity import service as identity
from app.provenance.content_credentials import bindings
from app.provenance.content_credentials.iscc import units_of
from app.provenance.content_credentials.jumbf import active_manifest
from app.provenance.receipt import Receipt
from app.screening.soft_binding.api import ResolutionController
from app.screening.soft_binding.service_api import ResolutionServiceController, discover
from app.screening.soft_binding.store_api import ManifestController
from tests.http import client_for
from tests.provenance.content_credentials.world import new_signer, release, sound
from tests.provenance.generators import OPERATOR, new_house
from tests.releasing import ThisProcess
from tests.similarity.synthesis import tune, write_wav

HOUSE = new_house()
CONTROLLERS = [ResolutionController, ManifestController, ResolutionServiceController, discover]
AUDIO = b"\x22\x07" + bytes(range(32))
INSTANCE = b"\x40\x07" + bytes(range(32))


@pytest.fixture
async def runtime(settings: Settings, clock: TestClock) -> AsyncIterator[Runtime]:
    runtime = Runtime.build(settings, clock)
    yield replace(runtime, pool=ThisProcess())
    await runtime.close()


@pytest.fixture
async def http(units: UnitOfWorkFactory, runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    async with client_for(units, CONTROLLERS, runtime=runtime, house=HOUSE) as client:
        yield client


@pytest.fixture
async def operator(units: UnitOfWorkFactory) -> dict[str, str]:
    return await key_of(units, Role.OPERATOR)


async def key_of(units: UnitOfWorkFactory, role: Role) -> dict[str, str]:
    async with units.begin(OPERATOR) as uow:
        person = await identity.sign_up(
            uow,
            email=f"{role.value}@music.example",
            display_name=role.value,
            password="a long password",
            roles=frozenset({role}),
        )
        _, secret = await identity.create_api_key(uow, person_id=person.id, name="test")
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Manifest stores of somebody else's files."""
    folder, signer = tmp_path_factory.mktemp("makers"), new_signer()
    return [
        release(sound(folder, "wav", seed), folder / f"{seed}.out.wav", signer).store
        for seed in (1, 2)
    ]


def base64_of(value: bytes) -> str:
    return base64.b64encode(value).decode()


def bits_flipped(unit: bytes, count: int) -> bytes:
    body = int.from_bytes(unit[2:]) ^ ((1 << count) - 1)
    return unit[:2] + body.to_bytes(32)


async def store(http: httpx.AsyncClient, operator: dict[str, str], content: bytes) -> str:
    answer = await http.post("/c2pa/manifests", content=content, headers=operator)
    assert answer.status_code == 200, answer.text
    label: str = answer.json()["manifestId"]
    return label


async def bind(
    http: httpx.AsyncClient, operator: dict[str, str], label: str, value: bytes, verb: str = "POST"
) -> httpx.Response:
    body = {"bindingValue": base64_of(value), "manifestId": label}
    return await http.request(verb, "/c2pa/bindings", json=body, headers=operator)


async def resolve(http: httpx.AsyncClient, value: bytes, **more: Any) -> list[dict[str, Any]]:
    asked = {"alg": "io.iscc.v0", "value": base64_of(value), **more}
    answer = await http.get("/c2pa/matches/byBinding", params=asked)
    assert answer.status_code == 200, answer.text
    maximum = {name: asked.pop(name) for name in ("maxResults",) if name in asked}
    large = await http.post("/c2pa/matches/byBinding", json=asked, params=maximum)
    assert large.json() == answer.json()
    matches: list[dict[str, Any]] = answer.json()["matches"]
    return matches


def refused(answer: httpx.Response, status: int, slug: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.json()["type"].endswith(f"/{slug}")


async def test_a_manifest_is_stored_found_by_its_binding_and_deleted(
    http: httpx.AsyncClient, operator: dict[str, str], stores: list[bytes]
) -> None:
    label = await store(http, operator, stores[0])
    assert label == active_manifest(stores[0]).label
    assert await store(http, operator, stores[0]) == label  # again is once
    address = f"/c2pa/manifests/{label}"
    fetched = await http.get(address)
    assert (fetched.content, fetched.headers["content-type"]) == (stores[0], "application/c2pa")
    alone = await http.get(address, params={"returnActiveManifest": True})
    assert active_manifest(alone.content).label == label

    assert (await bind(http, operator, label, AUDIO + INSTANCE)).status_code == 204
    assert (await bind(http, operator, label, AUDIO + INSTANCE)).status_code == 204
    found = [{"manifestId": label, "similarityScore": 100}]
    assert await resolve(http, AUDIO) == await resolve(http, INSTANCE) == found
    deleted = await http.delete(address, headers=operator)
    assert deleted.status_code == 204
    assert await resolve(http, AUDIO) == []
    refused(await http.get(address), 404, "not-found")


async def test_a_code_leads_to_what_is_alike_and_an_instance_to_itself(
    http: httpx.AsyncClient, operator: dict[str, str], stores: list[bytes]
) -> None:
    near, far = [await store(http, operator, content) for content in stores]
    await bind(http, operator, near, bits_flipped(AUDIO, 3) + INSTANCE)
    await bind(http, operator, far, bits_flipped(AUDIO, bindings.MOST_DIFFERING))
    assert [(one["manifestId"], one["similarityScore"]) for one in await resolve(http, AUDIO)] == [
        (near, 99),
        (far, 94),
    ]
    assert len(await resolve(http, AUDIO, maxResults=1)) == 1
    assert len(await resolve(http, AUDIO, maxResults=1000)) == 2
    assert await resolve(http, bits_flipped(AUDIO, 40)) == []
    assert await resolve(http, bits_flipped(INSTANCE, 1)) == []


async def test_a_binding_is_moved_to_another_manifest(
    http: httpx.AsyncClient, operator: dict[str, str], stores: list[bytes]
) -> None:
    first, second = [await store(http, operator, content) for content in stores]
    refused(await bind(http, operator, second, AUDIO, "PUT"), 404, "binding-unknown")
    await bind(http, operator, first, AUDIO)
    assert (await bind(http, operator, second, AUDIO, "PUT")).status_code == 204
    assert [one["manifestId"] for one in await resolve(http, AUDIO)] == [second]
    assert (await bind(http, operator, second, AUDIO, "PUT")).status_code == 204


async def test_a_receipt_is_had_at_once_and_is_checked(
    http: httpx.AsyncClient, operator: dict[str, str], stores: list[bytes]
) -> None:
    answer = await http.post(
        "/c2pa/manifests", params={"returnReceipt": True}, content=stores[0], headers=operator
    )
    label, receipt = answer.json()["manifestId"], answer.json()["receipt"]
    assert receipt["@type"] == "org.c2pa.manifest-receipt"
    assert receipt["repository"] == {"uri": f"{HOUSE.url}/c2pa", "manifestId": label}
    Receipt.parse(receipt["anchor"]["proof"]["value"]).verify(HOUSE.log_key)
    address = f"/c2pa/manifests/{label}/receipts"
    assert (await http.get(address)).json() == receipt
    assert (await http.post(address, json=receipt)).json()["verified"] is True

    other = await store(http, operator, stores[1])
    refused(await http.get(f"/c2pa/manifests/{other}/receipts"), 409, "not-yet-sealed")
    for wrong in (
        {**receipt, "repository": {**receipt["repository"], "manifestId": other}},
        {**receipt, "anchor": {"uri": "", "proof": {"alg": "none", "value": ""}}},
        _with_proof(receipt, "garbage"),
        _with_proof(receipt, receipt["anchor"]["proof"]["value"].replace("index 0", "index 1")),
    ):
        checked = (await http.post(address, json=wrong)).json()
        assert checked["verified"] is False
        assert checked["error"]
    moved = {**receipt, "repository": {**receipt["repository"], "manifestId": other}}
    checked = await http.post(f"/c2pa/manifests/{other}/receipts", json=moved)
    assert "another entry" in checked.json()["error"]
    mistyped = await http.post(address, json={**receipt, "@type": "something"})
    refused(mistyped, 400, "bad-request")


def _with_proof(receipt: dict[str, Any], value: str) -> dict[str, Any]:
    proof = {**receipt["anchor"]["proof"], "value": value}
    return {**receipt, "anchor": {**receipt["anchor"], "proof": proof}}


async def test_what_is_no_manifest_or_another_of_the_name_is_refused(
    http: httpx.AsyncClient, operator: dict[str, str], stores: list[bytes]
) -> None:
    for content in (b"", b"no boxes", stores[0][:-100]):
        answer = await http.post("/c2pa/manifests", content=content, headers=operator)
        refused(answer, 422, "credentials-broken")
    await store(http, operator, stores[0])
    padded = bytearray(stores[0])
    padded[stores[0].rindex(b"cpad") + 16] ^= 1  # malleable, so another store of one manifest
    again = await http.post("/c2pa/manifests", content=bytes(padded), headers=operator)
    refused(again, 409, "manifest-exists")


@pytest.mark.parametrize(
    ("alg", "value", "slug"),
    [
        ("com.example.other", base64_of(AUDIO), "binding-algorithm-unsupported"),
        ("io.iscc.v0", "not*base64", "binding-malformed"),
        ("io.iscc.v0", base64_of(AUDIO[:-1]), "binding-malformed"),
    ],
)
async def test_bindings_that_cannot_be_looked_up_are_refused_in_words(
    http: httpx.AsyncClient,
    operator: dict[str, str],
    stores: list[bytes],
    *,
    alg: str,
    value: str,
    slug: str,
) -> None:
    asked = {"alg": alg, "value": value}
    refused(await http.get("/c2pa/matches/byBinding", params=asked), 400, slug)
    refused(await http.post("/c2pa/matches/byBinding", json=asked), 400, slug)
    hint = {"hintAlg": alg, "hintValue": value}
    by_hint = await http.post(
        "/c2pa/matches/byContent", params=hint, content=b"no sound", headers=operator
    )
    refused(by_hint, 400, slug)
    label = await store(http, operator, stores[0])
    body = {"alg": alg, "bindingValue": value, "manifestId": label}
    for verb in ("POST", "PUT"):
        answer = await http.request(verb, "/c2pa/bindings", json=body, headers=operator)
        refused(answer, 400, slug)


async def test_a_hint_is_used_where_the_sound_leads_nowhere(
    http: httpx.AsyncClient, operator: dict[str, str], stores: list[bytes]
) -> None:
    label = await store(http, operator, stores[0])
    await bind(http, operator, label, INSTANCE)
    hint = {"alg": "io.iscc.v0", "hintAlg": "io.iscc.v0", "hintValue": base64_of(INSTANCE)}
    asked = await http.post(
        "/c2pa/matches/byContent", params=hint, content=b"no sound", headers=operator
    )
    assert [one["manifestId"] for one in asked.json()["matches"]] == [label]


async def test_content_is_found_by_the_iscc_of_its_sound(
    http: httpx.AsyncClient, operator: dict[str, str], stores: list[bytes], tmp_path: Path
) -> None:
    song = write_wav(tmp_path / "song.wav", tune(9, 20.0))
    folder, signer = tmp_path, new_signer()
    signed = await asyncio.to_thread(release, song, folder / "song.out.wav", signer)
    label = await store(http, operator, signed.store)
    await bind(http, operator, label, signed.binding)
    assert len(units_of(signed.binding)) == 2
    content = await asyncio.to_thread(song.read_bytes)
    asked = await http.post(
        "/c2pa/matches/byContent", params={"alg": "io.iscc.v0"}, content=content, headers=operator
    )
    assert asked.json() == {"matches": [{"manifestId": label, "similarityScore": 100}]}


async def test_storing_is_for_operators_and_asking_by_sound_for_those_with_an_account(
    http: httpx.AsyncClient, units: UnitOfWorkFactory, stores: list[bytes]
) -> None:
    creator = await key_of(units, Role.CREATOR)
    body = {"bindingValue": base64_of(AUDIO), "manifestId": "urn:c2pa:1"}
    for headers, status in (({}, 401), (creator, 403)):
        stored = await http.post("/c2pa/manifests", content=stores[0], headers=headers)
        deleted = await http.delete("/c2pa/manifests/urn:c2pa:1", headers=headers)
        bound = await http.post("/c2pa/bindings", json=body, headers=headers)
        moved = await http.put("/c2pa/bindings", json=body, headers=headers)
        assert {answer.status_code for answer in (stored, deleted, bound, moved)} == {status}
    assert (await http.post("/c2pa/matches/byContent", content=b"")).status_code == 401
    assert (await http.post("/c2pa/matches/byReference", json={})).status_code == 401


async def test_addresses_are_not_asked_unless_the_operator_allows_it(
    http: httpx.AsyncClient, operator: dict[str, str]
) -> None:
    body = {"referenceUrl": "https://127.0.0.1/song.wav", "assetLength": 10}
    asked = await http.post("/c2pa/matches/byReference", json=body, headers=operator)
    refused(asked, 403, "references-not-fetched")


@pytest.fixture
async def fetching(
    units: UnitOfWorkFactory, runtime: Runtime
) -> AsyncIterator[tuple[httpx.AsyncClient, Runtime]]:
    """A service that fetches what callers name."""
    allowed = msgspec.structs.replace(runtime.settings, resolve_references=True)
    allowing = replace(runtime, settings=allowed)
    async with client_for(units, CONTROLLERS, runtime=allowing, house=HOUSE) as client:
        yield client, allowing


@pytest.mark.parametrize(
    "url",
    [
        "http://music.example/song.wav",
        "https://127.0.0.1/song.wav",
        "https://[::1]/song.wav",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/song.wav",
        "file:///etc/passwd",
        "https://nowhere.invalid/song.wav",
    ],
)
async def test_only_public_addresses_are_asked(
    fetching: tuple[httpx.AsyncClient, Runtime], operator: dict[str, str], url: str
) -> None:
    client, _ = fetching
    body = {"referenceUrl": url, "assetLength": 10}
    asked = await client.post("/c2pa/matches/byReference", json=body, headers=operator)
    refused(asked, 502, "reference-unreachable")


async def test_a_file_elsewhere_is_found_if_it_has_the_length_that_was_announced(
    units: UnitOfWorkFactory,
    runtime: Runtime,
    operator: dict[str, str],
    stores: list[bytes],
    tmp_path: Path,
) -> None:
    song = write_wav(tmp_path / "song.wav", tune(9, 20.0))
    content = await asyncio.to_thread(song.read_bytes)
    settings = msgspec.structs.replace(runtime.settings, resolve_references=True, sandbox=True)
    allowing = replace(runtime, settings=settings)
    server = await asyncio.start_server(_serve(content), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/song.wav"
    async with (
        server,
        client_for(units, CONTROLLERS, runtime=allowing, house=HOUSE) as client,
    ):
        signed = await asyncio.to_thread(release, song, tmp_path / "out.wav", new_signer())
        label = await store(client, operator, signed.store)
        await bind(client, operator, label, signed.binding)

        async def ask(length: int) -> httpx.Response:
            return await client.post(
                "/c2pa/matches/byReference",
                params={"alg": "io.iscc.v0"},
                json={"referenceUrl": url, "assetLength": length},
                headers=operator,
            )

        found = await ask(len(content))
        assert [one["manifestId"] for one in found.json()["matches"]] == [label]
        for length in (len(content) - 1, len(content) + 1):
            refused(await ask(length), 502, "reference-unreachable")
        capable = (await client.get("/c2pa/services/capabilities")).json()
        assert "queryByReference" in capable["supportedCapabilities"]


def _serve(content: bytes) -> Any:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(content) + content)
        await writer.drain()
        writer.close()

    return answer


async def test_the_service_says_what_it_can_and_where_it_is(
    http: httpx.AsyncClient, clock: TestClock
) -> None:
    algorithms = (await http.get("/c2pa/services/supportedAlgorithms")).json()
    assert algorithms == {"watermarks": [], "fingerprints": [{"alg": "io.iscc.v0"}]}
    capable = (await http.get("/c2pa/services/capabilities")).json()
    assert capable == {
        "c2paSpecificationVersion": "2.4.0",
        "supportedCapabilities": ["queryByContent", "storeManifests", "storeBindings"],
    }
    assert (await http.get("/c2pa/services/status")).json()["status"] == "ok"
    found = (await http.get("/.well-known/c2pa-soft-binding-resolution")).json()
    assert found["apiEndpoint"].endswith("/c2pa")
    assert found["capabilitiesEndpoint"] == f"{found['apiEndpoint']}/services/capabilities"
