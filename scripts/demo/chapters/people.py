"""Chapter: people open their accounts."""

from __future__ import annotations

from scripts.demo.narration import Narrator
from scripts.demo.people import Person
from scripts.demo.processes import Service, run
from scripts.demo.stage import Cast

_STAFF = {
    "operator": ("Olive Operator", ("operator",)),
    "reviewer": ("Rhea Reviewer", ("reviewer", "legal")),
    "finance": ("Finn Finance", ("finance",)),
}


def open_accounts(narrator: Narrator, service: Service) -> Cast:
    """The administrator comes from the command line; everybody else signs up over HTTP."""
    narrator.chapter("People open their accounts")
    admin = _administrator(service)
    creators = [
        Person(service.url, name).sign_up("creator")
        for name in ("Ada Author", "Rico Rival", "Pia Partner", "Sal Session")
    ]
    buyer = Person(service.url, "Ben Buyer").sign_up("buyer")
    staff: dict[str, Person] = {}
    for part, (name, roles) in _STAFF.items():
        staff[part] = Person(service.url, name).sign_up("buyer")
        for role in roles:
            admin.post(f"/v1/people/{staff[part].id}/roles", {"role": role})
    narrator.say(
        "Four creators, a buyer, an operator, a reviewer and a bookkeeper signed up; each has an "
        "API key of their own, of which only the digest is kept."
    )
    creator, rival, partner, player = creators
    return Cast(
        creator=creator,
        rival=rival,
        partner=partner,
        session_player=player,
        buyer=buyer,
        **staff,
    )


def _administrator(service: Service) -> Person:
    admin = Person(service.url, "Alba Admin")
    printed = run(
        "admin",
        "create",
        admin.email,
        "--name",
        admin.name,
        environment={**service.environment, "COUNTERSIGN_ADMIN_PASSWORD": admin.password},
    )
    key = printed.rsplit(maxsplit=1)[-1]
    return Person(service.url, admin.name, key)
