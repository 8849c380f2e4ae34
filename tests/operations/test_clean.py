from __future__ import annotations

import io

import pytest

from clevertap_partners.run import clean
from clevertap_partners.run.console import Console
from clevertap_partners.run.failures import StartFailed


@pytest.fixture
def state(tmp_path, monkeypatch):
    folder = tmp_path / "state"
    folder.mkdir()
    monkeypatch.setenv("PARTNERS_VAR_DIR", str(folder))
    return folder


def test_it_removes_the_state_folder(state):
    (state / "run.lock").touch()

    clean.clean(Console(io.StringIO()))

    assert not state.exists()


def test_it_leaves_a_folder_that_is_not_ours(state):
    (state / "letters").touch()

    with pytest.raises(StartFailed, match="does not look like a state folder"):
        clean.clean(Console(io.StringIO()))

    assert (state / "letters").exists()
