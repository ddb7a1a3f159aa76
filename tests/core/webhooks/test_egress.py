"""Where requests may go, and what happens on the way."""

from __future__ import annotations

import pytest

from app.core import egress
from app.core.egress import AddressRefused, Egress, NoAnswer, is_public
from tests.core.webhooks.conftest import Receiver

PRIVATE = [
    "127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:10.0.0.1",
    "::7f00:1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "2001::1",
    "fc00::1",
    "fd00::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_no_private_address_counts_as_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111"])
def test_public_addresses_do(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://receiver.example/hook",
        "ftp://receiver.example/hook",
        "https://",
        "https:///hook",
        "https://user@receiver.example/",
        "https://receiver.example/#part",
        "https://receiver.example:99999/",
        "https://[::1",
        "https://receiver.example/ö",
        "https://receiver.example/a b",
        "https://receiver.example/\r\nx: y",
        "https://127.0.0.1/hook",
        "https://[::1]/hook",
        "https://169.254.169.254/latest/meta-data",
        "not an address",
        "",
    ],
)
def test_an_address_that_could_never_be_sent_to_is_refused_at_once(url: str) -> None:
    with pytest.raises(AddressRefused):
        Egress.build(sandbox=False).check(url)


def test_a_public_https_address_is_taken() -> None:
    Egress.build(sandbox=False).check("https://receiver.example:8443/hook?x=1")
    Egress.build(sandbox=True).check("http://127.0.0.1:8000/hook")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1"])
async def test_private_addresses_are_not_connected_to_whatever_their_name(
    receiver: Receiver, host: str
) -> None:
    with pytest.raises(NoAnswer):
        await Egress.build(sandbox=False).post(f"http://{host}:{receiver.port}/", b"{}", {})
    assert receiver.requests == []


async def test_one_private_address_among_public_ones_is_enough_to_refuse(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["93.184.216.34", "127.0.0.1"]

    monkeypatch.setattr(egress, "_resolve", resolve)
    with pytest.raises(NoAnswer, match="does not lead to the public internet"):
        await Egress.build(sandbox=False).post(f"http://mixed.example:{receiver.port}/", b"{}", {})


async def test_the_connection_goes_to_the_address_that_was_judged(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    monkeypatch.setattr(egress, "_resolve", resolve)
    monkeypatch.setattr(egress, "is_public", lambda address: address == "127.0.0.1")
    sender = Egress.build(sandbox=False)
    # The name itself does not resolve: had anybody asked for it again, this would fail.
    assert await sender.post(f"http://rebind.invalid:{receiver.port}/x", b"{}", {}) == 204
    assert asked == ["rebind.invalid"]
    assert receiver.requests[0].headers["host"] == f"rebind.invalid:{receiver.port}"


async def test_a_redirect_is_an_answer_and_is_not_followed(receiver: Receiver) -> None:
    receiver.answers(302, f"location: {receiver.url}")
    assert await Egress.build(sandbox=True).post(receiver.url, b"{}", {}) == 302
    assert len(receiver.requests) == 1


async def test_a_receiver_that_says_nothing_is_left(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(egress, "TIMEOUT_SECONDS", 0.05)
    receiver.answer = b""
    with pytest.raises(NoAnswer, match="no answer within"):
        await Egress.build(sandbox=True).post(receiver.url, b"{}", {})


async def test_what_a_receiver_says_at_length_is_not_read(receiver: Receiver) -> None:
    receiver.answer = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n" + b"x" * 100
    assert await Egress.build(sandbox=True).post(receiver.url, b"{}", {}) == 200


@pytest.mark.parametrize("answer", [b"nonsense\r\n\r\n", b"HTTP/1.1 200"])
async def test_what_is_no_http_is_no_answer(receiver: Receiver, answer: bytes) -> None:
    receiver.answer = answer
    with pytest.raises(NoAnswer, match="the connection failed"):
        await Egress.build(sandbox=True).post(receiver.url, b"{}", {})


async def test_a_closed_port_is_no_answer(receiver: Receiver) -> None:
    with pytest.raises(NoAnswer, match="the connection failed"):
        await Egress.build(sandbox=True).post("http://127.0.0.1:1/", b"{}", {})
