"""``Idempotency-Key`` as Stripe honours it: the first answer again, other parameters refused.

Answers are kept once a call began to take effect, also 402 and 500; a call that was refused for
its parameters may be repeated with better ones. Calls happen one by one here, so that the answer
"a request with this key is in progress" never occurs by itself (order the fault ``conflict``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from scripts.stripe_standin.faults import StripeFault, invalid

_MAX_LENGTH: Final = 255


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a JSON body."""

    status: int
    body: bytes


class IdempotencyKeys:
    """The answers that were given under keys."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[bytes, Answer]] = {}

    def find(self, key: str, path: str, form: str) -> Answer | None:
        """The answer given before.

        Raises:
            StripeFault: 400 ``idempotency_error``, the key was used for another call.
        """
        if len(key) > _MAX_LENGTH:
            raise invalid("Idempotency keys have at most 255 characters.")
        if key not in self._answers:
            return None
        digest, answer = self._answers[key]
        if digest != _digest(path, form):
            raise StripeFault(
                400,
                "idempotency_error",
                "Keys for idempotent requests can only be used with the same parameters they were "
                f"first used with. Try using a key other than '{key}'.",
            )
        return answer

    def keep(self, key: str, path: str, form: str, answer: Answer) -> None:
        self._answers[key] = (_digest(path, form), answer)


def _digest(path: str, form: str) -> bytes:
    return hashlib.sha256(f"{path}\n{form}".encode()).digest()
