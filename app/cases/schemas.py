"""What parties and staff send about cases.

An element of a notice that is left out is missing, not an error: the law says what follows from
that. Lengths are limited so that a notice can be read by a person, and stored.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

import msgspec

from app.cases.intake import CounterFiling, Cure, Filing
from app.cases.models import Finding, Forum, Outcome
from licensing.notices import Contact

_STORABLE: Final = r"^[^\x00]*$"  # PostgreSQL stores no NUL in text
_SAYS_SOMETHING: Final = r"^[^\x00]*[^\s\x00][^\x00]*$"

ShortText = Annotated[str, msgspec.Meta(max_length=200, pattern=_STORABLE)]
Address = Annotated[str, msgspec.Meta(max_length=500, pattern=_STORABLE)]
Telephone = Annotated[str, msgspec.Meta(max_length=50, pattern=_STORABLE)]
EmailOrBlank = Annotated[str, msgspec.Meta(max_length=320, pattern=r"^([^@\s\x00]+@[^@\s\x00]+)?$")]
Work = Annotated[str, msgspec.Meta(max_length=500, pattern=_STORABLE)]
Location = Annotated[str, msgspec.Meta(max_length=2000, pattern=_STORABLE)]
PrivateNote = Annotated[str, msgspec.Meta(max_length=5000, pattern=_STORABLE)]
Reasoning = Annotated[str, msgspec.Meta(max_length=2000, pattern=_SAYS_SOMETHING)]
Version = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class ContactDetails(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How to reach whoever sends this."""

    name: ShortText = ""
    address: Address = ""
    telephone: Telephone = ""
    email: EmailOrBlank = ""

    def as_contact(self) -> Contact:
        return Contact(self.name, self.address, self.telephone, self.email)


class NewNotice(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A notice of claimed infringement with the elements of 17 U.S.C. 512(c)(3)(A)."""

    signature: ShortText = ""
    """(i) The typed full name of whoever is authorised to act for the owner."""
    works: Annotated[list[Work], msgspec.Meta(max_length=50)] = []
    """(ii) What is infringed: title, composer, recording; a representative list for many."""
    locations: Annotated[list[Location], msgspec.Meta(max_length=50)] = []
    """(iii) Addresses or ids (``lst_…``) of listings."""
    contact: ContactDetails = msgspec.field(default_factory=ContactDetails)
    """(iv)"""
    states_good_faith: bool = False
    """(v) I believe in good faith that the use is not authorised by the owner, its agent or the
    law."""
    considered_fair_use: bool = False
    """(v) I have taken fair use into consideration."""
    states_accuracy: bool = False
    """(vi) The information in this notice is accurate."""
    states_authority_under_perjury: bool = False
    """(vi) Under penalty of perjury, I am authorised to act on behalf of the owner."""

    def as_filing(self) -> Filing:
        return Filing(
            signature=self.signature,
            works=tuple(self.works),
            locations=tuple(self.locations),
            contact=self.contact.as_contact(),
            states_good_faith=self.states_good_faith,
            considered_fair_use=self.considered_fair_use,
            states_accuracy=self.states_accuracy,
            states_authority_under_perjury=self.states_authority_under_perjury,
        )


class NoticeAddition(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a curable notice lacked. What is left out here stays as it was."""

    signature: ShortText = ""
    states_good_faith: bool = False
    considered_fair_use: bool = False
    states_accuracy: bool = False
    states_authority_under_perjury: bool = False

    def as_cure(self) -> Cure:
        return Cure(
            signature=self.signature,
            states_good_faith=self.states_good_faith,
            considered_fair_use=self.considered_fair_use,
            states_accuracy=self.states_accuracy,
            states_authority_under_perjury=self.states_authority_under_perjury,
        )


class NewCounterNotice(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A counter notice with the elements of 17 U.S.C. 512(g)(3).

    All of it, name and address included, is forwarded to whoever sent the notice, as the law asks.
    """

    signature: ShortText = ""
    """(A) Your typed full name."""
    material: Annotated[list[Location], msgspec.Meta(max_length=50)] = []
    """(B) What was removed, and where it was before."""
    contact: ContactDetails = msgspec.field(default_factory=ContactDetails)
    """(D) Name, address and telephone number are needed."""
    explanation: PrivateNote = ""
    """Why this was a mistake; optional, and forwarded too."""
    states_mistake_under_perjury: bool = False
    """(C) Under penalty of perjury, I believe in good faith that the material was removed as a
    result of mistake or misidentification."""
    consents_to_jurisdiction: bool = False
    """(D) I consent to the jurisdiction of the Federal District Court for my address or, outside
    the United States, of any district where the platform may be found."""
    accepts_service: bool = False
    """(D) I accept service of process from whoever sent the notice."""

    def as_filing(self) -> CounterFiling:
        return CounterFiling(
            signature=self.signature,
            material=tuple(self.material),
            contact=self.contact.as_contact(),
            explanation=self.explanation,
            states_mistake_under_perjury=self.states_mistake_under_perjury,
            consents_to_jurisdiction=self.consents_to_jurisdiction,
            accepts_service=self.accepts_service,
        )


class CourtAction(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An action, or a claim with the Copyright Claims Board, to restrain the uploader."""

    forum: Forum
    court: Annotated[str, msgspec.Meta(max_length=200, pattern=_SAYS_SOMETHING)]
    docket_number: Annotated[str, msgspec.Meta(max_length=100, pattern=_SAYS_SOMETHING)]
    filed_on: date
    relief_sought: Reasoning


class Claim(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Take up a case in the version that you looked at."""

    expected_version: Version


class NewDecision(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A reviewer's decision. ``reasoning`` is told to the parties, ``private_note`` is not."""

    outcome: Outcome
    reasoning: Reasoning
    private_note: PrivateNote = ""
    expected_version: Version


class NewLegalOpinion(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Whether the court notice under review keeps the material down."""

    finding: Finding
    private_note: PrivateNote = ""
    expected_version: Version


class NewRestoration(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Restore by hand; the reason is told to the parties when a court ended a stay-down."""

    reason: Reasoning
    expected_version: Version
