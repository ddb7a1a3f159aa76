"""Figures that the marketplace decides upon, with their reasons."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from licensing.splits import FeeBearer, FeePolicy

FEES: Final = FeePolicy(platform_fee_basis_points=1_500, processing_fee_bearer=FeeBearer.PLATFORM)
"""What the platform keeps of a sale. Orders pin the figures that they were placed under."""

ORDER_LIFETIME: Final = timedelta(minutes=30)
"""How long a buyer may take to pay: long enough for a second card, short enough that an exclusive
licence is not kept from others for long."""

LINK_LIFETIME: Final = timedelta(minutes=15)
"""How long a download link works: a start over a slow line, not a link to pass on."""

SWEEP_BATCH: Final = 100
"""Orders that one sweep takes up."""
