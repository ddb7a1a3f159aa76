"""The one type of transition table: states, commands, and where each command leads.

A table is data. It is checked when made, so a wrong one cannot be imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from licensing.errors import IllegalTransition, MalformedLifecycle

State = TypeVar("State", bound=StrEnum)
Command = TypeVar("Command", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Lifecycle(Generic[State, Command]):
    """The life of one kind of thing.

    ``states`` is the enum itself, so that every member is known; ``terminal`` are the states that
    nothing leaves; ``transitions`` maps (state, command) to the next state and is complete:
    whatever it does not hold is refused.

    Raises MalformedLifecycle unless every state is reachable from ``initial``, and ``terminal``
    is exactly the states without an exit.
    """

    name: str
    states: type[State]
    initial: State
    terminal: frozenset[State]
    transitions: Mapping[tuple[State, Command], State]

    def __post_init__(self) -> None:
        left = {state for state, _ in self.transitions}
        dead_ends = frozenset(self.states) - left
        if dead_ends != self.terminal:
            wrong = ", ".join(sorted(dead_ends ^ self.terminal))
            raise MalformedLifecycle(self.name, f"terminal and without an exit differ in {wrong}")
        unreachable = frozenset(self.states) - self._reachable()
        if unreachable:
            raise MalformedLifecycle(
                self.name, f"nothing leads to {', '.join(sorted(unreachable))}"
            )

    def advance(self, state: State, command: Command) -> State:
        """The state after ``command``. Raises IllegalTransition where the table has no such row."""
        try:
            return self.transitions[state, command]
        except KeyError:
            allowed = tuple(possible.value for possible in self.allowed(state))
            raise IllegalTransition(self.name, state, command, allowed) from None

    def allowed(self, state: State) -> tuple[Command, ...]:
        """The commands that ``state`` accepts, in the order of the table."""
        return tuple(command for start, command in self.transitions if start is state)

    def _reachable(self) -> set[State]:
        reached, frontier = {self.initial}, [self.initial]
        while frontier:
            here = frontier.pop()
            onward = {end for (start, _), end in self.transitions.items() if start is here}
            frontier.extend(onward - reached)
            reached |= onward
        return reached
