"""One request to a receiver, whatever the receiver does: pinned, bounded, told in words."""

from __future__ import annotations

import datetime
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from clevertap_partners.core.errors import TransientError
from clevertap_partners.webhooks.addresses import Target
from clevertap_partners.webhooks.sender import Answer, Limits, post, seconds_of
from tests.webhooks import receivers
from tests.webhooks.receivers import Receiver, certificate, serving

QUICK = Limits(connect_s=0.5, total_s=0.6)
NAME = "hooks.example.com"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with serving(Receiver()) as started:
        yield started


def plain(receiver: Receiver, path: str = "/hook") -> Target:
    return Target("http", NAME, receiver.port, path)


def send(receiver: Receiver, limits: Limits = QUICK) -> Answer:
    return post(
        plain(receiver), addresses=["127.0.0.1"], headers={"X-Sign": "s"}, body=b"{}", limits=limits
    )


def test_it_posts_to_the_checked_address_under_the_name(receiver: Receiver) -> None:
    answer = send(receiver)

    assert (answer.status, answer.excerpt, answer.is_accepted) == (200, "ok", True)
    (got,) = receiver.got
    assert (got.path, got.body, got.headers["X-Sign"]) == ("/hook", b"{}", "s")
    assert got.headers["Host"] == f"{NAME}:{receiver.port}"


def test_it_asks_no_proxy_of_the_environment(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert send(receiver).status == 200


def test_it_follows_no_redirect(receiver: Receiver) -> None:
    receiver.answers(302, Location=f"{receiver.url}/elsewhere")
    answer = send(receiver)

    assert (answer.status, answer.is_accepted) == (302, False)
    assert [got.path for got in receiver.got] == ["/hook"]


@pytest.mark.parametrize("manners", [receivers.hangs, receivers.drips_headers])
def test_a_receiver_that_never_answers_is_left_in_time(
    receiver: Receiver, manners: receivers.Manners
) -> None:
    receiver.manners = manners
    started = time.monotonic()
    with pytest.raises(TransientError) as caught:
        send(receiver)
    assert caught.value.code == "webhook_timeout"
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("manners", [receivers.drips_body, receivers.sends_for_ever])
def test_an_answer_counts_although_its_body_never_ends(
    receiver: Receiver, manners: receivers.Manners
) -> None:
    receiver.manners = manners
    started = time.monotonic()
    answer = send(receiver)
    assert answer.is_accepted
    assert len(answer.excerpt) <= 200
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("manners", [receivers.hangs_up, receivers.talks_nonsense])
def test_a_receiver_that_hangs_up_or_talks_nonsense_is_told_in_words(
    receiver: Receiver, manners: receivers.Manners
) -> None:
    receiver.manners = manners
    with pytest.raises(TransientError) as caught:
        send(receiver)
    assert caught.value.code == "webhook_cut"
    assert "who are you" not in caught.value.message


def test_a_port_where_nothing_listens_is_told_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(TransientError) as caught:
        send(Receiver(port=port))
    assert caught.value.code == "webhook_unreachable"


def test_it_tries_the_next_address_when_the_first_takes_no_connection(receiver: Receiver) -> None:
    answer = post(
        plain(receiver), addresses=["::1", "127.0.0.1"], headers={}, body=b"{}", limits=QUICK
    )
    assert answer.status == 200


def test_the_excerpt_is_one_short_clean_line(receiver: Receiver) -> None:
    receiver.answers(500, b"<h1>Bad\x00\r\n\tday</h1> \xff\x1b[31m" + b"x" * 5000)
    excerpt = send(receiver).excerpt
    assert excerpt.startswith("Bad day \ufffd [31mxxx")
    assert excerpt.isprintable()
    assert len(excerpt) == 200


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120), ("", 0), ("soon", 0), ("-5", 0), ("1e9", 0), ("9" * 30, 0), ("²", 0)],
)
def test_it_understands_retry_after_or_ignores_it(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


def test_retry_after_may_be_a_date() -> None:
    then = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=90)
    assert 80 < seconds_of(then.strftime("%a, %d %b %Y %H:%M:%S GMT")) <= 90


# -- TLS ------------------------------------------------------------------------------------------
def secure(receiver: Receiver, trusted: Path | None, host: str = NAME) -> Answer:
    trust = ssl.create_default_context(cafile=str(trusted) if trusted else None)
    target = Target("https", host, receiver.port, "/hook")
    return post(target, addresses=["127.0.0.1"], headers={}, body=b"{}", limits=QUICK, trust=trust)


