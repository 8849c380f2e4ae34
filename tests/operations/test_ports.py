from __future__ import annotations

import io
import socket

import pytest

from clevertap_partners.run.console import Console
from clevertap_partners.run.failures import StartFailed
from clevertap_partners.run.ports import Ports, answers, is_free


@pytest.fixture
def taken():
    """A port that somebody listens on, with a free one behind it."""
    for _ in range(20):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            if port < 65_000 and is_free(port + 1):
                yield port
                return
    raise AssertionError("no two neighbouring ports were free")


@pytest.fixture
def screen():
    return io.StringIO()


@pytest.fixture
def ports(tmp_path, screen):
    return Ports(tmp_path / "ports.json", Console(screen))


def test_it_takes_the_next_port_when_one_is_taken_and_says_so(ports, taken, screen):
    assert ports.choose("gateway", default=taken) == taken + 1
    assert f"Port {taken} is taken: the gateway uses {taken + 1}." in screen.getvalue()


def test_it_gives_no_port_twice(ports, taken):
    first = ports.choose("web", default=taken + 1)

    assert ports.choose("gateway", default=taken + 1) > first


def test_it_prefers_the_port_of_the_first_start(tmp_path, screen, taken):
    Ports(tmp_path / "ports.json", Console(screen)).choose("gateway", default=taken)

    later = Ports(tmp_path / "ports.json", Console(screen))

    assert later.choose("gateway", default=40_000) == taken + 1


def test_it_ignores_a_damaged_memory(tmp_path, screen, taken):
    (tmp_path / "ports.json").write_text("{")

    ports = Ports(tmp_path / "ports.json", Console(screen))

    assert ports.choose("web", default=taken) == taken + 1


def test_it_refuses_a_port_that_was_asked_for_and_is_taken(ports, taken):
    with pytest.raises(StartFailed, match=f"Port {taken}, asked for as PORT, is taken"):
        ports.fixed("PORT", str(taken))


@pytest.mark.parametrize("wanted", ["abc", "-1", "80", "70000"])
def test_it_refuses_what_is_not_a_port(ports, wanted):
    with pytest.raises(StartFailed, match=f"PORT={wanted} is not a port"):
        ports.fixed("PORT", wanted)


def test_it_sees_whether_a_port_answers(taken):
    assert answers(taken)
    assert not answers(taken + 1)
