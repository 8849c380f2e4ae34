"""Signatures: what we sign, a receiver can check; what anybody else made, it refuses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from clevertap_partners.webhooks.retries import ATTEMPTS, DELAYS_S, delay_s
from clevertap_partners.webhooks.signing import is_signed, secret_new, signature

BODY = '{"Status": "Completed", "Bucket": "खाता"}'.encode()
NOW = 1_795_300_000
SECRET = "whs_a"


def header(*, secret: str = SECRET, body: bytes = BODY, timestamp: int = NOW) -> str:
    return signature(secret=secret, body=body, timestamp=timestamp)


def test_a_signature_of_ours_is_right() -> None:
    assert is_signed(secret="whs_a", body=BODY, header=header(), now=NOW + 299)


@pytest.mark.parametrize(
    "wrong",
    [
        header(secret="whs_b"),
        header(body=BODY + b" "),
        header(timestamp=NOW - 301),
        header(timestamp=NOW + 301),
        header().replace(f"t={NOW}", f"t={NOW + 1}"),
        header()[:-1],
        header().partition(",")[2],
        "",
        "t=,v1=",
        f"t={NOW}",
        f"t={NOW},v1=é",
        "t=²,v1=0",
        f"t={'9' * 5000},v1=0",
    ],
)
def test_anything_else_is_not(wrong: str) -> None:
    assert not is_signed(secret="whs_a", body=BODY, header=wrong, now=NOW)


def test_every_secret_is_new_and_long() -> None:
    secrets = {secret_new() for _ in range(100)}
    assert len(secrets) == 100
    assert min(map(len, secrets)) >= 43


def test_the_receiver_of_the_documentation_takes_our_alerts_and_no_others() -> None:
    text = (Path(settings.BASE_DIR) / "docs" / "webhooks.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    told: dict[str, Any] = {}
    exec(compile(example, "docs/webhooks.md", "exec"), told)  # noqa: S102  (our own documentation)
    comes_from_partners = told["comes_from_partners"]

    assert comes_from_partners(BODY, header(), "whs_a", now=NOW)
    assert not comes_from_partners(BODY, header(), "whs_b", now=NOW)
    assert not comes_from_partners(BODY, header(), "whs_a", now=NOW + 301)
    assert not comes_from_partners(BODY, "nonsense", "whs_a", now=NOW)


def test_it_waits_longer_each_time_and_ends_within_a_day() -> None:
    waits = [delay_s(attempts=number) for number in range(1, ATTEMPTS)]
    assert waits == sorted(waits)
    assert all(usual <= wait <= usual * 1.1 for usual, wait in zip(DELAYS_S, waits, strict=True))
    assert 20 * 3600 < sum(waits) < 24 * 3600


def test_it_heeds_retry_after_within_bounds() -> None:
    assert 3600 <= delay_s(attempts=1, retry_after_s=3600) <= 3960
    assert delay_s(attempts=1, retry_after_s=10**9) <= 21_600 * 1.1
    assert delay_s(attempts=4, retry_after_s=1) >= 1_800
