"""Chapters: a notice takes the track down with its money held; a counter notice brings it back."""

from __future__ import annotations

from scripts.demo.chapters.market import Sale
from scripts.demo.people import Document
from scripts.demo.stage import Stage, money

_DAY = 24 * 3600
_CONTACT = {
    "name": "Hedda Holder",
    "address": "12 Quay Street, Galway",
    "telephone": "+353 91 000 000",
    "email": "hedda@rights.example",
}


def take_down(stage: Stage, sale: Sale) -> Document:
    """A rights holder without an account files; a reviewer accepts; money moves to held."""
    narrator, stranger = stage.narrator, stage.public()
    narrator.chapter("A takedown notice: the listing vanishes and the money is held, at once")
    filed = stranger.post(
        "/v1/notices",
        {
            "signature": _CONTACT["name"],
            "works": ["Harbour Lights in Five, recording of 2019"],
            "locations": [sale.listing_id],
            "contact": _CONTACT,
            "states_good_faith": True,
            "considered_fair_use": True,
            "states_accuracy": True,
            "states_authority_under_perjury": True,
        },
    )
    notice: Document = filed["notices"][0]
    narrator.say(f"{_CONTACT['name']}, who has no account, filed a complete notice.")
    _accept(stage, notice["id"])
    narrator.refused(
        "The public page of the listing.",
        stranger.refusal(lambda: stranger.get(f"/v1/listings/{sale.listing_id}")),
    )
    buyer = stage.cast.buyer
    narrator.refused(
        "A new download link for the buyer.",
        buyer.refusal(lambda: buyer.get(f"/v1/grants/{sale.grant_id}/download")),
    )
    _tell_balances(stage)
    return notice


def bring_back(stage: Stage, sale: Sale, notice: Document) -> None:
    """The counter notice starts the statutory clock; on its day everything is restored."""
    narrator, creator = stage.narrator, stage.cast.creator
    narrator.chapter("A counter notice: 17 U.S.C. 512(g) gives ten to fourteen business days")
    creator.post(
        f"/v1/notices/{notice['id']}/counter-notice",
        {
            "signature": creator.name,
            "material": [f"“Night Ferry”, listing {sale.listing_id}"],
            "contact": {
                "name": creator.name,
                "address": "1 Mill Lane, Springfield, MA",
                "telephone": "+1 413 555 0100",
                "email": creator.email,
            },
            "explanation": "My generator composed it; the screening found no resemblance.",
            "states_mistake_under_perjury": True,
            "consents_to_jurisdiction": True,
            "accepts_service": True,
        },
    )
    before = stage.cast.operator.get("/v1/sandbox/clock")["now"]
    _pass_days(stage, 9)
    still = stage.public()
    narrator.refused(
        "Nine days later the listing is still down.",
        still.refusal(lambda: still.get(f"/v1/listings/{sale.listing_id}")),
    )
    _pass_days(stage, 14)
    restored = stage.public().wait_for_success(f"/v1/listings/{sale.listing_id}")
    after = stage.cast.operator.get("/v1/sandbox/clock")["now"]
    narrator.say("The clock is moved on; on its day the case restores by itself.")
    narrator.evidence(
        {
            "counter notice": before,
            "clock now": after,
            "listing": f"{restored['id']} is {restored['state']} again",
        }
    )
    _tell_balances(stage)
    links = stage.cast.buyer.get(f"/v1/grants/{sale.grant_id}/download")
    narrator.say(f"The buyer's downloads work again: {links['files'][0]['name']}.")


def _accept(stage: Stage, notice_id: str) -> None:
    reviewer = stage.cast.reviewer
    waiting = next(notice for notice in reviewer.get("/v1/notices") if notice["id"] == notice_id)
    claimed = reviewer.post(
        f"/v1/notices/{notice_id}/claim", {"expected_version": waiting["version"]}
    )
    decided = reviewer.post(
        f"/v1/notices/{notice_id}/decision",
        {
            "outcome": "accept",
            "reasoning": "The notice is complete and names the recording.",
            "expected_version": claimed["version"],
        },
    )
    stage.narrator.evidence({"notice": notice_id, "state": decided["state"]})


def _pass_days(stage: Stage, days: int) -> None:
    stage.cast.operator.post("/v1/sandbox/clock", {"seconds": days * _DAY})


def _tell_balances(stage: Stage) -> None:
    facts = {}
    for person in (stage.cast.creator, stage.cast.partner, stage.cast.session_player):
        buckets = person.get("/v1/balances")
        facts[person.name] = ", ".join(
            f"{bucket['bucket']} {money(bucket['balance'])}"
            for bucket in buckets
            if bucket["balance"]["amount_minor"]
        )
    stage.narrator.say("The parties' shares now:")
    stage.narrator.evidence(facts)
