"""A licence text with the terms it was written for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from licensing.digests import text_sha256
from licensing.errors import InvalidTerms
from licensing.terms import LicenceTerms


class OfferKind(StrEnum):
    """What kinds of licence there are, as far as a generator's terms distinguish them."""

    NON_EXCLUSIVE_SYNC = "non_exclusive_sync"
    COMMERCIAL_NON_EXCLUSIVE = "commercial_non_exclusive"
    EXCLUSIVE = "exclusive"


@dataclass(frozen=True, slots=True)
class LicenceTemplate:
    """One version of a licence in plain language.

    ``text`` speaks of "the schedule" where it depends on the terms; ``schedule.schedule`` writes
    that part. ``standard_terms`` are what an offer has unless its seller narrows them.
    """

    template_id: str
    version: int
    kind: OfferKind
    title: str
    text: str
    standard_terms: LicenceTerms

    @property
    def reference(self) -> str:
        """``lic:<template>@<version>``."""
        return f"lic:{self.template_id}@{self.version}"

    @property
    def text_sha256(self) -> str:
        """Hex digest of the text, by which a buyer can tell that it is the one agreed on."""
        return text_sha256(self.text)

    def check(self, terms: LicenceTerms) -> None:
        """Raise InvalidTerms where ``terms`` say what the text does not.

        Exclusivity must be the template's; rights, uses and media may only be narrowed. Everything
        else the text leaves to the schedule.
        """
        standard = self.standard_terms
        if terms.exclusivity is not standard.exclusivity:
            raise InvalidTerms("exclusivity", f"{self.reference} is {standard.exclusivity}")
        for name in ("rights", "uses", "media"):
            extra = getattr(terms, name) - getattr(standard, name)
            if extra:
                raise InvalidTerms(
                    name, f"{self.reference} does not cover {', '.join(sorted(extra))}"
                )
