"""What comes in from outside: a filing as a value, and which tracks it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.cases.models import Notice, Party
from app.catalog.models import Track
from app.core.errors import Unprocessable
from app.market.models import Listing
from licensing.counter_notices import CounterNotice as CounterNoticeElements
from licensing.notices import Contact, NoticeElement, TakedownNotice, missing

_LISTING_ID: Final = re.compile(r"(?<![0-9a-z])lst_[0-7][0-9a-hjkmnp-tv-z]{25}(?![0-9a-z])")


class UnknownLocation(Unprocessable):
    """A location that names no listing of ours; ``locations`` holds them as given."""

    slug = "unknown-location"
    title = "There is no such listing here"


@dataclass(frozen=True, slots=True)
class Filing:
    """A notice as it was sent. Blank text and False are elements that are missing."""

    signature: str
    works: tuple[str, ...]
    locations: tuple[str, ...]
    contact: Contact
    states_good_faith: bool
    considered_fair_use: bool
    states_accuracy: bool
    states_authority_under_perjury: bool

    @property
    def elements(self) -> frozenset[NoticeElement]:
        """The elements that are there.

        The belief that the law does not authorise a use cannot be held in good faith without
        having thought of fair use (Lenz v. Universal, 815 F.3d 1145), so element (v) needs both
        statements.
        """
        return TakedownNotice(
            signature=self.signature,
            works=self.works,
            material=self.locations,
            contact=self.contact,
            states_good_faith=self.states_good_faith and self.considered_fair_use,
            states_accuracy_and_authority=(
                self.states_accuracy and self.states_authority_under_perjury
            ),
        ).elements


@dataclass(frozen=True, slots=True)
class Cure:
    """What the sender of a curable notice adds."""

    signature: str
    states_good_faith: bool
    considered_fair_use: bool
    states_accuracy: bool
    states_authority_under_perjury: bool


@dataclass(frozen=True, slots=True)
class CounterFiling:
    """A counter notice as it was sent. Blank text and False are elements that are missing."""

    signature: str
    material: tuple[str, ...]
    contact: Contact
    explanation: str
    states_mistake_under_perjury: bool
    consents_to_jurisdiction: bool
    accepts_service: bool

    @property
    def elements(self) -> CounterNoticeElements:
        """The counter notice as the licensing library judges it."""
        return CounterNoticeElements(
            signature=self.signature,
            material=self.material,
            contact=self.contact,
            states_mistake_under_perjury=self.states_mistake_under_perjury,
            consents_to_jurisdiction=self.consents_to_jurisdiction,
            accepts_service=self.accepts_service,
        )


def elements_of(notice: Notice, notifier: Party) -> frozenset[NoticeElement]:
    """The elements that a stored notice has."""
    return Filing(
        signature=notifier.signature,
        works=tuple(notice.works),
        locations=tuple(notice.locations),
        contact=notifier.contact,
        states_good_faith=notice.states_good_faith,
        considered_fair_use=notice.considered_fair_use,
        states_accuracy=notice.states_accuracy,
        states_authority_under_perjury=notice.states_authority_under_perjury,
    ).elements


def missing_from(notice: Notice, notifier: Party) -> tuple[NoticeElement, ...]:
    """The elements that a stored notice lacks, in the order of the statute."""
    return missing(elements_of(notice, notifier))


async def tracks_at(
    session: AsyncSession, locations: Sequence[str]
) -> list[tuple[Track, list[str]]]:
    """The tracks that the locations (listing ids, or addresses that hold one) lead to.

    Each comes with the locations that led to it, in the order in which they were given.

    Raises:
        UnknownLocation: one of them names no listing of ours; the others may be good.
    """
    named = {text: _LISTING_ID.findall(text.casefold()) for text in locations if text.strip()}
    query = (
        sa.select(Listing.id, Track)
        .join(Track, Track.id == Listing.track_id)
        .where(Listing.id.in_({listing_id for found in named.values() for listing_id in found}))
    )
    tracks = {row.id: row.Track for row in await session.execute(query)}
    unknown = [text for text, found in named.items() if not found or not tracks.keys() >= {*found}]
    if unknown:
        raise UnknownLocation(
            "Give the address or the id (lst_…) of each listing as this site shows it.",
            locations=unknown,
        )
    places: dict[str, tuple[Track, list[str]]] = {}
    for text, found in named.items():
        for track in {tracks[listing_id].id: tracks[listing_id] for listing_id in found}.values():
            places.setdefault(track.id, (track, []))[1].append(text)
    return list(places.values())
