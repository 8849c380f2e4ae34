"""Where a webhook may lead: a public address behind https, and the sandbox's own receiver."""

from __future__ import annotations

import ipaddress
import socket
import threading

import pytest

from clevertap_partners.core.errors import PermanentError, TransientError
from clevertap_partners.webhooks import addresses
from clevertap_partners.webhooks.addresses import Target, addresses_of, is_public, parse_target

HOOKS = "http://127.0.0.1:8081/hooks/"
PUBLIC = Target("https", "hooks.example.com", 443, "/")


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104  (an address to refuse)
        "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1",
        "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8",
        "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
        "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.255", "240.0.0.1",
        "255.255.255.255", "168.63.129.16", "::ffff:168.63.129.16",
        "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
        "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1",
        "2001:0:53aa:64c:0:fbff:ffff:fffe", "2001:10::1", "2001:20::1", "2001:db8::1",
        "2002:7f00:1::1", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1",
        "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "4000::1",
    ],
)  # fmt: skip
def test_it_refuses_every_address_that_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.128.0.1", "192.0.1.1",
        "223.255.255.255", "2001:4860:4860::8888", "2606:4700::1111", "2a00:1450::1",
        "::ffff:8.8.8.8", "64:ff9b::808:808",
    ],
)  # fmt: skip
def test_it_takes_public_addresses(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "//hooks.example.com/x",
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://me@hooks.example.com/",
        "https://me:secret@hooks.example.com/",
        "https://@hooks.example.com/",
        "https://hooks.example.com:80/",
        "https://hooks.example.com:22/",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com:port/",
        "https://hooks.example.com/#part",
        "https://hooks.example.com/#",
        "https://hooks.example.com\\@127.0.0.1/",
        "https://hooks example.com/",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/a\r\nHost: elsewhere",
        "https://hooks.example.com/\x00",
        "https://bücher.example/",
        "https://hooks..example.com/",
        "https://-hooks.example.com/",
        f"https://{'a' * 64}.example.com/",
        f"https://hooks.example.com/{'a' * 1000}",
        "https://[::1/",
        "https://[hooks]/",
    ],
)
def test_it_refuses_what_is_no_plain_https_address(url: str) -> None:
    with pytest.raises(PermanentError) as caught:
        parse_target(url, sandbox_hooks=HOOKS)
    assert caught.value.code == "webhook_url"
    assert caught.value.fix


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://hooks.example.com", PUBLIC),
        ("HTTPS://Hooks.Example.COM./", PUBLIC),
        (
            "https://hooks.example.com:8443/a/b?token=x&y=%20z",
            Target("https", "hooks.example.com", 8443, "/a/b?token=x&y=%20z"),
        ),
        ("https://8.8.8.8/x", Target("https", "8.8.8.8", 443, "/x")),
        ("https://[2606:4700::1111]/x", Target("https", "2606:4700::1111", 443, "/x")),
    ],
)
def test_it_takes_an_https_address_apart(url: str, target: Target) -> None:
    assert parse_target(url) == target


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8081/hooks/",
        "http://127.0.0.1:8081/hooks/a/b",
        "http://127.0.0.1:8081/hooks/../_sandbox/reset",
        "http://127.0.0.1:8081/hooks/%2e%2e",
        "http://127.0.0.1:8081/hooks/a?b=c",
        "http://127.0.0.1:8081/hooks/a#b",
        "http://127.0.0.1:8081/_sandbox/accounts",
        "http://127.0.0.1:8081/token",
        "http://127.0.0.1:8082/hooks/a",
        "http://127.0.0.1/hooks/a",
        "http://localhost:8081/hooks/a",
        "http://me@127.0.0.1:8081/hooks/a",
        "https://127.0.0.1:8081/hooks/a",
    ],
)
def test_the_sandbox_exception_is_its_receiver_and_nothing_beside_it(url: str) -> None:
    with pytest.raises(PermanentError):
        addresses_of(parse_target(url, sandbox_hooks=HOOKS))


def test_the_sandbox_receiver_is_taken_only_while_there_is_a_sandbox() -> None:
    target = parse_target(f"{HOOKS}alerts-1", sandbox_hooks=HOOKS)
    assert (target.host, target.port, target.path) == ("127.0.0.1", 8081, "/hooks/alerts-1")
    assert addresses_of(target) == ["127.0.0.1"]
    with pytest.raises(PermanentError):
        parse_target(f"{HOOKS}alerts-1")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "127.1", "0", "[::1]", "[::ffff:7f00:1]"],
)
def test_a_name_or_number_for_this_machine_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises(PermanentError) as caught:
        addresses_of(parse_target(f"https://{host}/"))
    assert caught.value.code == "webhook_not_public"
    assert "127.0.0.1" not in caught.value.fix


def answers(monkeypatch: pytest.MonkeyPatch, *found: str) -> None:
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in found]
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_, **__: rows)


def test_one_private_address_among_public_ones_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers(monkeypatch, "8.8.8.8", "10.0.0.5")
    with pytest.raises(PermanentError) as caught:
        addresses_of(PUBLIC)
    # What a private name leads to is nobody's business.
    assert "10.0.0.5" not in caught.value.message


def test_it_gives_every_address_once(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, "8.8.8.8", "8.8.4.4", "8.8.8.8")
    assert addresses_of(PUBLIC) == ["8.8.8.8", "8.8.4.4"]


def test_a_name_that_does_not_exist_may_exist_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(addresses.socket, "getaddrinfo", unknown)
    with pytest.raises(TransientError) as caught:
        addresses_of(PUBLIC)
    assert caught.value.code == "webhook_lookup"


def test_a_name_of_our_own_network_is_refused_with_the_words_for_an_unknown_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def words() -> tuple[str, str]:
        with pytest.raises((PermanentError, TransientError)) as caught:
            addresses_of(PUBLIC)
        return caught.value.message, caught.value.fix

    answers(monkeypatch, "10.0.0.5")
    ours = words()
    answers(monkeypatch)
    assert words() == ours


def test_a_look_up_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        let_go.wait(10)
        return []

    monkeypatch.setattr(addresses, "LOOKUP_S", 0.05)
    monkeypatch.setattr(addresses.socket, "getaddrinfo", hang)
    try:
        with pytest.raises(TransientError):
            addresses_of(PUBLIC)
    finally:
        let_go.set()
