"""A licence offered for a price, and the agreement that a buyer of it enters into."""

from __future__ import annotations

from dataclasses import dataclass

from licensing.digests import JsonDocument, document_sha256
from licensing.errors import InvalidTerms
from licensing.money import Money
from licensing.templates import LicenceTemplate, OfferKind, template_of
from licensing.terms import LicenceTerms


@dataclass(frozen=True, slots=True)
class LicenceOffer:
    """Terms under a template, for a price.

    Raises UnknownTemplate, and InvalidTerms where the terms leave the template or the price is not
    positive. Whether the creator may sell it at all is asked of ``rights_gate``.
    """

    template: str
    terms: LicenceTerms
    price: Money

    def __post_init__(self) -> None:
        template_of(self.template).check(self.terms)
        if self.price.minor <= 0:
            raise InvalidTerms("price", "a licence is sold for more than nothing")

    @classmethod
    def standard(cls, template: LicenceTemplate, price: Money) -> LicenceOffer:
        """The template's own terms, for a price."""
        return cls(template.reference, template.standard_terms, price)

    @property
    def kind(self) -> OfferKind:
        """What kind of licence this is, for ``rights_gate``."""
        return template_of(self.template).kind

    @property
    def terms_hash(self) -> str:
        """``terms_hash`` of the agreement; an order pins it."""
        return terms_hash(self.template, self.terms)


def agreement_document(template: str, terms: LicenceTerms) -> JsonDocument:
    """All that is agreed on besides the price: template, digest of its text, terms.

    Raises UnknownTemplate.
    """
    return {
        "template": template,
        "text_sha256": template_of(template).text_sha256,
        "terms": terms.document(),
    }


def terms_hash(template: str, terms: LicenceTerms) -> str:
    """SHA-256, in hex, of ``agreement_document`` in RFC 8785 form. Raises UnknownTemplate.

    The price stays outside: a discount does not change what a buyer may do.
    """
    return document_sha256(agreement_document(template, terms))
