"""The licence templates that we keep, every version ever offered.

A version is never edited once it was sold under: a change is a new version beside the old one, so
that each certificate can always be read with the words that were agreed.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from licensing.errors import UnknownTemplate
from licensing.templates.commercial_non_exclusive import COMMERCIAL_NON_EXCLUSIVE_1
from licensing.templates.exclusive import EXCLUSIVE_1
from licensing.templates.sync_online_video import SYNC_ONLINE_VIDEO_1
from licensing.templates.template import LicenceTemplate, OfferKind

__all__ = [
    "COMMERCIAL_NON_EXCLUSIVE_1",
    "EXCLUSIVE_1",
    "SYNC_ONLINE_VIDEO_1",
    "TEMPLATES",
    "LicenceTemplate",
    "OfferKind",
    "template_of",
]

TEMPLATES: Final = MappingProxyType(
    {
        template.reference: template
        for template in (SYNC_ONLINE_VIDEO_1, COMMERCIAL_NON_EXCLUSIVE_1, EXCLUSIVE_1)
    }
)


def template_of(reference: str) -> LicenceTemplate:
    """The template behind ``lic:<template>@<version>``. Raises UnknownTemplate."""
    try:
        return TEMPLATES[reference]
    except KeyError:
        raise UnknownTemplate(reference) from None
