"""What screening refuses. Each has its own ``type`` in the problem document."""

from __future__ import annotations

from app.core.errors import Conflict, Forbidden, Unprocessable


class ScreeningChanged(Conflict):
    """The screening changed after the reviewer looked at it."""

    slug = "screening-changed"
    title = "The screening has changed since you saw it"


class ClaimedByOther(Conflict):
    """Another reviewer is at it."""

    slug = "claimed-by-other"
    title = "Another reviewer is working on this"


class NotClaimed(Conflict):
    """A decision needs a claim that has not run out."""

    slug = "not-claimed"
    title = "Claim the screening before you decide it"


class OwnTrack(Forbidden):
    """Nobody judges their own track."""

    slug = "own-track"
    title = "You may not review your own track"


class ReasonMissing(Unprocessable):
    """A decision that says nothing to its creator."""

    slug = "reason-missing"
    title = "A decision needs a reason"


class NothingWithheld(Conflict):
    """There is nothing that a person's look at an accepted track could change."""

    slug = "nothing-withheld"
    title = "Every kind of licence is cleared already"


class LookPending(Conflict):
    """A person is going to look at the track already."""

    slug = "look-pending"
    title = "A person is going to look at it already"


class SoundUnusable(Unprocessable):
    """What was sent to be compared is no audio that can be decoded."""

    slug = "sound-unusable"
    title = "The audio cannot be used"
