"""Where we may send requests that others ask us to send: public addresses only.

A host name is resolved once per connection, every address it has is judged, and the connection
goes to an address that was judged: a name that answers differently the second time gains nothing
(OWASP, Server-Side Request Forgery Prevention). Redirects are not followed.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import httpcore

from app.core.errors import Unprocessable

TIMEOUT_SECONDS: Final = 15.0  # the specification advises 15 to 30
FETCH_SECONDS: Final = 60.0
"""For a whole file."""

_GLOBAL_UNICAST: Final = ipaddress.ip_network("2000::/3")


class AddressRefused(Unprocessable):
    """Not an address to which we send requests."""

    slug = "address-refused"
    title = "We send no requests to this address"


class NoAnswer(Exception):
    """The receiver could not be reached, or did not answer in time; the message says which."""


@dataclass(frozen=True, slots=True)
class Egress:
    """Sends requests out. ``sandbox`` also allows plain HTTP and private addresses."""

    tls: ssl.SSLContext
    sandbox: bool

    @classmethod
    def build(cls, *, sandbox: bool) -> Egress:
        return cls(ssl.create_default_context(), sandbox)

    def check(self, url: str) -> None:
        """Refuse an address that could never be sent to; host names are judged when connecting.

        Raises:
            AddressRefused: says what is wrong with it.
        """
        parts = _split(url)
        if parts.scheme not in ({"http", "https"} if self.sandbox else {"https"}):
            raise AddressRefused("Give an address that starts with https://.")
        if not parts.hostname or parts.username is not None or parts.fragment:
            raise AddressRefused("Give an address with a host, without user name and fragment.")
        if not url.isascii() or not url.isprintable() or " " in url:
            raise AddressRefused("Encode the address: only printable ASCII can be sent.")
        if not self.sandbox and _is_literal(parts.hostname) and not is_public(parts.hostname):
            raise AddressRefused("Give an address that the public internet can reach.")

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send and return the status; what the receiver says beyond that is not read.

        Raises:
            NoAnswer: there was no answer within ``TIMEOUT_SECONDS``, or no allowed address.
        """
        async with (
            _named_failures(TIMEOUT_SECONDS),
            self._connections() as connections,
            connections.stream("POST", url, headers=list(headers.items()), content=body) as answer,
        ):
            status = int(answer.status)
        return status  # noqa: RET504 -- mypy believes that a block may swallow its exceptions

    async def fetch(self, url: str) -> AsyncIterator[bytes]:
        """The body at an address, in chunks; redirects are failures. Limit what you read.

        Raises:
            AddressRefused: not an address that we ask.
            NoAnswer: it was not all there within ``FETCH_SECONDS``, or the status is not 200.
        """
        self.check(url)
        async with (
            _named_failures(FETCH_SECONDS),
            self._connections() as connections,
            connections.stream("GET", url) as answer,
        ):
            if answer.status != HTTPStatus.OK:
                raise NoAnswer(f"it answered {answer.status}")
            async for chunk in answer.aiter_stream():
                yield chunk

    def _connections(self) -> httpcore.AsyncConnectionPool:
        backend = httpcore.AnyIOBackend() if self.sandbox else PublicAddressesOnly()
        return httpcore.AsyncConnectionPool(ssl_context=self.tls, network_backend=backend)


@asynccontextmanager
async def _named_failures(seconds: float) -> AsyncIterator[None]:
    """Whatever goes wrong on the way is ``NoAnswer``, and so is taking longer than this."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise NoAnswer(f"no answer within {seconds:g} seconds") from error
    except AddressRefused as error:
        raise NoAnswer(error.detail) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
        raise NoAnswer(f"the connection failed ({type(error).__name__})") from error


class PublicAddressesOnly(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only, whatever their name says."""

    def __init__(self) -> None:
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await _resolve(host, port)
        refused = [address for address in addresses if not is_public(address)]
        if refused or not addresses:
            raise AddressRefused(f"{host} does not lead to the public internet")
        return await self._backend.connect_tcp(
            addresses[0], port, timeout, local_address, socket_options
        )


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet and to one host there.

    Of IPv6 only global unicast counts, without the ranges that wrap IPv4 addresses of any kind.
    """
    parsed = ipaddress.ip_address(address)
    if not parsed.is_global or parsed.is_multicast:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        return parsed in _GLOBAL_UNICAST and parsed.sixtofour is None and parsed.teredo is None
    return True


async def _resolve(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoAnswer(f"{host} is not known") from error
    return [str(sockaddr[0]) for *_, sockaddr in found]


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise AddressRefused("That is not an address.") from error
    return parts


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
