"""The schedule of a licence: its terms in words a buyer reads before buying."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from babel.core import Locale
from babel.lists import format_list
from babel.numbers import format_decimal

from licensing.money import Money
from licensing.terms import (
    WORLDWIDE,
    Caps,
    Credit,
    Deliverable,
    Exclusivity,
    LicenceTerms,
    Medium,
    Modification,
    Right,
    Sublicensing,
    Use,
)

_ENGLISH: Final = Locale("en")

_WORDS: Final[Mapping[StrEnum, str]] = MappingProxyType(
    {
        Right.MASTER: "the recording",
        Right.COMPOSITION: "the composition",
        Use.SYNC: "set to moving pictures",
        Use.BACKGROUND: "as background",
        Use.ADVERTISING: "in advertising",
        Use.GAME: "in games",
        Use.APP: "in apps",
        Use.BROADCAST: "in broadcasts",
        Use.SAMPLE: "as a sample in other music",
        Use.DISTRIBUTION: "as a release of its own",
        Medium.ONLINE_VIDEO: "online video",
        Medium.SOCIAL_MEDIA: "social media",
        Medium.WEBSITE: "websites",
        Medium.PODCAST: "podcasts",
        Medium.LIVE_STREAM: "live streams",
        Medium.SOFTWARE: "software",
        Medium.AUDIO_STREAMING: "audio streaming",
        Medium.RADIO: "radio",
        Medium.TELEVISION: "television",
        Medium.CINEMA: "cinema",
        Medium.LIVE_EVENT: "live events",
        Medium.PHYSICAL: "physical copies",
        Exclusivity.NON_EXCLUSIVE: "not exclusive: others may get a licence too",
        Exclusivity.EXCLUSIVE: "exclusive: nobody else gets a licence from now on",
        Credit.REQUIRED: "the makers must be named",
        Credit.WHERE_CUSTOMARY: "the makers are named where that is customary",
        Credit.NOT_REQUIRED: "the makers need not be named",
        Modification.NONE: "the track is used as it is",
        Modification.EDIT: "the track may be edited",
        Modification.ADAPT: "the track may be edited and adapted",
        Sublicensing.NONE: "not for clients",
        Sublicensing.CLIENT_WORK: "also in productions for clients",
        Deliverable.MIX_MP3: "mix as MP3",
        Deliverable.MIX_WAV: "mix as WAV",
        Deliverable.STEMS: "stems",
        Deliverable.SCORE: "score",
    }
)
_CAP_NAMES: Final = MappingProxyType(
    {
        "streams": "streams",
        "copies": "copies",
        "videos": "videos",
        "views": "views",
        "seats": "people using it",
        "production_budget": "production budget",
    }
)


@dataclass(frozen=True, slots=True)
class ScheduleLine:
    """One row of the schedule, as plain text."""

    label: str
    text: str


def schedule(terms: LicenceTerms) -> tuple[ScheduleLine, ...]:
    """The terms in English, one line each, always in the same order."""
    return (
        ScheduleLine("Rights", _words(terms.rights)),
        ScheduleLine("Uses", _words(terms.uses)),
        ScheduleLine("Media", _words(terms.media)),
        ScheduleLine("Territory", _territory(terms.territories)),
        ScheduleLine("Term", _term(terms.term_months)),
        ScheduleLine("Exclusivity", _WORDS[terms.exclusivity]),
        ScheduleLine("Limits", _limits(terms.caps)),
        ScheduleLine("Credit", _WORDS[terms.credit]),
        ScheduleLine("Changes", _WORDS[terms.modification]),
        ScheduleLine("Clients", _WORDS[terms.sublicensing]),
        ScheduleLine("Content identification", _allowed(terms.content_id_allowed)),
        ScheduleLine("Training of AI systems", _allowed(terms.ai_training_allowed)),
        ScheduleLine("Files", _words(terms.deliverables)),
    )


def _words(chosen: AbstractSet[StrEnum]) -> str:
    return _enumerate(word for member, word in _WORDS.items() if member in chosen)


def _territory(territories: frozenset[str]) -> str:
    if territories == {WORLDWIDE}:
        return "the whole world"
    return _enumerate(sorted(_ENGLISH.territories[code] for code in territories))


def _term(months: int | None) -> str:
    if months is None:
        return "as long as the rights last"
    years, rest = divmod(months, 12)
    if rest:
        return f"{months} months" if months > 1 else "1 month"
    return f"{years} years" if years > 1 else "1 year"


def _limits(caps: Caps) -> str:
    limits = []
    for field in fields(caps):
        cap = getattr(caps, field.name)
        if cap is not None:
            amount = cap.format() if isinstance(cap, Money) else format_decimal(cap, locale="en")
            limits.append(f"{_CAP_NAMES[field.name]} up to {amount}")
    return _enumerate(limits) if limits else "none"


def _allowed(yes: bool) -> str:  # noqa: FBT001  the term itself is a yes or a no
    return "allowed" if yes else "not allowed"


def _enumerate(items: Iterable[str]) -> str:
    return format_list(list(items), locale=_ENGLISH)
