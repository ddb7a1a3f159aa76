"""Non-exclusive sync licence for online video."""

from __future__ import annotations

from typing import Final

from licensing.templates.template import LicenceTemplate, OfferKind
from licensing.terms import (
    WORLDWIDE,
    Caps,
    Credit,
    Deliverable,
    Exclusivity,
    LicenceTerms,
    Medium,
    Modification,
    Right,
    Sublicensing,
    Use,
)

_TEXT: Final = """\
LICENCE TO USE MUSIC IN ONLINE VIDEO (NON-EXCLUSIVE)

1. Who and what. The licensor named in the certificate lets the licensee named there use the track
named there. The certificate and its schedule are part of this licence; where the schedule is
narrower than this text, the schedule counts.

2. What you may do. You may set the track to moving pictures of your own, copy the result, and
make it available to the public in the media, the territory and for the term of the schedule,
within its limits. You may earn money with these videos, also by advertising that the platform
shows with them. Videos that you published during the term may stay online afterwards.

3. Both copyrights. The licence covers the recording and the composition in it, as far as the
schedule names them. You owe nothing further to the licensor for these uses. Societies that
collect for public performance may still collect from platforms and broadcasters.

4. Changes. You may do to the track what the schedule allows. Cutting, looping, fading, changing
the level and speaking over it is editing; remixing, sampling and adding melody or lyrics is
adapting.

5. What you may not do. You may not use the track in paid advertising, in broadcast or cinema, in
games or apps, or on its own without pictures; resell it, share its files or offer it as music;
claim it as your work; or use it in what is unlawful, defamatory or sexually explicit. If clients
of yours are to use it, the schedule must say so.

6. Content identification. You may not register the track, or a video's sound that consists mainly
of it, with a system that claims other people's uses of it, such as Content ID. If such a system
claims your video, show it your certificate.

7. Artificial intelligence. The track was made with generative AI; how is told with the track. You
may not remove marks of that from the files you publish where the law asks for them. You may not
use the track to train or adapt an AI system unless the schedule allows it.

8. Credit. Name the track and its makers as the schedule says, in the video or its description.

9. What stays with the licensor. This licence is not exclusive: others may use the track too.
Everything that is not granted here stays with the licensor. You own your video, not the music.

10. What the licensor promises. The licensor promises to be entitled to grant this licence, and
has signed the attestations shown with the track. Works made with generative AI do not enjoy
copyright everywhere; the licensor promises not to claim against you for any use that this licence
allows.

11. If the track is challenged. If somebody claims rights in the track, the licence can be
suspended while the claim is examined; the status address in the certificate says so. Publish
nothing new with the track in that time. If the claim proves right, the licence ends for future
uses, and you get your money back.

12. If the track is sold exclusively. A later exclusive sale to somebody else does not end your
licence: you keep it with all its terms.

13. Ending. The licence ends when its term ends, or if you break it and do not put that right
within 14 days of being told. It is personal: you may not pass it on except with your whole
business.
"""

SYNC_ONLINE_VIDEO_1: Final = LicenceTemplate(
    template_id="sync-online-video",
    version=1,
    kind=OfferKind.NON_EXCLUSIVE_SYNC,
    title="Non-exclusive sync (online video)",
    text=_TEXT,
    standard_terms=LicenceTerms(
        rights=frozenset({Right.MASTER, Right.COMPOSITION}),
        uses=frozenset({Use.SYNC}),
        media=frozenset({Medium.ONLINE_VIDEO, Medium.SOCIAL_MEDIA, Medium.WEBSITE}),
        territories=frozenset({WORLDWIDE}),
        term_months=None,
        exclusivity=Exclusivity.NON_EXCLUSIVE,
        caps=Caps(),
        credit=Credit.WHERE_CUSTOMARY,
        modification=Modification.EDIT,
        sublicensing=Sublicensing.NONE,
        content_id_allowed=False,
        deliverables=frozenset({Deliverable.MIX_MP3, Deliverable.MIX_WAV}),
    ),
)
