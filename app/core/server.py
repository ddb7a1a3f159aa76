"""The HTTP server: granian inside our own process, so that one kill ends all of it."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket

from granian.constants import Interfaces
from granian.server.embed import Server
from granian.utils.proxies import wrap_asgi_with_proxy_headers
from litestar import Litestar

from app.core.errors import Conflict
from app.core.settings import Settings


def configure_logging() -> None:
    """One line per record on standard error; nobody's request bodies."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for chatty in ("httpx", "httpcore", "alembic.runtime.plugins", "stripe", "dbos"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class PortTaken(Conflict):
    """Another process listens there."""

    slug = "port-taken"
    title = "The port is taken"


def require_free_port(settings: Settings) -> None:
    """The server shares its port with whoever else asks to; two services with two databases behind
    one address would each see half of the requests.

    Raises:
        PortTaken: somebody listens there already.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise PortTaken(
                f"{settings.host}:{settings.port} cannot be used ({error.strerror}). Stop the "
                "other process, or set COUNTERSIGN_PORT."
            ) from error


async def serve(app: Litestar, settings: Settings) -> None:
    """Answer requests until SIGTERM or SIGINT, then finish those in progress."""
    server = Server(
        wrap_asgi_with_proxy_headers(app, trusted_hosts=settings.trusted_proxies.split(",")),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()
    for ending in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(ending, server.stop)
    await server.serve()
