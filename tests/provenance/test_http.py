"""Provenance over HTTP, from the registration of a generator to the offline verification."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from app.core.actor import Actor, ActorKind, Role, system
from app.core.unit_of_work import UnitOfWorkFactory
from app.identity import service as identity
from app.provenance import checkpoint, keys, merkle, offline, service
from app.provenance.api import GeneratorController, StatementController
from app.provenance.checkpoint import NoteKey
from app.provenance.dsse import pre_authentication_encoding
from app.provenance.house import HouseKeys
from app.provenance.jobs import ProvenanceJobs
from app.provenance.keys import Algorithm
from app.provenance.log_api import LogController, read_house_keys
from app.provenance.offline import Trust
from app.provenance.signer import PrivateKeySigner
from tests.http import client_for
from tests.provenance.generators import ASSETS, OPERATOR, envelope, new_house, payload, register

CONTROLLERS = [GeneratorController, StatementController, LogController, read_house_keys]


@dataclass
class Bench:
    """A client of a running house, and what the test may reach behind it."""

    client: httpx.AsyncClient
    units: UnitOfWorkFactory
    house: HouseKeys

    async def sign_up(self, name: str, role: Role) -> tuple[str, dict[str, str]]:
        async with self.units.begin(system("test")) as uow:
            person = await identity.sign_up(
                uow,
                email=f"{name}@example.org",
                display_name=name,
                password="a long and pleasant sentence",
                roles=frozenset({role}),
            )
            _, secret = await identity.create_api_key(uow, person_id=person.id, name="test")
        return person.id, {"Authorization": f"Bearer {secret}"}

    async def seal(self) -> None:
        await ProvenanceJobs(self.units, self.house).seal_queued()

    async def issue(self, subject_id: str, owner_id: str | None) -> str:
        async with self.units.begin(OPERATOR) as uow:
            statement = await service.issue_statement(
                uow,
                self.house,
                subject_id=subject_id,
                predicate_type="https://countersign.example/predicates/test/v1",
                subjects=offline.in_toto.parse(payload()).subject,
                predicate={"subject": subject_id},
                owner_id=owner_id,
            )
        return statement.id


@pytest.fixture
async def bench(units: UnitOfWorkFactory) -> AsyncIterator[Bench]:
    house = new_house()
    async with client_for(units, CONTROLLERS, house=house) as client:
        yield Bench(client, units, house)


def problem(answer: httpx.Response) -> str:
    kind: str = answer.json()["type"]
    return kind.rpartition("/")[2]


async def test_a_vendor_registers_and_rotates_a_key(bench: Bench) -> None:
    _, operator = await bench.sign_up("operator", Role.OPERATOR)
    answer = await bench.client.post(
        "/v1/generators", json={"name": "SongGen", "provider": "Labs"}, headers=operator
    )
    assert answer.status_code == 201
    generator = answer.json()["id"]
    signer = PrivateKeySigner.generate(Algorithm.ES256)
    answer = await bench.client.post(
        f"/v1/generators/{generator}/keys",
        json={"public_key_pem": signer.public_key.pem()},
        headers=operator,
    )
    assert answer.status_code == 201
    proposed = answer.json()
    assert proposed["key"]["state"] == "pending"
    challenge = proposed["challenge"]
    message = pre_authentication_encoding(
        challenge["payload_type"], base64.b64decode(challenge["payload"])
    )
    path = f"/v1/keys/{signer.public_key.kid}"
    wrong = base64.b64encode(signer.sign(b"something else")).decode()
    answer = await bench.client.post(f"{path}/proof", json={"signature": wrong}, headers=operator)
    assert (answer.status_code, problem(answer)) == (422, "proof-of-possession-failed")
    proof = base64.b64encode(signer.sign(message)).decode()
    answer = await bench.client.post(f"{path}/proof", json={"signature": proof}, headers=operator)
    assert (answer.status_code, answer.json()["state"]) == (200, "active")
    answer = await bench.client.post(f"{path}/retirement", headers=operator)
    assert answer.json()["state"] == "retired"
    since = "2026-11-19T00:00:00Z"
    answer = await bench.client.post(
        f"{path}/revocation", json={"compromised_since": since}, headers=operator
    )
    assert answer.json()["compromised_since"] == since
    published = (await bench.client.get(path)).json()
    assert published["state"] == "revoked"
    assert keys.from_jwk(published["public_jwk"]).kid == signer.public_key.kid


async def test_only_operators_change_the_registry(bench: Bench) -> None:
    _, creator = await bench.sign_up("creator", Role.CREATOR)
    body = {"name": "SongGen", "provider": "Labs"}
    assert (await bench.client.post("/v1/generators", json=body)).status_code == 401
    answer = await bench.client.post("/v1/generators", json=body, headers=creator)
    assert answer.status_code == 403


async def test_a_receipt_is_fetched_and_verified_offline(bench: Bench) -> None:
    statement = await bench.issue("grt_1", owner_id=None)
    answer = await bench.client.get(f"/v1/statements/{statement}/receipt")
    assert (answer.status_code, problem(answer)) == (409, "not-yet-sealed")
    assert int(answer.headers["Retry-After"]) > 0
    await bench.seal()
    jwks = (await bench.client.get("/.well-known/jwks.json")).json()["keys"]
    vkey = (await bench.client.get("/log/key")).text
    trust = Trust(
        statement_keys={jwk["kid"]: keys.from_jwk(jwk) for jwk in jwks},
        logs=(NoteKey.from_vkey(vkey),),
    )
    answer = await bench.client.get(f"/v1/statements/{statement}/receipt")
    report = offline.verify(answer.content, trust)
    assert report.accepted
    assert {finding.outcome.value for finding in report.findings} == {"passed"}
    answer = await bench.client.get(f"/v1/statements/{statement}")
    assert answer.headers["content-type"] == "application/vnd.dsse.envelope.v1+json"
    assert offline.verify(answer.content, trust).accepted


async def test_private_statements_are_hidden_from_strangers(bench: Bench) -> None:
    owner_id, owner = await bench.sign_up("owner", Role.CREATOR)
    _, stranger = await bench.sign_up("stranger", Role.CREATOR)
    _, reviewer = await bench.sign_up("reviewer", Role.REVIEWER)
    statement = await bench.issue("grt_2", owner_id=owner_id)
    await bench.seal()
    for path in (f"/v1/statements/{statement}", f"/v1/statements/{statement}/receipt"):
        seen = [
            (await bench.client.get(path, headers=headers)).status_code
            for headers in (owner, reviewer, stranger, {})
        ]
        assert seen == [200, 200, 404, 404]


async def test_the_log_is_served_as_tiles(bench: Bench) -> None:
    assert (await bench.client.get("/log/checkpoint")).status_code == 404
    for number in range(3):
        await bench.issue(f"grt_{number}", owner_id=None)
        await bench.seal()
    answer = await bench.client.get("/log/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    head = checkpoint.verify(answer.text, bench.house.log_key)
    tile = await bench.client.get("/log/tile/0/000.p/3")
    entries = await bench.client.get("/log/tile/entries/000.p/3")
    assert tile.headers["content-type"] == "application/octet-stream"
    assert "immutable" in tile.headers["cache-control"]
    length = int.from_bytes(entries.content[:2])
    assert merkle.leaf_hash(entries.content[2 : 2 + length]) == tile.content[:32]
    first, second, third = (tile.content[start : start + 32] for start in (0, 32, 64))
    assert merkle.node_hash(merkle.node_hash(first, second), third) == head.root
    proof = (await bench.client.get("/log/proof/consistency?from=2&to=3")).json()
    hashes = [base64.b64decode(digest) for digest in proof["hashes"]]
    old = merkle.node_hash(first, second)
    assert merkle.verify_consistency(2, 3, old, head.root, hashes)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/log/tile/0/001", 404),
        ("/log/tile/0/000.p/9", 404),
        ("/log/tile/00/000.p/1", 404),
        ("/log/tile/-1/000.p/1", 404),
        ("/log/tile/64/000.p/1", 404),
        ("/log/tile/9999999999999999999999/000.p/1", 404),
        ("/log/tile/x/000", 404),
        ("/log/tile/entries/x999/x999/x999/x999/999", 404),
        ("/log/tile/0/000.p/1", 200),
        ("/log/proof/consistency?from=0&to=1", 400),
        ("/log/proof/consistency?from=1&to=99", 400),
        ("/log/proof/consistency?from=x&to=1", 400),
        ("/log/proof/consistency", 400),
        ("/v1/keys/nobody", 404),
        ("/v1/keys/%00", 404),
        ("/v1/statements/stm_x", 404),
        ("/v1/statements/grt_01jd3v9w0mf7v8ap3v5k3m3r2c/receipt", 404),
    ],
)
async def test_what_is_not_there(bench: Bench, path: str, status: int) -> None:
    await bench.issue("grt_1", owner_id=None)
    await bench.seal()
    answer = await bench.client.get(path)
    assert answer.status_code == status, answer.text


async def test_the_envelope_that_came_in_is_the_one_given_out(bench: Bench) -> None:
    owner_id, owner = await bench.sign_up("owner", Role.CREATOR)
    creator = Actor(kind=ActorKind.API_KEY, user_id=owner_id)
    async with bench.units.begin(OPERATOR) as uow:
        vendor = await register(uow)
    sent = envelope(vendor.signer)
    async with bench.units.begin(creator) as uow:
        kept = await service.verify_statement(uow, envelope=sent, track_id="trk_1", assets=ASSETS)
    path = f"/v1/statements/{kept.statement.id}"
    assert (await bench.client.get(path, headers=owner)).json() == json.loads(sent)
    assert (await bench.client.get(path)).status_code == 404
