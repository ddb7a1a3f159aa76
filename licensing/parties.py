"""Ids of parties, as they may appear in a split sheet and in an account's code."""

from __future__ import annotations

import re
from typing import Final

# Without a colon, so that an account's code always reads back as the parts it was made of.
PARTY_ID: Final = r"[A-Za-z0-9_-]{1,64}"


def is_party_id(text: str) -> bool:
    """Whether ``text`` is 1 to 64 ASCII letters, digits, hyphens and underscores."""
    return re.fullmatch(PARTY_ID, text) is not None
