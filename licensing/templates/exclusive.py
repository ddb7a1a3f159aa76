"""Exclusive licence for every use of the track."""

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
EXCLUSIVE LICENCE TO USE MUSIC

1. Who and what. The licensor named in the certificate lets the licensee named there, and from now
on nobody else, use the track named there. The certificate and its schedule are part of this
licence; where the schedule is narrower than this text, the schedule counts.

2. What you may do. You may use the track for the uses, in the media, in the territory, for the
term and within the limits of the schedule: in productions of every kind, in advertising, games,
apps and broadcasts, as a sample in other music, and on its own as a release under a name of your
choice.

3. What exclusive means. For the term and the territory the licensor will neither use the track in
these ways nor let anybody else do so, and takes it off sale. The licensor may show it in a
portfolio, as made by the licensor and licensed to you.

4. Earlier licences stay. Licences that were granted before yours stay in force with all their
terms. The licensor tells you how many there are when you ask. You may not act against those who
hold them.

5. Not a sale of copyright. You get the exclusive right to use the track, not ownership of any
copyright in it. Where the law gives an exclusive licensee the right to act against infringers,
you may do so.

6. Both copyrights. The licence covers the recording and the composition in it, as far as the
schedule names them. Shares of composers and publishers in what collecting societies pay stay as
they are registered.

7. Changes and clients. You may do to the track what the schedule allows: editing is cutting,
looping and fading; adapting is remixing, sampling and adding melody or lyrics. If the schedule
allows client work, you may let clients use productions that contain the track.

8. Content identification. If the schedule allows it, you may register the track with systems that
claim uses of it, such as Content ID, once you have excluded the holders of earlier licences.

9. Artificial intelligence. The track was made with generative AI; how is told with the track. You
may not remove marks of that from the files you publish where the law asks for them, and must tell
platforms to which you deliver the track if they ask. You may not use the track to train or adapt
an AI system unless the schedule allows it. The generator may make similar music for others; that
no track like this one is ever made again is not promised.

10. What you may not do. You may not deny how the track was made where you are asked for it, or
use the track in what is unlawful, defamatory or sexually explicit.

11. Credit. Name the makers as the schedule says.

12. What the licensor promises. The licensor promises to be entitled to grant this licence
exclusively, has given evidence of that, and has signed the attestations shown with the track.
Works made with generative AI do not enjoy copyright everywhere: where there is none, exclusive
means what clause 3 says and cannot be enforced against strangers.

13. If the track is challenged. If somebody claims rights in the track, the licence can be
suspended while the claim is examined; the status address in the certificate says so. Publish
nothing new with the track in that time. If the claim proves right, the licence ends for future
uses, and you get your money back.

14. Ending. The licence ends when its term ends, or if you break it and do not put that right
within 30 days of being told. You may pass it on as a whole; tell the licensor to whom.
"""

EXCLUSIVE_1: Final = LicenceTemplate(
    template_id="exclusive",
    version=1,
    kind=OfferKind.EXCLUSIVE,
    title="Exclusive",
    text=_TEXT,
    standard_terms=LicenceTerms(
        rights=frozenset({Right.MASTER, Right.COMPOSITION}),
        uses=frozenset(Use),
        media=frozenset(Medium),
        territories=frozenset({WORLDWIDE}),
        term_months=None,
        exclusivity=Exclusivity.EXCLUSIVE,
        caps=Caps(),
        credit=Credit.NOT_REQUIRED,
        modification=Modification.ADAPT,
        sublicensing=Sublicensing.CLIENT_WORK,
        content_id_allowed=True,
        deliverables=frozenset(Deliverable),
    ),
)
