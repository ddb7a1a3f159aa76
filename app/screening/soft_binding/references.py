"""A file at an address that a caller names: fetched only where the operator allows it.

Whoever may name addresses can make us ask for anything that we can reach; so only public addresses
are asked, over HTTPS, without redirects (``app.core.egress``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from app.core.egress import AddressRefused, Egress, NoAnswer
from app.core.errors import Forbidden, ServiceError
from app.core.settings import Settings


class ReferencesNotFetched(Forbidden):
    """The operator does not let us fetch what callers name."""

    slug = "references-not-fetched"
    title = "This service fetches no files from elsewhere"


class ReferenceUnreachable(ServiceError):
    """The file at the address could not be had, or is not the one that was announced."""

    status = 502
    slug = "reference-unreachable"
    title = "The file at this address could not be fetched"


def require_allowed(settings: Settings) -> None:
    """
    Raises:
        ReferencesNotFetched
    """
    if not settings.resolve_references:
        raise ReferencesNotFetched("Send the file itself to /c2pa/matches/byContent.")


async def referenced(egress: Egress, url: str, length: int) -> AsyncIterator[bytes]:
    """The file at an address, in chunks.

    Raises:
        ReferenceUnreachable: no allowed address, no answer, or not ``length`` bytes.
    """
    arrived = 0
    try:
        async for chunk in egress.fetch(url):
            arrived += len(chunk)
            if arrived > length:
                break
            yield chunk
    except (AddressRefused, NoAnswer) as failure:
        raise ReferenceUnreachable(f"{url}: {failure}.") from failure
    if arrived != length:
        raise ReferenceUnreachable(f"It does not have the {length} bytes that you announced.")
