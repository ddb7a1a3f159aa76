"""The Content Credentials that a file comes with: judged on arrival, refused where broken."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
from litestar.datastructures import State

from app.core.clock import SystemClock
from app.core.runtime import Runtime
from app.core.storage import Arrival
from app.provenance.content_credentials.containers import EMBEDDING
from app.provenance.content_credentials.house_credential import HouseCredential
from app.provenance.content_credentials.jumbf import find_store
from app.provenance.content_credentials.reading import (
    ContentCredentials,
    CredentialState,
    read_credentials,
)
from app.provenance.errors import CredentialsBroken


async def inside(state: State, arrival: Arrival, container: str) -> ContentCredentials | None:
    """The credentials that a file carries, if any.

    Raises:
        CredentialsBroken: they do not hold for it.
    """
    if container not in EMBEDDING:
        return None
    async with arrival.as_file() as path:
        # Most files have none, and looking is quick; judging them is work for another process.
        if await asyncio.to_thread(find_store, path) is None:
            return None
        return await _judged(state, path, container, None)


async def beside(state: State, path: Path, container: str, sidecar: bytes) -> ContentCredentials:
    """The credentials that a sidecar gives a file.

    Raises:
        CredentialsBroken: they do not hold for it, or are none.
    """
    found = await _judged(state, path, container, sidecar)
    if found is None:
        raise CredentialsBroken("Send a C2PA manifest store, the file's sidecar.")
    return found


async def _judged(
    state: State, path: Path, container: str, sidecar: bytes | None
) -> ContentCredentials | None:
    runtime: Runtime = state.runtime
    credential: HouseCredential = state.credential
    found: ContentCredentials | None = await runtime.pool.run(
        # Certificates are judged by the machine's time: the library knows no other.
        read_credentials,
        path,
        container,
        credential.anchors,
        SystemClock().now(),
        sidecar,
    )
    if found is not None and found.state is CredentialState.BROKEN:
        raise CredentialsBroken(
            f"{found.in_words} Export the file again from where it was signed, or remove them.",
            findings=[msgspec.to_builtins(one) for one in found.findings],
        )
    return found
