"""Transition tables: the type that checks them, and every table there is."""

from __future__ import annotations

import importlib
import itertools
import pkgutil
from enum import StrEnum

import pytest

from licensing import lifecycles
from licensing.errors import IllegalTransition, MalformedLifecycle
from licensing.lifecycle import Lifecycle


class Door(StrEnum):
    OPEN = "open"
    SHUT = "shut"
    WALLED_UP = "walled_up"


class Push(StrEnum):
    SHUT = "shut"
    OPEN = "open"
    WALL_UP = "wall_up"


DOOR = Lifecycle(
    name="door",
    states=Door,
    initial=Door.OPEN,
    terminal=frozenset({Door.WALLED_UP}),
    transitions={
        (Door.OPEN, Push.SHUT): Door.SHUT,
        (Door.SHUT, Push.OPEN): Door.OPEN,
        (Door.SHUT, Push.WALL_UP): Door.WALLED_UP,
    },
)


def every_table() -> list[Lifecycle[StrEnum, StrEnum]]:
    modules = [
        importlib.import_module(f"{lifecycles.__name__}.{found.name}")
        for found in pkgutil.iter_modules(lifecycles.__path__)
    ]
    return [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Lifecycle)
    ]


TABLES = every_table()


def test_there_is_one_table_per_module() -> None:
    assert len(TABLES) == len(list(pkgutil.iter_modules(lifecycles.__path__))) == 11
    assert len({table.name for table in TABLES}) == len(TABLES)


@pytest.mark.parametrize("table", [DOOR, *TABLES], ids=lambda table: table.name)
def test_the_table_is_all_there_is(table: Lifecycle[StrEnum, StrEnum]) -> None:
    commands = {type(command) for _, command in table.transitions}
    assert len(commands) == 1
    used = {command for _, command in table.transitions}
    assert used == set(commands.pop())  # no command without a use
    for state, command in itertools.product(table.states, used):
        if (state, command) in table.transitions:
            assert table.advance(state, command) in table.states
            assert command in table.allowed(state)
        else:
            with pytest.raises(IllegalTransition) as refused:
                table.advance(state, command)
            assert refused.value.lifecycle == table.name
            assert (refused.value.state, refused.value.command) == (state, command)
            assert refused.value.allowed == table.allowed(state)


@pytest.mark.parametrize("table", [DOOR, *TABLES], ids=lambda table: table.name)
def test_every_state_is_reached_and_every_life_can_end(table: Lifecycle[StrEnum, StrEnum]) -> None:
    reached, frontier = {table.initial}, {table.initial}
    while frontier:
        frontier = {
            table.advance(state, command) for state in frontier for command in table.allowed(state)
        } - reached
        reached |= frontier
    assert reached == set(table.states)
    ends = set(table.terminal)
    assert ends
    for _ in table.states:
        ends |= {start for (start, _), end in table.transitions.items() if end in ends}
    assert ends == set(table.states)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_terminal_states_have_no_exit(table: Lifecycle[StrEnum, StrEnum]) -> None:
    for state in table.terminal:
        assert table.allowed(state) == ()


def test_a_refusal_says_what_is_possible() -> None:
    with pytest.raises(IllegalTransition, match="possible now: open, wall_up"):
        DOOR.advance(Door.SHUT, Push.SHUT)
    with pytest.raises(IllegalTransition, match="nothing is possible any more"):
        DOOR.advance(Door.WALLED_UP, Push.OPEN)


def test_a_state_nobody_reaches_is_refused() -> None:
    with pytest.raises(MalformedLifecycle, match="nothing leads to walled_up"):
        Lifecycle(
            "door",
            Door,
            Door.OPEN,
            frozenset({Door.WALLED_UP}),
            {(Door.OPEN, Push.SHUT): Door.SHUT, (Door.SHUT, Push.OPEN): Door.OPEN},
        )


@pytest.mark.parametrize("terminal", [frozenset(), frozenset({Door.SHUT, Door.WALLED_UP})])
def test_terminal_is_exactly_where_no_exit_is(terminal: frozenset[Door]) -> None:
    with pytest.raises(MalformedLifecycle, match="terminal"):
        Lifecycle("door", Door, Door.OPEN, terminal, DOOR.transitions)
