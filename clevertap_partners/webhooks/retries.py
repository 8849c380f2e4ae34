"""[pure] When an alert that was not taken is sent again: eight attempts over about a day."""

from __future__ import annotations

import random

# After the first attempt, after the second, and so on.
DELAYS_S = (30, 120, 600, 1_800, 7_200, 21_600, 43_200)
ATTEMPTS = len(DELAYS_S) + 1
# What a receiver may ask for with Retry-After, at most.
RETRY_AFTER_MAX_S = 21_600
JITTER = 0.1

# From the system, so that workers forked from one parent do not draw alike.
_random = random.SystemRandom()


def delay_s(*, attempts: int, retry_after_s: float = 0) -> float:
    """How long to wait after so many attempts; receivers that failed together return apart."""
    usual = DELAYS_S[min(attempts, len(DELAYS_S)) - 1]
    wanted = max(usual, min(retry_after_s, RETRY_AFTER_MAX_S))
    return wanted * (1 + _random.uniform(0, JITTER))
