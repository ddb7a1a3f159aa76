"""Notices of claimed infringement: the six elements of 17 U.S.C. 512(c)(3)(A).

A notice with all six takes effect. One that lacks some, but has (ii), (iii) and (iv), obliges the
provider to contact its sender promptly (512(c)(3)(B)(ii)). Any other counts for nothing
(512(c)(3)(B)(i)) and is merely answered.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class NoticeElement(StrEnum):
    """The clauses (i) to (vi) of 17 U.S.C. 512(c)(3)(A)."""

    SIGNATURE = "i"
    WORK = "ii"
    MATERIAL = "iii"
    CONTACT = "iv"
    GOOD_FAITH = "v"
    ACCURACY_AND_AUTHORITY = "vi"


class Completeness(StrEnum):
    """What a notice obliges us to do: act, ask, or answer."""

    COMPLETE = "complete"
    CURABLE = "curable"
    INCOMPLETE = "incomplete"


# What the sender of a curable notice is asked for, in words of everyday.
ELEMENT_REQUESTS: Final = MappingProxyType(
    {
        NoticeElement.SIGNATURE: "Sign the notice, on paper or by typing your full name.",
        NoticeElement.WORK: "Name the work that is infringed; for many works, a list of examples.",
        NoticeElement.MATERIAL: "Give the address of each track here that you want taken down.",
        NoticeElement.CONTACT: "Tell us how to reach you: address, telephone number or e-mail.",
        NoticeElement.GOOD_FAITH: (
            "State that you believe in good faith that the use is not authorised by the copyright"
            " owner, its agent, or the law."
        ),
        NoticeElement.ACCURACY_AND_AUTHORITY: (
            "State that the notice is accurate and, under penalty of perjury, that you are"
            " authorised to act for the owner of an exclusive right that is infringed."
        ),
    }
)

_NEEDED_TO_CURE: Final = frozenset(
    {NoticeElement.WORK, NoticeElement.MATERIAL, NoticeElement.CONTACT}
)


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach somebody; what is blank was not given."""

    name: str = ""
    address: str = ""
    telephone: str = ""
    email: str = ""

    @property
    def reachable(self) -> bool:
        """Whether one way to reach them is given ("such as", says the statute, not "all of")."""
        return any(way.strip() for way in (self.address, self.telephone, self.email))


@dataclass(frozen=True, slots=True)
class TakedownNotice:
    """What a rights holder sent. Blank text is an element that is missing.

    ``works`` name what is infringed, ``material`` where the infringing copies are to be found here.
    """

    signature: str
    works: tuple[str, ...]
    material: tuple[str, ...]
    contact: Contact
    states_good_faith: bool
    states_accuracy_and_authority: bool

    @property
    def elements(self) -> frozenset[NoticeElement]:
        """The elements that are present."""
        present = {
            NoticeElement.SIGNATURE: bool(self.signature.strip()),
            NoticeElement.WORK: any(work.strip() for work in self.works),
            NoticeElement.MATERIAL: any(place.strip() for place in self.material),
            NoticeElement.CONTACT: self.contact.reachable,
            NoticeElement.GOOD_FAITH: self.states_good_faith,
            NoticeElement.ACCURACY_AND_AUTHORITY: self.states_accuracy_and_authority,
        }
        return frozenset(element for element, there in present.items() if there)


def completeness(elements: AbstractSet[NoticeElement]) -> Completeness:
    """What a notice with these elements amounts to, 17 U.S.C. 512(c)(3)(B)."""
    if len(elements) == len(NoticeElement):
        return Completeness.COMPLETE
    return Completeness.CURABLE if elements >= _NEEDED_TO_CURE else Completeness.INCOMPLETE


def missing(elements: AbstractSet[NoticeElement]) -> tuple[NoticeElement, ...]:
    """The elements that are not there, in the order of the statute."""
    return tuple(element for element in NoticeElement if element not in elements)
