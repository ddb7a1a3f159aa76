"""An upload on its way in: watched while it streams, so that nothing wrong is ever stored."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from typing import Final

from litestar.exceptions import ClientException, InternalServerException

from app.catalog.digest_fields import announced_sha256
from app.catalog.errors import DigestMismatch, FileTruncated, UploadCutShort
from app.catalog.models import AssetRole
from app.catalog.sniffing import SNIFF_BYTES, SniffedMedia, announced_size, require_fitting, sniff
from app.core.errors import BadRequest, PayloadTooLarge


class UploadStream:
    """The bytes of one file, checked against what was announced and what they must be.

    Iterating yields the bytes and raises as soon as something is wrong; ``media`` is known once
    the first bytes have passed.
    """

    def __init__(
        self,
        chunks: AsyncIterator[bytes],
        headers: Mapping[str, str],
        *,
        role: AssetRole,
        name: str,
        limit: int,
    ) -> None:
        """
        Raises:
            PayloadTooLarge: ``Content-Length`` is beyond ``limit``, before a byte is read.
            DigestMalformed: a digest field that cannot be read.
        """
        self._chunks = chunks
        self._role = role
        self._name = name
        self._announced_sha256 = announced_sha256(headers)
        self._announced_length = _content_length(headers)
        self._media: SniffedMedia | None = None
        self._size_in_header: int | None = None
        if self._announced_length is not None and self._announced_length > limit:
            raise PayloadTooLarge(f"An upload may have at most {limit} bytes.")

    @property
    def media(self) -> SniffedMedia:
        """What the bytes are; only after they have streamed."""
        if self._media is None:
            raise RuntimeError("nothing has been streamed yet")
        return self._media

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """
        Raises:
            FileEmpty, UnknownFileKind, FileMislabelled, RoleMismatch: see ``catalog.sniffing``.
            DigestMismatch, UploadCutShort: not the bytes that were announced.
            FileTruncated: the file's own header promises more.
        """
        digest, length, head = hashlib.sha256(), 0, b""
        async for chunk in self._arriving():
            digest.update(chunk)
            length += len(chunk)
            if self._media is None:
                head += chunk
                if len(head) < SNIFF_BYTES:
                    continue
                self._judge(head)
                chunk, head = head, b""  # noqa: PLW2901 (what was held back goes first)
            yield chunk
        if self._media is None:
            self._judge(head)
            yield head
        self._compare(length, digest.hexdigest())

    async def _arriving(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._chunks:
                if chunk:
                    yield chunk
        except (InternalServerException, ClientException) as error:
            # The framework's word for a client that went away in the middle.
            raise UploadCutShort("The connection ended early. Send the file again.") from error

    def _judge(self, head: bytes) -> None:
        media = sniff(head[:SNIFF_BYTES])
        require_fitting(media, self._role, self._name)
        self._media = media
        self._size_in_header = announced_size(head)

    def _compare(self, length: int, sha256: str) -> None:
        if self._announced_length not in {None, length}:
            raise UploadCutShort(
                f"{length} of {self._announced_length} announced bytes arrived. Send it again."
            )
        if self._size_in_header is not None and length < self._size_in_header:
            raise FileTruncated(
                f"Its header promises {self._size_in_header} bytes, but it has {length}. "
                "Export it again."
            )
        if self._announced_sha256 not in {None, sha256}:
            raise DigestMismatch(
                "The file was damaged on its way or is not the one you meant. Send it again.",
                received_sha256=sha256,
            )


_CONTENT_LENGTH: Final = "content-length"


def _content_length(headers: Mapping[str, str]) -> int | None:
    text = headers.get(_CONTENT_LENGTH)
    if text is None:
        return None
    if not text.isdecimal():
        raise BadRequest("Content-Length must be a number of bytes.")
    return int(text)
