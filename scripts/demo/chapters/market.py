"""Chapters: listing, sale, royalties, certificate."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import httpx

from scripts.demo.people import Document
from scripts.demo.processes import run
from scripts.demo.stage import Stage, money

_VENDOR_TERMS = "Aviary Sound Labs, terms of service for paying users, version 9"
_SPLIT = {"creator": 6_000, "partner": 2_500, "session_player": 1_500}


@dataclass(frozen=True)
class Sale:
    """What was sold."""

    listing_id: str
    grant_id: str
    order_id: str


def list_track(stage: Stage, track_id: str) -> Document:
    """Publishing is refused until verdict, attestations and split are right."""
    narrator, creator = stage.narrator, stage.cast.creator
    narrator.chapter("Listing: two licence offers, a split sheet, and a gate before the market")
    terms = hashlib.sha256(_VENDOR_TERMS.encode()).hexdigest()
    listing = creator.post(
        "/v1/listings",
        {
            "track_id": track_id,
            "generation": {"plan": "pro", "terms_sha256": terms},
            "description": "A restless flute in five over suspended strings.",
        },
    )
    address = f"/v1/listings/{listing['id']}"
    for template, price in (
        ("lic:sync-online-video@1", 4_900),
        ("lic:commercial-non-exclusive@1", 19_900),
    ):
        creator.post(
            f"{address}/offers", {"template": template, "price_minor": price, "currency": "USD"}
        )
    uneven = {"shares": [_share(stage, "creator", 6_000), _share(stage, "partner", 2_500)]}
    narrator.refused(
        "A split sheet that adds up to 8,500 basis points.",
        creator.refusal(lambda: creator.put(f"{address}/split-sheet", uneven)),
    )
    narrator.refused(
        "Publishing without attestations and split.",
        creator.refusal(lambda: creator.post(f"{address}/publication")),
    )
    creator.put(
        f"{address}/split-sheet",
        {"shares": [_share(stage, part, points) for part, points in _SPLIT.items()]},
    )
    texts = creator.get("/v1/attestations")
    creator.post(
        f"/v1/tracks/{track_id}/attestations",
        {"references": [text["reference"] for text in texts]},
    )
    files = creator.get(f"/v1/tracks/{track_id}")["assets"]
    creator.wait_for(f"/v1/tracks/{track_id}/release", lambda ready: len(ready) == len(files))
    published: Document = creator.post(f"{address}/publication")
    narrator.say("With both in place the listing is published.")
    narrator.evidence(
        {
            "listing": published["id"],
            "offers": "; ".join(f"{o['title']} {money(o['price'])}" for o in published["offers"]),
            "split": ", ".join(
                f"{getattr(stage.cast, part).name} {points}" for part, points in _SPLIT.items()
            ),
            "page": f"{stage.service.url}/listings/{published['id']}",
        }
    )
    return published


def sell(stage: Stage, listing: Document) -> Sale:
    """A buyer pays through Stripe's SDK and API; the webhook books the sale."""
    narrator, buyer = stage.narrator, stage.cast.buyer
    narrator.chapter("A sale: Stripe's webhook posts a balanced entry, to the cent")
    offer = max(listing["offers"], key=lambda offer: offer["price"]["amount_minor"])
    order = buyer.post("/v1/orders", {"offer_id": offer["id"]})
    payment = buyer.post(f"/v1/orders/{order['id']}/payment")
    pay(stage, payment)
    paid = buyer.wait_for(f"/v1/orders/{order['id']}", lambda order: order["state"] == "paid")
    narrator.say(
        f"{buyer.name} bought “{offer['title']}” for {money(paid['price'])}: the real Stripe SDK "
        "against a stand-in on this machine, which sent a signed webhook."
    )
    _tell_ledger(stage, order["id"])
    grant = next(g for g in buyer.get("/v1/grants") if g["order_id"] == order["id"])
    return Sale(listing["id"], grant["id"], order["id"])


def deliver(stage: Stage, sale: Sale) -> None:
    """The buyer downloads by a signed link and verifies the certificate offline."""
    narrator, buyer = stage.narrator, stage.cast.buyer
    narrator.chapter("Delivery: a signed, expiring link, and a certificate that proves the licence")
    links = buyer.get(f"/v1/grants/{sale.grant_id}/download")
    target = stage.folder / links["files"][0]["name"]
    target.write_bytes(stage.public().download(links["url"]))
    certificate = stage.folder / "certificate.json"
    bundle = buyer.wait_for_success(f"/v1/grants/{sale.grant_id}/certificate")
    certificate.write_text(json.dumps(bundle))
    narrator.evidence(
        {"file": f"{target.name}, {target.stat().st_size} bytes", "expires": links["expires_at"]}
    )
    narrator.say("Years later, with no network and no account:")
    printed = run(
        "verify",
        "--key",
        str(stage.folder / "jwks.json"),
        "--log-key",
        str(stage.folder / "log.vkey"),
        "--file",
        str(target),
        str(certificate),
        environment=stage.service.environment,
    )
    narrator.quote(printed)
    root = stage.folder / "root.pem"
    root.write_text(stage.public().text("/.well-known/content-credentials.pem"))
    narrator.say("And the file speaks for itself, in any player or tool that knows C2PA:")
    narrator.quote(
        run("credentials", "--trust", str(root), str(target), environment=stage.service.environment)
    )


def _share(stage: Stage, part: str, basis_points: int) -> Document:
    party = getattr(stage.cast, part)
    return {"party_id": party.id, "role": "producer", "basis_points": basis_points}


def pay(stage: Stage, payment: Document) -> None:
    """What Stripe's own script does in the buyer's browser: confirm with the client secret."""
    httpx.post(
        f"{stage.service.stripe_url}/v1/payment_intents/{payment['payment_intent']}/confirm",
        data={"client_secret": payment["client_secret"], "payment_method": "pm_card_visa"},
        headers={"Authorization": f"Bearer {stage.service.publishable_key}"},
    ).raise_for_status()


def _tell_ledger(stage: Stage, order_id: str) -> None:
    names = {person.id: person.name for person in vars(stage.cast).values()}
    for entry in stage.cast.finance.get("/v1/ledger/entries", order=order_id):
        facts = {}
        for posting in entry["postings"]:
            account = posting["account"]
            for identifier, name in names.items():
                account = account.replace(identifier, name)
            facts[account] = f"{posting['minor'] / 100:+9.2f} {posting['currency']}"
        stage.narrator.say(f"Entry “{entry['kind']}”:")
        stage.narrator.evidence(facts)
