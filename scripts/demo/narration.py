"""How the demo speaks: numbered chapters, plain sentences, evidence indented below them."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping
from typing import Final

_WIDTH: Final = 100


class Narrator:
    """Writes the story to standard output as it happens."""

    def __init__(self) -> None:
        self._chapter = 0
        self._colour = sys.stdout.isatty()

    def chapter(self, title: str) -> None:
        self._chapter += 1
        self._write("")
        self._write(self._bold(f"{self._chapter}. {title}"))

    def say(self, sentence: str) -> None:
        self._write(textwrap.fill(sentence, _WIDTH, initial_indent="   ", subsequent_indent="   "))

    def evidence(self, facts: Mapping[str, object]) -> None:
        """Facts a reader can check, one a line."""
        width = max(len(name) for name in facts)
        for name, value in facts.items():
            self._write(f"      {name:<{width}}  {value}")

    def refused(self, what: str, problem: Mapping[str, object]) -> None:
        """A refusal that was hoped for, with its problem type."""
        self.say(f"{what} Refused, as it should be:")
        kind = str(problem["type"]).rsplit("/", 1)[-1]
        self.evidence({"problem": kind, "status": problem["status"], "detail": problem["detail"]})

    def quote(self, printed: str) -> None:
        """What a command printed."""
        for line in printed.rstrip().splitlines():
            self._write(f"      | {line}")

    def heading(self, title: str) -> None:
        self._write(self._bold(title))

    def _bold(self, text: str) -> str:
        return f"\033[1m{text}\033[0m" if self._colour else text

    @staticmethod
    def _write(line: str) -> None:
        print(line, flush=True)
