"""Counter notifications: the elements of 17 U.S.C. 512(g)(3).

Only a complete one takes effect and starts ``clocks.COUNTER_NOTICE_RESTORE``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from licensing.notices import Contact


class CounterNoticeElement(StrEnum):
    """Subparagraphs (A) to (D) of 17 U.S.C. 512(g)(3), (D) taken apart into its three demands."""

    SIGNATURE = "A"
    MATERIAL = "B"
    MISTAKE = "C"
    IDENTITY = "D-identity"
    JURISDICTION = "D-jurisdiction"
    SERVICE = "D-service"


# What the uploader is asked for when a counter notice is deficient.
ELEMENT_REQUESTS: Final = MappingProxyType(
    {
        CounterNoticeElement.SIGNATURE: "Sign the counter notice, or type your full name.",
        CounterNoticeElement.MATERIAL: "Say which track was removed and where it was found before.",
        CounterNoticeElement.MISTAKE: (
            "State, under penalty of perjury, that you believe in good faith that the track was"
            " removed as a result of mistake or misidentification."
        ),
        CounterNoticeElement.IDENTITY: "Give your name, address and telephone number.",
        CounterNoticeElement.JURISDICTION: (
            "State that you consent to the jurisdiction of the Federal District Court for your"
            " address or, outside the United States, of any district where we may be found."
        ),
        CounterNoticeElement.SERVICE: (
            "State that you will accept service of process from whoever sent the notice."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class CounterNotice:
    """What an uploader sent. Blank text is an element that is missing.

    ``material`` is each removed track and where it was before. Unlike a notice, a counter notice
    must give name, address *and* telephone number.
    """

    signature: str
    material: tuple[str, ...]
    contact: Contact
    states_mistake_under_perjury: bool
    consents_to_jurisdiction: bool
    accepts_service: bool

    @property
    def missing(self) -> tuple[CounterNoticeElement, ...]:
        """The elements that are not there, in the order of the statute."""
        contact = self.contact
        present = {
            CounterNoticeElement.SIGNATURE: bool(self.signature.strip()),
            CounterNoticeElement.MATERIAL: any(place.strip() for place in self.material),
            CounterNoticeElement.MISTAKE: self.states_mistake_under_perjury,
            CounterNoticeElement.IDENTITY: all(
                given.strip() for given in (contact.name, contact.address, contact.telephone)
            ),
            CounterNoticeElement.JURISDICTION: self.consents_to_jurisdiction,
            CounterNoticeElement.SERVICE: self.accepts_service,
        }
        return tuple(element for element, there in present.items() if not there)

    @property
    def complete(self) -> bool:
        """Whether it takes effect; a deficient one is sent back with what is missing."""
        return not self.missing
