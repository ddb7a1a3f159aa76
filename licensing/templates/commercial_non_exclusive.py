"""Non-exclusive licence for commercial use in productions of every kind."""

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
LICENCE FOR COMMERCIAL USE OF MUSIC (NON-EXCLUSIVE)

1. Who and what. The licensor named in the certificate lets the licensee named there use the track
named there. The certificate and its schedule are part of this licence; where the schedule is
narrower than this text, the schedule counts.

2. What you may do. You may use the track in productions of yours, for the uses, in the media, in
the territory, for the term and within the limits of the schedule: set it to moving pictures, use
it as background, in advertising, in games and apps, and in broadcasts. You may copy these
productions, make them available to the public, perform and sell them. What you published during
the term may stay available afterwards; advertising that you pay for must stop when the term ends.

3. Both copyrights. The licence covers the recording and the composition in it, as far as the
schedule names them. You owe nothing further to the licensor for these uses. Societies that
collect for public performance may still collect from broadcasters, cinemas and venues.

4. Changes. You may do to the track what the schedule allows. Cutting, looping, fading, changing
the level and speaking over it is editing; remixing, sampling and adding melody or lyrics is
adapting.

5. What you may not do. You may not distribute the track on its own as music, resell or share its
files, put it into a library of music or sounds, claim it as your work, or use it in what is
unlawful, defamatory or sexually explicit.

6. Clients. If the schedule allows client work, you may deliver a production that contains the
track to a client, who may use that production as you could. Each further production needs its own
licence unless the schedule says otherwise.

7. Content identification. You may not register the track, or a production's sound that consists
mainly of it, with a system that claims other people's uses of it, such as Content ID. If such a
system claims your production, show it your certificate.

8. Artificial intelligence. The track was made with generative AI; how is told with the track. You
may not remove marks of that from the files you publish where the law asks for them. You may not
use the track to train or adapt an AI system unless the schedule allows it.

9. Credit. Name the track and its makers as the schedule says, where your production has credits.

10. What stays with the licensor. This licence is not exclusive: others, your competitors among
them, may use the track too. Everything that is not granted here stays with the licensor.

11. What the licensor promises. The licensor promises to be entitled to grant this licence, and
has signed the attestations shown with the track. Works made with generative AI do not enjoy
copyright everywhere; the licensor promises not to claim against you for any use that this licence
allows.

12. If the track is challenged. If somebody claims rights in the track, the licence can be
suspended while the claim is examined; the status address in the certificate says so. Publish
nothing new with the track in that time. If the claim proves right, the licence ends for future
uses, and you get your money back.

13. If the track is sold exclusively. A later exclusive sale to somebody else does not end your
licence: you keep it with all its terms.

14. Ending. The licence ends when its term ends, or if you break it and do not put that right
within 14 days of being told. It is personal: you may not pass it on except with your whole
business.
"""

COMMERCIAL_NON_EXCLUSIVE_1: Final = LicenceTemplate(
    template_id="commercial-non-exclusive",
    version=1,
    kind=OfferKind.COMMERCIAL_NON_EXCLUSIVE,
    title="Commercial non-exclusive",
    text=_TEXT,
    standard_terms=LicenceTerms(
        rights=frozenset({Right.MASTER, Right.COMPOSITION}),
        uses=frozenset(
            {Use.SYNC, Use.BACKGROUND, Use.ADVERTISING, Use.GAME, Use.APP, Use.BROADCAST}
        ),
        media=frozenset(Medium) - {Medium.AUDIO_STREAMING, Medium.PHYSICAL},
        territories=frozenset({WORLDWIDE}),
        term_months=None,
        exclusivity=Exclusivity.NON_EXCLUSIVE,
        caps=Caps(),
        credit=Credit.NOT_REQUIRED,
        modification=Modification.EDIT,
        sublicensing=Sublicensing.CLIENT_WORK,
        content_id_allowed=False,
        deliverables=frozenset({Deliverable.MIX_MP3, Deliverable.MIX_WAV, Deliverable.STEMS}),
    ),
)
