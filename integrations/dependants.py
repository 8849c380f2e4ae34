"""Who uses a connection: other apps say so here, because this app may not ask them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User

from integrations.models import Connection


@dataclass(frozen=True)
class Dependant:
    """`finder` names what uses a connection, `stopper` stops it for good, `reviver` lets work go
    on that had failed because of the connection's key, `counter` says how many imports use each of
    many connections, by its key."""

    finder: Callable[[Connection], list[str]]
    stopper: Callable[[Connection, User], None]
    reviver: Callable[[Connection], None] | None = None
    counter: Callable[[Sequence[Connection]], Mapping[int, int]] | None = None


_DEPENDANTS: list[Dependant] = []


def register(
    finder: Callable[[Connection], list[str]],
    stopper: Callable[[Connection, User], None],
    reviver: Callable[[Connection], None] | None = None,
    counter: Callable[[Sequence[Connection]], Mapping[int, int]] | None = None,
) -> None:
    """Called once per app, from its `AppConfig.ready`."""
    dependant = Dependant(finder, stopper, reviver, counter)
    if dependant not in _DEPENDANTS:
        _DEPENDANTS.append(dependant)


def find(connection: Connection) -> list[str]:
    return [label for dependant in _DEPENDANTS for label in dependant.finder(connection)]


def counts(connections: Sequence[Connection]) -> Mapping[int, int]:
    """How many imports use each, by its key; 0 for what is not in it. One look for all of them."""
    counted: Counter[int] = Counter()
    for dependant in _DEPENDANTS:
        if dependant.counter:
            counted.update(dependant.counter(connections))
    return counted


def stop(connection: Connection, actor: User) -> None:
    for dependant in _DEPENDANTS:
        dependant.stopper(connection, actor)


def revive(connection: Connection) -> None:
    for dependant in _DEPENDANTS:
        if dependant.reviver:
            dependant.reviver(connection)
