"""What a licence allows, as a value with one canonical form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final, cast

import msgspec
from babel.core import Locale

from licensing.digests import JsonDocument
from licensing.errors import InvalidTerms
from licensing.money import MAX_MINOR, Money

# UN M.49 and CLDR: the world. Any other territory is an ISO 3166-1 alpha-2 code.
WORLDWIDE: Final = "001"
_NOT_COUNTRIES: Final = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
COUNTRIES: Final = frozenset(
    code
    for code in map(str, Locale("en").territories)
    if len(code) == 2 and code not in _NOT_COUNTRIES
)


class Right(StrEnum):
    """The two copyrights in music: in the recording, and in the work that is recorded."""

    MASTER = "master"
    COMPOSITION = "composition"


class Use(StrEnum):
    """What the music is used for."""

    SYNC = "sync"
    BACKGROUND = "background"
    ADVERTISING = "advertising"
    GAME = "game"
    APP = "app"
    BROADCAST = "broadcast"
    SAMPLE = "sample"
    DISTRIBUTION = "distribution"


class Medium(StrEnum):
    """Where the result may appear."""

    ONLINE_VIDEO = "online_video"
    SOCIAL_MEDIA = "social_media"
    WEBSITE = "website"
    PODCAST = "podcast"
    LIVE_STREAM = "live_stream"
    SOFTWARE = "software"
    AUDIO_STREAMING = "audio_streaming"
    RADIO = "radio"
    TELEVISION = "television"
    CINEMA = "cinema"
    LIVE_EVENT = "live_event"
    PHYSICAL = "physical"


class Exclusivity(StrEnum):
    """Whether others may get a licence too."""

    NON_EXCLUSIVE = "non_exclusive"
    EXCLUSIVE = "exclusive"


class Credit(StrEnum):
    """Whether the makers must be named."""

    REQUIRED = "required"
    WHERE_CUSTOMARY = "where_customary"
    NOT_REQUIRED = "not_required"


class Modification(StrEnum):
    """What may be done to the music: nothing, cutting to fit, or making something new of it."""

    NONE = "none"
    EDIT = "edit"
    ADAPT = "adapt"


class Sublicensing(StrEnum):
    """Whether the licence reaches the licensee's own clients."""

    NONE = "none"
    CLIENT_WORK = "client_work"


class Deliverable(StrEnum):
    """The files that the licensee gets."""

    MIX_MP3 = "mix_mp3"
    MIX_WAV = "mix_wav"
    STEMS = "stems"
    SCORE = "score"


@dataclass(frozen=True, slots=True)
class Caps:
    """Upper limits; None is no limit. Raises InvalidTerms for one that is not positive."""

    streams: int | None = None
    copies: int | None = None
    videos: int | None = None
    views: int | None = None
    seats: int | None = None
    production_budget: Money | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            cap = getattr(self, field.name)
            amount = cap.minor if isinstance(cap, Money) else cap
            if amount is not None and not 1 <= amount <= MAX_MINOR:
                raise InvalidTerms(f"caps.{field.name}", "a limit is a positive whole number")


@dataclass(frozen=True, slots=True)
class LicenceTerms:
    """The terms of a licence. ``term_months`` None is for as long as the rights last.

    ``territories`` are ISO 3166-1 alpha-2 codes, or ``WORLDWIDE`` alone. Training AI systems on
    the music is denied unless a seller allows it in so many words.

    Raises InvalidTerms where a set is empty, a territory is unknown or joined to the whole world,
    the term is not 1..1200 months, or a non-exclusive licensee is allowed to register the track
    with a content-identification system (claims would then hit every other licensee).
    """

    rights: frozenset[Right]
    uses: frozenset[Use]
    media: frozenset[Medium]
    territories: frozenset[str]
    term_months: int | None
    exclusivity: Exclusivity
    caps: Caps
    credit: Credit
    modification: Modification
    sublicensing: Sublicensing
    content_id_allowed: bool
    deliverables: frozenset[Deliverable]
    ai_training_allowed: bool = False

    def __post_init__(self) -> None:
        for name in ("rights", "uses", "media", "territories", "deliverables"):
            if not getattr(self, name):
                raise InvalidTerms(name, "name at least one")
        if self.territories != {WORLDWIDE} and not self.territories <= COUNTRIES:
            raise InvalidTerms(
                "territories", f"use ISO 3166-1 alpha-2 codes, or {WORLDWIDE!r} alone for the world"
            )
        if self.term_months is not None and not 1 <= self.term_months <= 1200:
            raise InvalidTerms("term_months", "a term is 1 to 1200 months, or null for ever")
        if self.content_id_allowed and self.exclusivity is not Exclusivity.EXCLUSIVE:
            raise InvalidTerms(
                "content_id_allowed", "only an exclusive licensee may register the track"
            )

    def document(self) -> JsonDocument:
        """The terms as JSON, sets sorted: equal terms give equal documents."""
        return cast("JsonDocument", msgspec.to_builtins(self, order="deterministic"))

    @classmethod
    def from_document(cls, document: Mapping[str, object]) -> LicenceTerms:
        """Read what ``document`` gave.

        Raises InvalidTerms where a field is missing, unknown or of the wrong kind, UnknownCurrency
        and InvalidAmount for a budget that is no money.
        """
        try:
            terms = msgspec.convert(document, cls)
        except msgspec.ValidationError as problem:
            raise InvalidTerms("terms", f"{problem}") from problem
        if terms.document() != document:
            raise InvalidTerms("terms", "a field is missing or unknown, or a list is not sorted")
        return terms
