"""Serving stored bytes: entity tags, ``304``, and one byte range (RFC 9110 sections 8, 13, 14).

Players ask for ranges to seek; browsers ask again with the tag they hold.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote

import anyio
from litestar.response import Response, Stream

from app.core.errors import ServiceError

_CHUNK: Final = 1024 * 1024
_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")


class RangeNotSatisfiable(ServiceError):
    """A range that begins after the last byte."""

    status = 416
    slug = "range-not-satisfiable"
    title = "The file has no such bytes"


@dataclass(frozen=True, slots=True)
class Content:
    """Stored bytes as they are served. ``private``: only this caller's cache may keep them."""

    sha256: str
    size: int
    media_type: str
    name: str
    private: bool = True

    @property
    def etag(self) -> str:
        """A strong tag: the bytes behind a digest never change."""
        return f'"{self.sha256}"'

    @property
    def headers(self) -> dict[str, str]:
        plain = re.sub(r"[^A-Za-z0-9._-]", "_", self.name)
        return {
            "Accept-Ranges": "bytes",
            "ETag": self.etag,
            "Cache-Control": "private, no-cache" if self.private else "public, no-cache",
            "Content-Disposition": (
                f"inline; filename=\"{plain}\"; filename*=UTF-8''{quote(self.name, safe='')}"
            ),
            "X-Content-Type-Options": "nosniff",
        }


class ByteSource(Protocol):
    """Where immutable bytes are read from by their digest; ``ObjectStorage`` is one."""

    def stream(self, sha256: str, *, start: int, end: int) -> AsyncIterator[bytes]: ...


def serve(
    source: ByteSource, content: Content, request_headers: Mapping[str, str]
) -> Response[None] | Stream:
    """``200`` with everything, ``206`` with a range, or ``304`` with nothing.

    Raises:
        RangeNotSatisfiable: the range begins after the last byte.
    """
    if content.etag in _tags(request_headers.get("if-none-match", "")):
        return Response(None, status_code=304, headers=content.headers)
    span = _requested_span(content, request_headers)
    start, end = span or (0, content.size)
    headers = {**content.headers, "Content-Length": str(end - start)}
    if span is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{content.size}"
    return Stream(
        source.stream(content.sha256, start=start, end=end),
        status_code=200 if span is None else 206,
        media_type=content.media_type,
        headers=headers,
    )


def _tags(field: str) -> set[str]:
    # Weak comparison (RFC 9110 13.1.2): a W/ prefix is looked through.
    return {tag.strip().removeprefix("W/") for tag in field.split(",")}


def _requested_span(content: Content, headers: Mapping[str, str]) -> tuple[int, int] | None:
    """The bytes ``[start, end)`` asked for; None for all, also where the range is not understood
    (RFC 9110 14.2 lets a server ignore it) or was meant for other bytes (``If-Range``)."""
    found = _RANGE.fullmatch(headers.get("range", "").strip())
    if found is None or headers.get("if-range", content.etag) != content.etag:
        return None
    first, last = found[1], found[2]
    if not first and not last:
        return None
    if not first:
        start, end = max(0, content.size - int(last)), content.size
    else:
        start, end = int(first), min(int(last) + 1 if last else content.size, content.size)
    if first and last and int(last) < int(first):
        return None
    if start >= content.size or start >= end:
        raise RangeNotSatisfiable(f"The file has {content.size} bytes.")
    return start, end


async def file_chunks(path: Path) -> AsyncIterator[bytes]:
    """A file on its way into storage, in pieces of a megabyte."""
    async with await anyio.open_file(path, "rb") as file:
        while chunk := await file.read(_CHUNK):
            yield chunk
