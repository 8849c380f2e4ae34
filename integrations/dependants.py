"""Who uses a connection: other apps say so here, because this app may not ask them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import User

from integrations.models import Connection


@dataclass(frozen=True)
class Dependant:
    """`finder` names what uses a connection, `stopper` stops it for good, `reviver` lets work go
    on that had failed because of the connection's key."""

    finder: Callable[[Connection], list[str]]
    stopper: Callable[[Connection, User], None]
    reviver: Callable[[Connection], None] | None = None


_DEPENDANTS: list[Dependant] = []


def register(
    finder: Callable[[Connection], list[str]],
    stopper: Callable[[Connection, User], None],
    reviver: Callable[[Connection], None] | None = None,
) -> None:
    """Called once per app, from its `AppConfig.ready`."""
    dependant = Dependant(finder, stopper, reviver)
    if dependant not in _DEPENDANTS:
        _DEPENDANTS.append(dependant)


def find(connection: Connection) -> list[str]:
    return [label for dependant in _DEPENDANTS for label in dependant.finder(connection)]


def stop(connection: Connection, actor: User) -> None:
    for dependant in _DEPENDANTS:
        dependant.stopper(connection, actor)


def revive(connection: Connection) -> None:
    for dependant in _DEPENDANTS:
        if dependant.reviver:
            dependant.reviver(connection)
