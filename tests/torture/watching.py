"""Makes a process pass by its points: calls of ours, what is written in SQL, each commit."""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib import import_module
from typing import Any

from tests.torture.magazine import AFTER, BEFORE, DURING, Magazine

# Besides the calls that are watched: what is written in SQL; each commit.
WRITE, COMMIT = "write", "commit"


def watch_call(name: str, module: str, path: str, magazine: Magazine) -> None:
    """Pass by the points of `name` at every call of what is at that path of the module."""
    replace(module, path, _watched(name, magazine))


def replace(module: str, path: str, wrapper: Callable[[Any], Any]) -> None:
    *owners, name = path.split(".")
    owner = functools.reduce(getattr, owners, import_module(module))
    setattr(owner, name, wrapper(getattr(owner, name)))


def passing(magazine: Magazine, name: str, call: Callable[[], Any]) -> Any:
    """Make the call, and come by before it, during it and after it."""
    magazine.pass_by(f"{name}, {BEFORE}")
    magazine.pass_by(f"{name}, {DURING}")
    result = call()
    magazine.pass_by(f"{name}, {AFTER}")
    return result


def watch_database(magazine: Magazine) -> None:
    from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: PLC0415  (needs settings)
    from django.db.backends.signals import connection_created  # noqa: PLC0415  (as above)

    def execute(call: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("INSERT", "UPDATE", "DELETE")):
            return call(sql, params, many, context)
        return passing(magazine, WRITE, lambda: call(sql, params, many, context))

    def watch(connection: Any, **_: Any) -> None:
        connection.execute_wrappers.append(execute)

    connection_created.connect(watch, weak=False)
    watch_call(COMMIT, BaseDatabaseWrapper.__module__, "BaseDatabaseWrapper._commit", magazine)


def _watched(name: str, magazine: Magazine) -> Callable[[Any], Any]:
    def wrap(call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def watched(*args: Any, **kwargs: Any) -> Any:
            return passing(magazine, name, lambda: call(*args, **kwargs))

        return watched

    return wrap
