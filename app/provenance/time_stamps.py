"""Time stamps of checkpoints by an authority outside (RFC 3161): when the log was what it was.

Optional, and asked for after sealing: an authority that does not answer delays nothing. One stamp
of the newest checkpoint covers every entry before it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import httpx
import sqlalchemy as sa
from cryptography import x509
from rfc3161_client import (
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import system
from app.core.errors import NotFound
from app.core.settings import Settings
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.provenance.errors import TimeStampInvalid
from app.provenance.models import Checkpoint

_ACTOR: Final = system("time stamps")
_TIMEOUT_S: Final = 20.0
_MOST_BYTES: Final = 64 * 1024
_QUERY: Final = {"Content-Type": "application/timestamp-query"}

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TimeStampAuthority:
    """An authority's address, and the roots that its certificate must lead to."""

    url: str
    roots: tuple[x509.Certificate, ...]

    @classmethod
    def of(cls, settings: Settings) -> TimeStampAuthority | None:
        """The one that the settings name.

        Raises:
            TimeStampInvalid: its roots cannot be read.
        """
        if not settings.time_stamp_url:
            return None
        try:
            pem = Path(settings.time_stamp_roots).read_bytes()
            roots = tuple(x509.load_pem_x509_certificates(pem))
        except (OSError, ValueError) as error:
            raise TimeStampInvalid(
                f"COUNTERSIGN_TIME_STAMP_ROOTS names no certificates: {error}."
            ) from error
        return cls(settings.time_stamp_url, roots)

    async def stamp(self, note: str) -> bytes:
        """The authority's answer for a checkpoint, verified.

        Raises:
            TimeStampInvalid: no answer, or not a stamp of this checkpoint by this authority.
        """
        request = TimestampRequestBuilder().data(note.encode()).nonce(nonce=True).build()
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT_S) as client:
                answer = await client.post(self.url, content=request.as_bytes(), headers=_QUERY)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise TimeStampInvalid(f"The authority does not answer: {error}.") from error
        read(answer.content, note, self.roots, nonce=request.nonce)
        return answer.content


def read(
    stamp: bytes, note: str, roots: tuple[x509.Certificate, ...], *, nonce: int | None = None
) -> datetime:
    """When a checkpoint existed, by a stamp that leads to one of the roots.

    Raises:
        TimeStampInvalid
    """
    if len(stamp) > _MOST_BYTES:
        raise TimeStampInvalid(f"A time stamp has at most {_MOST_BYTES} bytes.")
    try:
        response: TimeStampResponse = decode_timestamp_response(stamp)
        builder = VerifierBuilder(roots=list(roots))
        verifier = (builder if nonce is None else builder.nonce(nonce)).build()
        verifier.verify_message(response, note.encode())
    except (VerificationError, ValueError) as error:
        raise TimeStampInvalid(f"The time stamp does not hold: {error}.") from error
    return response.tst_info.gen_time


class TimeStamper:
    """Has the newest checkpoint stamped, a request for each that is sealed at most."""

    def __init__(self, units: UnitOfWorkFactory, authority: TimeStampAuthority) -> None:
        self._units = units
        self._authority = authority

    async def stamp_newest(self) -> None:
        """One attempt; the next sweep tries again."""
        async with self._units.look(_ACTOR) as uow:
            newest = await _newest(uow.session)
        if newest is None or newest.time_stamp is not None:
            return
        try:
            stamp = await self._authority.stamp(newest.note)
        except TimeStampInvalid as error:
            logger.warning("checkpoint %d is not stamped yet: %s", newest.tree_size, error.detail)
            return
        async with self._units.begin(_ACTOR) as uow:
            await keep(uow, tree_size=newest.tree_size, stamp=stamp)


async def keep(uow: UnitOfWork, *, tree_size: int, stamp: bytes) -> None:
    """Keep a verified stamp with its checkpoint; the first counts."""
    signed = await uow.session.get_one(Checkpoint, tree_size, with_for_update=True)
    if signed.time_stamp is None:
        signed.time_stamp = stamp
        uow.record("log.stamped", "log", tree_size=tree_size)


async def latest(session: AsyncSession) -> Checkpoint:
    """The newest checkpoint that was stamped.

    Raises:
        NotFound: none was.
    """
    query = (
        sa.select(Checkpoint)
        .where(Checkpoint.time_stamp.is_not(None))
        .order_by(Checkpoint.tree_size.desc())
        .limit(1)
    )
    stamped: Checkpoint | None = await session.scalar(query)
    if stamped is None:
        raise NotFound("No checkpoint of this log has a time stamp.")
    return stamped


async def _newest(session: AsyncSession) -> Checkpoint | None:
    query = sa.select(Checkpoint).order_by(Checkpoint.tree_size.desc()).limit(1)
    found: Checkpoint | None = await session.scalar(query)
    return found
