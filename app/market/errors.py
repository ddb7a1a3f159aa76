"""What the market refuses. Each has its own ``type`` in the problem document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.errors import Conflict, Forbidden, Gone


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason why a listing cannot be published: a stable name and a sentence."""

    name: str
    sentence: str


class NotPublishable(Conflict):
    """The gate before publication; ``obstacles`` names everything that is in the way."""

    slug = "not-publishable"
    title = "This listing cannot be published yet"

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        super().__init__(
            " ".join(obstacle.sentence for obstacle in obstacles),
            obstacles=[
                {"name": obstacle.name, "detail": obstacle.sentence} for obstacle in obstacles
            ],
        )
        self.obstacles = tuple(obstacles)


class TrackListedAlready(Conflict):
    """The track has a listing, or was sold exclusively."""

    slug = "track-listed-already"
    title = "This track is listed already"


class ListingWithheld(Gone):
    """A case about the track is open, or its creator took it off the market."""

    slug = "listing-withheld"
    title = "This listing is not available"


class OfferWithdrawn(Gone):
    """The licence is no longer offered."""

    slug = "offer-withdrawn"
    title = "This licence is no longer offered"


class NotForSale(Conflict):
    """The listing is not published, or was sold exclusively."""

    slug = "not-for-sale"
    title = "This is not for sale"


class ExclusivelyReserved(Conflict):
    """Somebody is paying for an exclusive licence of the track."""

    slug = "exclusively-reserved"
    title = "Somebody is buying this track exclusively"


class OwnTrack(Forbidden):
    """Sellers do not buy from themselves: it would put false sales into the books."""

    slug = "own-track"
    title = "This track is yours"


class OrderExpired(Gone):
    """The time to pay is over."""

    slug = "order-expired"
    title = "This order has expired"


class PaymentMismatch(Conflict):
    """What was received is not the price of the order; people must look at it."""

    slug = "payment-mismatch"
    title = "The payment is not the price of the order"


class DownloadSuspended(Gone):
    """A case about the track is open, or the payment is disputed."""

    slug = "download-suspended"
    title = "This download is suspended"


class LicenceEnded(Gone):
    """The licence was revoked or its term is over."""

    slug = "licence-ended"
    title = "This licence has ended"
