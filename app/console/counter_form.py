"""The counter notice form of the studio."""

from __future__ import annotations

from typing import Annotated

import msgspec

from app.cases.intake import CounterFiling
from app.cases.schemas import Address, EmailOrBlank, PrivateNote, ShortText, Telephone
from licensing.counter_notices import ELEMENT_REQUESTS
from licensing.notices import Contact

_Material = Annotated[str, msgspec.Meta(max_length=2000)]


class CounterForm(msgspec.Struct, kw_only=True):
    """What the form sends; a box that is not ticked is not sent."""

    notice_id: str
    material: _Material = ""
    name: ShortText = ""
    address: Address = ""
    telephone: Telephone = ""
    email: EmailOrBlank = ""
    explanation: PrivateNote = ""
    mistake: str = ""
    jurisdiction: str = ""
    service: str = ""
    signature: ShortText = ""

    def filing(self) -> CounterFiling:
        """The counter notice as the cases room takes it."""
        material = tuple(line.strip() for line in self.material.splitlines() if line.strip())
        return CounterFiling(
            signature=self.signature.strip(),
            material=material,
            contact=Contact(
                name=self.name.strip(),
                address=self.address.strip(),
                telephone=self.telephone.strip(),
                email=self.email.strip(),
            ),
            explanation=self.explanation.strip(),
            states_mistake_under_perjury=bool(self.mistake),
            consents_to_jurisdiction=bool(self.jurisdiction),
            accepts_service=bool(self.service),
        )

    @property
    def lacking(self) -> list[str]:
        """What is still missing, as requests."""
        return [ELEMENT_REQUESTS[element] for element in self.filing().elements.missing]