@pytest.fixture(scope="module")
def pems(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("tls"), NAME)


@pytest.fixture
def behind_tls(pems: tuple[Path, Path]) -> Iterator[tuple[Receiver, list[str | None]]]:
    """A receiver, and the server names that clients asked for."""
    asked: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pems)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    with serving(Receiver(), context) as started:
        yield started, asked


def test_name_and_certificate_are_checked_although_the_address_is_pinned(
    behind_tls: tuple[Receiver, list[str | None]], pems: tuple[Path, Path]
) -> None:
    receiver, asked = behind_tls
    assert secure(receiver, pems[0]).status == 200
    assert asked == [NAME]


def test_a_certificate_for_another_name_is_refused(
    behind_tls: tuple[Receiver, list[str | None]], pems: tuple[Path, Path]
) -> None:
    receiver, _ = behind_tls
    with pytest.raises(TransientError) as caught:
        secure(receiver, pems[0], host="other.example.com")
    assert caught.value.code == "webhook_certificate"
    assert receiver.got == []


def test_a_certificate_that_nobody_vouches_for_is_refused(
    behind_tls: tuple[Receiver, list[str | None]],
) -> None:
    receiver, _ = behind_tls
    with pytest.raises(TransientError) as caught:
        secure(receiver, None)
    assert caught.value.code == "webhook_certificate"
    assert receiver.got == []


def test_a_receiver_without_tls_is_told_in_words(
    receiver: Receiver, pems: tuple[Path, Path]
) -> None:
    with pytest.raises(TransientError) as caught:
        secure(receiver, pems[0])
    assert caught.value.code in {"webhook_tls", "webhook_cut"}
    assert receiver.got == []


def test_a_receiver_that_resets_the_connection_is_told_in_words_and_leaves_no_socket(
    pems: tuple[Path, Path],
) -> None:
    before = open_sockets()
    with receivers.resetting() as port:
        for _ in range(10):
            with pytest.raises(TransientError) as caught:
                secure(Receiver(port=port), pems[0])
            assert caught.value.code in {"webhook_cut", "webhook_unreachable"}
        assert open_sockets() <= before + 2  # the listener's own, and one it may hold just now


def open_sockets() -> int:
    return sum(each.fd is not None for each in psutil.Process().net_connections("tcp"))


def test_what_the_look_up_took_is_part_of_the_limit(receiver: Receiver) -> None:
    receiver.manners = receivers.hangs
    began = time.monotonic() - 0.9
    limits = Limits(connect_s=0.5, total_s=1)
    started = time.monotonic()
    with pytest.raises(TransientError) as caught:
        post(
            plain(receiver),
            addresses=["127.0.0.1"],
            headers={},
            body=b"{}",
            limits=limits,
            began=began,
        )
    assert caught.value.code == "webhook_timeout"
    assert time.monotonic() - started < 0.7


def test_addresses_that_swallow_connections_share_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []

    def swallow(opened: socket.socket, address: object) -> None:
        waits.append(opened.gettimeout() or 0)
        time.sleep(0.1)
        raise TimeoutError

    monkeypatch.setattr(socket.socket, "connect", swallow)
    with pytest.raises(TransientError) as caught:
        post(
            Target("http", NAME, 80, "/"),
            addresses=["127.0.0.1"] * 3,
            headers={},
            body=b"{}",
            limits=Limits(connect_s=0.5, total_s=0.25),
        )
    assert caught.value.code == "webhook_unreachable"
    assert len(waits) == 3
    assert all(wait <= 0.25 for wait in waits)
    assert waits == sorted(waits, reverse=True)
    assert waits[-1] < 0.1


def test_a_handshake_that_hangs_is_left_in_time(pems: tuple[Path, Path]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        with pytest.raises(TransientError) as caught:
            secure(Receiver(port=silent.getsockname()[1]), pems[0])
    assert caught.value.code == "webhook_timeout"
    assert time.monotonic() - started < 2


def test_tls_drips_are_left_in_time(
    behind_tls: tuple[Receiver, list[str | None]], pems: tuple[Path, Path]
) -> None:
    receiver, _ = behind_tls
    receiver.manners = receivers.drips_headers
    with pytest.raises(TransientError) as caught:
        secure(receiver, pems[0])
    assert caught.value.code == "webhook_timeout"
