"""The HTTP server: granian inside our own process, so that one kill ends all of it."""

from __future__ import annotations

import asyncio
import logging
import signal

from granian.constants import Interfaces
from granian.server.embed import Server
from granian.utils.proxies import wrap_asgi_with_proxy_headers
from litestar import Litestar

from app.core.settings import Settings


def configure_logging() -> None:
    """One line per record on standard error; nobody's request bodies."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for chatty in ("httpx", "httpcore", "alembic.runtime.plugins", "stripe", "dbos"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


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
