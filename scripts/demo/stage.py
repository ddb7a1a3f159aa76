"""What every chapter stands on: the narrator, the people, the running service, a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.demo.narration import Narrator
from scripts.demo.people import Person
from scripts.demo.processes import Service


@dataclass(frozen=True)
class Cast:
    """Everybody in the story, each with an account and a key of their own."""

    operator: Person
    creator: Person
    rival: Person
    partner: Person
    session_player: Person
    buyer: Person
    reviewer: Person
    finance: Person


@dataclass(frozen=True)
class Stage:
    """The story's surroundings."""

    narrator: Narrator
    service: Service
    cast: Cast
    folder: Path

    def public(self) -> Person:
        """Somebody without an account."""
        return Person(self.service.url, "A stranger")


def money(amount: Any) -> str:
    """An amount as the API gives it, with its currency."""
    minor, currency = amount["amount_minor"], amount["currency"]
    return f"{minor / 100:.2f} {currency}"
