"""What workers call. Arguments are ids; the rows hold the rest."""

from __future__ import annotations

from integrations.testing import credential_test_run


def run_credential_test(test_id: int) -> None:
    credential_test_run(test_id=test_id)
